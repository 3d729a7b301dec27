namespace KillaBeez.WebRtc.Turn;

internal static class TurnAddresses
{
    /// <summary>The IP address alone: permissions do not look at ports (RFC 8656, section 9).</summary>
    public static TransportAddress WithoutPort(TransportAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        var length = address.WriteAddress(bytes);
        return address.IsIPv6 ? TransportAddress.FromIPv6(bytes, 0) : TransportAddress.FromIPv4(bytes[..length], 0);
    }

    /// <summary>Whether the address can be somebody's: a port and an IP address that are not all zeros.</summary>
    public static bool IsUsable(TransportAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        return address.Port != 0 && bytes[..address.WriteAddress(bytes)].ContainsAnyExcept((byte)0);
    }
}
