namespace KillaBeez.WebRtc.Dtls;

/// <summary>Where a DTLS association stands. It only ever moves downwards in this list.</summary>
internal enum DtlsState
{
    /// <summary>Not started: no role yet.</summary>
    New,

    /// <summary>The handshake is under way.</summary>
    Handshaking,

    /// <summary>Records of application data may be read and written.</summary>
    Connected,

    /// <summary>Either side sent close_notify.</summary>
    Closed,

    /// <summary>The handshake or the association failed; the engine says why.</summary>
    Failed,
}
