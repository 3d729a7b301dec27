namespace KillaBeez.WebRtc.Ice;

/// <summary>The transport protocol of a candidate.</summary>
public enum IceTransport : byte
{
    /// <summary>UDP.</summary>
    Udp,

    /// <summary>TCP with the framing of RFC 4571 (RFC 6544).</summary>
    Tcp,
}
