namespace KillaBeez.Swarm.Sessions;

/// <summary>The state of the one session that an engine holds at a time.</summary>
internal sealed class Session(SessionPair pair, SessionOptions options) : IDisposable
{
    private TokenBucket _pulls = new(SessionLimits.PullBurst, SessionLimits.PullsPerSecond);

    public SessionPair Pair { get; } = pair;

    public SessionSender Sender { get; } = new(options.ReplayBytes, options.Rules);

    public SessionReceiver Receiver { get; } = new();

    /// <summary>The replay budget that the peer announced; it decides how often this side acknowledges.</summary>
    public long PeerReplayBytes { get; set; } = SessionLimits.MinReplayBytes;

    /// <summary>Received bytes after which an ACK goes out at once (R19).</summary>
    public long AckBytes => Math.Min(SessionLimits.MaxAckBytes, PeerReplayBytes / 4);

    /// <summary>When the last open link closed; Never while one is open (R25).</summary>
    public Instant WaitingSince { get; set; } = Instant.Never;

    public bool IsWaiting => WaitingSince != Instant.Never;

    public bool IsClosing { get; set; }

    /// <summary>When a close that does not complete is given up; Never where none runs.</summary>
    public Instant CloseDeadline { get; set; } = Instant.Never;

    /// <summary>The length of the frame that a writer waits to write; 0 where none does.</summary>
    public int BlockedFrameBytes { get; set; }

    /// <summary>Whether a PULL is owed on the next link that opens (R23).</summary>
    public bool PullOwed { get; set; }

    public bool IsComplete => Sender.IsFinAcknowledged && Receiver.IsFinDelivered;

    /// <summary>Whether one more PULL is obeyed now.</summary>
    public bool TryTakePull(Instant now) => _pulls.TryTake(now);

    public void Dispose() => Sender.Dispose();
}
