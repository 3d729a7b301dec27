namespace KillaBeez.Swarm.Sessions;

/// <summary>
/// How a session ended. 0 to 6 travel in END items and in the ENDED part of a Hello; <see cref="PeerForgot"/>
/// is only ever said by the local side.
/// </summary>
internal enum SessionEndCode : byte
{
    /// <summary>Both sides closed; everything that either wrote was delivered.</summary>
    Closed = 0,

    /// <summary>No link for the resume window.</summary>
    Expired = 1,

    /// <summary>The application gave it up, or a close did not complete in time.</summary>
    Aborted = 2,

    /// <summary>The peer broke the protocol.</summary>
    ProtocolViolation = 3,

    /// <summary>The peer was there but acknowledged nothing for the resume window.</summary>
    NoProgress = 4,

    /// <summary>A limit of this side was reached.</summary>
    LimitExceeded = 5,

    /// <summary>The node is shutting down.</summary>
    ShuttingDown = 6,

    /// <summary>The peer no longer has the session and named no tombstone for it: it restarted.</summary>
    PeerForgot = 16,
}

/// <summary>Why one side leaves a link although the session goes on: the body of a BYE item.</summary>
internal enum LinkByeReason : byte
{
    /// <summary>The link is not used.</summary>
    Idle = 0,

    /// <summary>The two Hellos name a session that one side no longer, or not yet, holds (R8).</summary>
    Stale = 1,

    /// <summary>More links are open than a session may have, or sessions are replaced too fast.</summary>
    Surplus = 2,

    /// <summary>A better path took over.</summary>
    Replaced = 3,

    /// <summary>The relay below is being emptied.</summary>
    Draining = 4,

    /// <summary>The peer's Hello has a version that this side does not speak.</summary>
    Unsupported = 5,
}

/// <summary>Why the engine asks its owner to close a link.</summary>
internal enum LinkCloseReason
{
    /// <summary>This side left it; a BYE was sent.</summary>
    Left,

    /// <summary>The peer said BYE.</summary>
    PeerLeft,

    /// <summary>The session it carried ended.</summary>
    SessionEnded,

    /// <summary>The two Hellos did not fit what this side holds now (R8).</summary>
    Stale,

    /// <summary>A Hello of another version.</summary>
    UnsupportedVersion,

    /// <summary>A Hello that does not parse.</summary>
    MalformedHello,

    /// <summary>The handshake did not complete, or was not proven, within the hello timeout.</summary>
    HelloTimeout,

    /// <summary>Nothing was received for the link-dead time (R24).</summary>
    Dead,

    /// <summary>One link more than a session may have.</summary>
    Surplus,

    /// <summary>The peer replaces sessions too fast.</summary>
    Quarantined,
}

/// <summary>Which rule of the protocol a peer broke (R30). It is written into the text of the END item.</summary>
internal enum SessionViolation
{
    None,

    /// <summary>A message of items does not parse.</summary>
    MalformedItems,

    /// <summary>START with a number above what this side expects (R13).</summary>
    StartAboveExpected,

    /// <summary>An acknowledgement of what was never sent (R21).</summary>
    AcknowledgedUnsent,

    /// <summary>A numbered item on a link without a START before it (R10).</summary>
    StartMissing,

    /// <summary>A new numbered item after FIN.</summary>
    FrameAfterFin,

    /// <summary>More rewinds than the limit allows.</summary>
    TooManyRewinds,

    /// <summary>END(Closed) although not everything was delivered.</summary>
    FalseClose,
}
