namespace KillaBeez.Swarm.Sessions;

/// <summary>What becomes of a numbered item that came in.</summary>
internal enum ReceivedItem
{
    /// <summary>The next of its direction: deliver it.</summary>
    New,

    /// <summary>Had already, by another link or before a switch: drop it, but acknowledge (R19).</summary>
    Repeated,

    /// <summary>Against the rules.</summary>
    Violation,
}

/// <summary>
/// The receiving direction of one session. It takes items from every open link (R14) and needs no reorder
/// buffer: base &lt;= expected holds between honest peers, so no number above the expected one can come.
/// </summary>
internal sealed class SessionReceiver
{
    private TokenBucket _rewinds = new(SessionLimits.RewindBurst, SessionLimits.RewindsPerSecond);

    /// <summary>The number of the next item to deliver.</summary>
    public ulong Expected { get; private set; }

    public bool IsFinDelivered { get; private set; }

    /// <summary>The link that frames came by last: where a PULL is owed if it dies (R23).</summary>
    public SessionLink? LastFrameLink { get; set; }

    public SessionViolation Start(Instant now, SessionLink link, ulong number)
    {
        // A gap could never be filled: the sender would have freed what it does not repeat (R13).
        if (number > Expected)
        {
            return SessionViolation.StartAboveExpected;
        }

        if (number < link.ReceiveNumber && !_rewinds.TryTake(now))
        {
            return SessionViolation.TooManyRewinds;
        }

        link.ReceiveNumber = number;
        link.RepeatSeenSinceStart = false;
        return SessionViolation.None;
    }

    /// <summary>Counts a DATA or FIN that came by a link.</summary>
    public ReceivedItem Count(SessionLink link, bool isFin, out SessionViolation violation)
    {
        violation = SessionViolation.None;
        if (link.ReceiveNumber is not { } number)
        {
            violation = SessionViolation.StartMissing;
            return ReceivedItem.Violation;
        }

        if (number == Expected && IsFinDelivered)
        {
            violation = SessionViolation.FrameAfterFin;
            return ReceivedItem.Violation;
        }

        LastFrameLink = link;
        link.ReceiveNumber = number + 1;
        if (number < Expected)
        {
            return ReceivedItem.Repeated;
        }

        Expected++;
        IsFinDelivered = isFin;
        return ReceivedItem.New;
    }
}
