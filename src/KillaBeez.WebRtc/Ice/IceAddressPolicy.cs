namespace KillaBeez.WebRtc.Ice;

/// <summary>Which addresses may be checked at all, so that a description cannot aim us at places that are nobody's peer.</summary>
internal static class IceAddressPolicy
{
    public static bool IsAllowed(TransportAddress address, bool allowLoopback) =>
        address.Port != 0 && !IsUnspecified(address) && !IsMulticastOrBroadcast(address) && (allowLoopback || !IsLoopback(address));

    public static bool IsLoopback(TransportAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        var length = address.WriteAddress(bytes);
        return length == 4 ? bytes[0] == 127 : bytes[15] == 1 && bytes[..15].IndexOfAnyExcept((byte)0) < 0;
    }

    /// <summary>fe80::/10: only meaningful together with an interface.</summary>
    public static bool IsLinkLocalIPv6(TransportAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        return address.WriteAddress(bytes) == 16 && bytes[0] == 0xFE && (bytes[1] & 0xC0) == 0x80;
    }

    /// <summary>Whether a socket at one address can reach the other in principle.</summary>
    public static bool CanPair(TransportAddress local, TransportAddress remote) =>
        local.IsIPv6 == remote.IsIPv6
        && local.IsTcp == remote.IsTcp
        && IsLoopback(local) == IsLoopback(remote)
        && (!local.IsIPv6 || IsLinkLocalIPv6(local) == IsLinkLocalIPv6(remote));

    /// <summary>The same address and port, whatever interface either was seen on.</summary>
    public static bool IsSameEndpoint(TransportAddress a, TransportAddress b) => WithScope(a, 0) == WithScope(b, 0);

    /// <summary>A link-local address as seen from a socket carries that socket's interface; every other address none.</summary>
    public static TransportAddress WithScope(TransportAddress address, uint scopeId) =>
        !address.IsIPv6 || address.ScopeId == scopeId ? address : address.WithScope(scopeId);

    /// <summary>0.0.0.0 or ::, port 0: what browsers write in place of a related address they hide.</summary>
    public static TransportAddress Unspecified(bool isIPv6) => isIPv6 ? TransportAddress.FromIPv6(new byte[16], 0) : TransportAddress.FromIPv4(new byte[4], 0);

    private static bool IsUnspecified(TransportAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        return bytes[..address.WriteAddress(bytes)].IndexOfAnyExcept((byte)0) < 0;
    }

    private static bool IsMulticastOrBroadcast(TransportAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        return address.WriteAddress(bytes) == 16
            ? bytes[0] == 0xFF
            : bytes[0] >= 224 && (bytes[0] < 240 || bytes[..4].IndexOfAnyExcept((byte)255) < 0);
    }
}
