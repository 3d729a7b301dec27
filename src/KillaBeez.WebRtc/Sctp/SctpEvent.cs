namespace KillaBeez.WebRtc.Sctp;

internal enum SctpEventKind
{
    /// <summary>
    /// The peer has answered the set-up: messages can be sent, at the earliest in the packet of the COOKIE-ECHO.
    /// </summary>
    Established,

    /// <summary>The association is over; no event follows.</summary>
    Closed,

    /// <summary>A whole message; who polls the event owns its payload.</summary>
    Message,

    /// <summary>The peer has reset its outgoing stream of this id.</summary>
    IncomingStreamReset,

    /// <summary>The peer has reset all its outgoing streams at once.</summary>
    AllIncomingStreamsReset,

    /// <summary>Our outgoing stream of this id has been reset, or the peer will not do it.</summary>
    OutgoingStreamReset,

    /// <summary>The peer does not answer the request to reset our stream of this id; it is not used again until it does.</summary>
    OutgoingStreamResetUnanswered,

    /// <summary>The stream's buffered amount fell to its threshold.</summary>
    BufferedAmountLow,
}

/// <summary>Why an association ended.</summary>
internal enum SctpCloseReason
{
    None,

    /// <summary>SHUTDOWN went through.</summary>
    Shutdown,

    /// <summary>This side aborted.</summary>
    LocalAbort,

    /// <summary>The peer sent ABORT.</summary>
    RemoteAbort,

    /// <summary>The peer has begun a new association over the same DTLS connection.</summary>
    PeerRestarted,

    /// <summary>The peer broke the protocol.</summary>
    ProtocolViolation,

    /// <summary>The peer sent more than the stated limits allow.</summary>
    LimitExceeded,
}

/// <summary>What happened in an association.</summary>
internal readonly struct SctpEvent
{
    public SctpEventKind Kind { get; init; }

    public ushort StreamId { get; init; }

    public uint PayloadProtocol { get; init; }

    public PooledBuffer Payload { get; init; }

    public SctpCloseReason Reason { get; init; }

    /// <summary>Of <see cref="SctpEventKind.OutgoingStreamReset"/>: when the peer answered.</summary>
    public Instant At { get; init; }
}
