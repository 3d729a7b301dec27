namespace KillaBeez.WebRtc.Stun;

/// <summary>Where STUN and TURN servers listen unless they say otherwise (RFC 8489, section 8.1; RFC 7065).</summary>
internal static class StunPorts
{
    /// <summary>UDP and TCP.</summary>
    public const int Plain = 3478;

    /// <summary>TLS.</summary>
    public const int Tls = 5349;
}
