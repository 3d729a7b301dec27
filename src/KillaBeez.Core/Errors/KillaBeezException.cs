namespace KillaBeez;

/// <summary>What the library reports when something outside the caller's control failed.</summary>
public sealed class KillaBeezException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="error">What died and why.</param>
    /// <param name="message">A sentence for a person: what happened and what to do.</param>
    /// <param name="inner">The cause, if another exception was.</param>
    public KillaBeezException(KillaBeezError error, string message, Exception? inner = null)
        : base(message, inner) => Error = error;

    /// <summary>What died and why.</summary>
    public KillaBeezError Error { get; }
}

/// <summary>The closed list of reasons in a <see cref="KillaBeezException"/>.</summary>
public enum KillaBeezError
{
    /// <summary>A native library is missing: OpenSSL 3 is not installed, or libsodium was not deployed with the application.</summary>
    NativeLibraryMissing,

    /// <summary>A key, key file or PeerId is malformed.</summary>
    InvalidKey,

    /// <summary>No signal exchange could be reached and no connected peer could carry the call.</summary>
    ExchangeUnreachable,

    /// <summary>Nobody with that key is known to any exchange or connected peer.</summary>
    PeerUnknown,

    /// <summary>The peer was called but no connection came about in time.</summary>
    CallTimeout,

    /// <summary>The other side refused the call.</summary>
    CallRefused,

    /// <summary>No path between the two nodes could be established.</summary>
    LinkFailed,

    /// <summary>The peer could not prove that it holds the key it claims.</summary>
    AuthenticationFailed,

    /// <summary>The session with the peer is over; what was not acknowledged may be lost.</summary>
    SessionLost,

    /// <summary>The peer refused the substream.</summary>
    SubstreamRefused,

    /// <summary>The substream was reset by either side.</summary>
    SubstreamReset,

    /// <summary>A stated limit was reached.</summary>
    LimitExceeded,

    /// <summary>The peer broke the protocol.</summary>
    ProtocolViolation,

    /// <summary>The node, peer or connection was closed by this side.</summary>
    Closed,
}
