namespace KillaBeez.Swarm.Sessions;

/// <summary>
/// Where a link stands, as this side sees it. A closed link is not in the engine's list any more.
/// <code>
///            dial                    message 2 opened, decided
///   (none) ----------> Dialed ----------------------------------------> Open
///   (none) ----------> Answering ----------> Unproven ----------------> Open
///         message 1 read        message 2 sent      first transport message opened, decided
/// </code>
/// </summary>
internal enum SessionLinkState
{
    Dialed,
    Answering,
    Unproven,
    Open,
}

/// <summary>What the session keeps of one link: the numbering of what comes in, and what is due to go out.</summary>
internal sealed class SessionLink(LinkId id, LinkRole role, SessionHello ownHello, Instant startedAt)
{
    public LinkId Id { get; } = id;

    public LinkRole Role { get; } = role;

    public SessionLinkState State { get; set; } = role == LinkRole.Initiator ? SessionLinkState.Dialed : SessionLinkState.Answering;

    public SessionHello OwnHello { get; set; } = ownHello;

    public SessionHello? PeerHello { get; set; }

    public Instant StartedAt { get; } = startedAt;

    public Instant OpenedAt { get; set; }

    public Instant ReceivedAt { get; set; } = startedAt;

    public Instant PingedAt { get; set; }

    public bool IsOpen => State == SessionLinkState.Open;

    /// <summary>The number of the next DATA or FIN that comes in here; null before the first START (R10).</summary>
    public ulong? ReceiveNumber { get; set; }

    /// <summary>Whether a repeated frame has been seen since the last START: the first one is acknowledged at once (R19).</summary>
    public bool RepeatSeenSinceStart { get; set; }

    /// <summary>When the ACK that this link has earned goes out at the latest; Never where none is due.</summary>
    public Instant AckDeadline { get; set; } = Instant.Never;

    public bool AckDue => AckDeadline != Instant.Never;

    /// <summary>What has come in since the last ACK went out here, charged as in the peer's replay buffer.</summary>
    public long BytesSinceAck { get; set; }

    public bool PullDue { get; set; }

    public bool PingDue { get; set; }

    /// <summary>The bytes of the last PING to answer. A peer that pings faster than its link carries gets fewer answers.</summary>
    public ulong? PongDue { get; set; }

    /// <summary>The bytes of the PING that is under way.</summary>
    public ulong? PingUnderWay { get; set; }

    public TimeSpan? RoundTripTime { get; set; }

    /// <summary>Whether frames went out here and no acknowledgement came back (R24).</summary>
    public bool IsSuspect { get; set; }

    /// <summary>Bytes handed to the link that it has not yet taken (R17).</summary>
    public long QueuedBytes { get; set; }

    /// <summary>Whether anything but a frame waits to go out at this moment.</summary>
    public bool HasUrgentItem(Instant now) => AckDeadline <= now || PullDue || PingDue || PongDue is not null;

    public void NoteRoundTrip(TimeSpan sample) =>
        RoundTripTime = RoundTripTime is { } smoothed ? (smoothed * 0.75) + (sample * 0.25) : sample;
}
