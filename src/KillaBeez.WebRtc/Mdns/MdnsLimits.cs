namespace KillaBeez.WebRtc.Mdns;

/// <summary>Every bound of the multicast client; anybody on the link can send to it.</summary>
internal static class MdnsLimits
{
    /// <summary>A received datagram (RFC 6762, section 17).</summary>
    public const int MaxDatagramBytes = 9000;

    /// <summary>Questions and records of one datagram that are read; more make it malformed.</summary>
    public const int MaxRecords = 256;

    /// <summary>A domain name with its length bytes (RFC 1035, section 3.1).</summary>
    public const int MaxNameBytes = 255;

    /// <summary>A label of a name (RFC 1035, section 3.1).</summary>
    public const int MaxLabelBytes = 63;

    /// <summary>Names being looked up at a time.</summary>
    public const int MaxPendingNames = 64;

    /// <summary>Results that are remembered; the one that expires first makes room.</summary>
    public const int MaxCachedNames = 256;

    /// <summary>How long a result is remembered at most, in seconds; browsers announce 120.</summary>
    public const uint MaxTtlSeconds = 120;
}
