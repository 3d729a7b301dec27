namespace KillaBeez.WebRtc.Turn;

/// <summary>How messages are told apart on a TCP or TLS stream.</summary>
internal enum StreamFraming
{
    /// <summary>
    /// STUN by its own length field, ChannelData by its own, padded to a multiple of four (RFC 8656, section 12.5):
    /// between a TURN client and its server.
    /// </summary>
    Turn,

    /// <summary>A length of two bytes before every frame (RFC 4571, section 2): ICE-TCP, for STUN and DTLS alike.</summary>
    LengthPrefixed,
}
