namespace KillaBeez.WebRtc.PeerConnections;

/// <summary>Why a connection is over.</summary>
public enum PeerConnectionCloseReason
{
    /// <summary>It is not.</summary>
    None,

    /// <summary>This side closed it.</summary>
    Local,

    /// <summary>The peer closed it (DTLS close_notify or SCTP ABORT).</summary>
    Remote,

    /// <summary>No path was found, or the peer has been silent for 30 seconds.</summary>
    IceFailed,

    /// <summary>The DTLS handshake failed or took longer than 30 seconds.</summary>
    DtlsFailed,

    /// <summary>The peer's certificate is not the one in its description: somebody may sit in between.</summary>
    FingerprintMismatch,

    /// <summary>The peer broke the protocol of the data channels, or one of its stated limits.</summary>
    ProtocolViolation,

    /// <summary>An event handler of the application threw, or an internal error occurred.</summary>
    InternalError,
}
