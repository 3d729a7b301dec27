namespace KillaBeez.WebRtc.Stun;

/// <summary>What a datagram on a socket shared by all protocols is, by its first byte (RFC 7983, section 7; RFC 9443).</summary>
internal enum DatagramKind
{
    /// <summary>None that this library takes; drop it.</summary>
    Unknown,

    /// <summary>0..3, and the magic cookie is there.</summary>
    Stun,

    /// <summary>20..63.</summary>
    Dtls,

    /// <summary>64..79.</summary>
    TurnChannelData,
}
