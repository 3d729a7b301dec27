namespace KillaBeez.Swarm.Sessions;

/// <summary>What a session engine tells its owner.</summary>
internal enum SessionEventKind
{
    /// <summary>A session began. Frames, then exactly one Ended follow.</summary>
    Started,

    /// <summary>A link carries the session now; <see cref="SessionEngine.Use"/> may name it.</summary>
    LinkAttached,

    /// <summary>Frames go out on <see cref="SessionEvent.Link"/> from now on, by whoever's choice. Advice.</summary>
    PathChanged,

    /// <summary>The next frame. The receiver of the event owns <see cref="SessionEvent.Frame"/> and disposes it.</summary>
    Frame,

    /// <summary>A frame that was refused would be taken now.</summary>
    Writable,

    /// <summary>No link is open. Advice: writes go on until the buffer is full.</summary>
    Stalled,

    /// <summary>A link is open again.</summary>
    Resumed,

    /// <summary>The peer wrote its last frame: finish, then Close.</summary>
    PeerClosing,

    /// <summary>The session is over; nothing of it follows.</summary>
    Ended,

    /// <summary>The owner closes this link. The engine has forgotten it.</summary>
    CloseLink,

    /// <summary>The owner dials a link to the peer.</summary>
    NeedLink,

    /// <summary>The peer replaces sessions too fast; links are refused for a time.</summary>
    Quarantined,
}

/// <summary>One event. Which fields have a meaning depends on the kind.</summary>
internal readonly record struct SessionEvent
{
    public required SessionEventKind Kind { get; init; }

    /// <summary>The session that the event belongs to.</summary>
    public SessionPair Session { get; init; }

    /// <summary>The link of LinkAttached, PathChanged and CloseLink.</summary>
    public LinkId Link { get; init; }

    /// <summary>The bytes of Frame; ownership passes with the event.</summary>
    public PooledBuffer Frame { get; init; }

    /// <summary>The code of Ended.</summary>
    public SessionEndCode Code { get; init; }

    /// <summary>With Ended: whether the peer said so, not this side.</summary>
    public bool ByPeer { get; init; }

    /// <summary>With Ended: how many of the frames written here the peer's session layer surely had.</summary>
    public ulong FramesConfirmed { get; init; }

    /// <summary>With Ended(ProtocolViolation): which rule the peer broke.</summary>
    public SessionViolation Violation { get; init; }

    /// <summary>With Ended by the peer: its text, at most 128 bytes of UTF-8.</summary>
    public string? Text { get; init; }

    /// <summary>The reason of CloseLink.</summary>
    public LinkCloseReason CloseReason { get; init; }

    /// <summary>With CloseLink(PeerLeft): what the peer's BYE said.</summary>
    public LinkByeReason ByeReason { get; init; }

    /// <summary>With Quarantined: until when.</summary>
    public Instant Until { get; init; }
}
