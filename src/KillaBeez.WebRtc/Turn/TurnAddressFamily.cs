namespace KillaBeez.WebRtc.Turn;

/// <summary>An address family in TURN attributes (RFC 8656, section 18.6).</summary>
internal enum TurnAddressFamily : byte
{
    IPv4 = 0x01,
    IPv6 = 0x02,
}
