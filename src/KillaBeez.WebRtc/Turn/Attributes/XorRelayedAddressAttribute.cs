using KillaBeez.WebRtc.Stun;

namespace KillaBeez.WebRtc.Turn;

/// <summary>
/// XOR-RELAYED-ADDRESS (RFC 8656, section 18.5): where peers reach the client, in the form of XOR-MAPPED-ADDRESS. A
/// server may return one for each address family.
/// <code>
/// | 0x0016 | 8 or 20 | 0 | family | port XOR | address XOR |
/// </code>
/// </summary>
internal static class XorRelayedAddressAttribute
{
    public static void Write(ref StunWriter writer, TransportAddress address) =>
        XorMappedAddressAttribute.Write(ref writer, StunAttributeType.XorRelayedAddress, address);

    /// <summary>The first one.</summary>
    public static bool TryRead(in StunMessage message, out TransportAddress address) =>
        XorMappedAddressAttribute.TryRead(message, StunAttributeType.XorRelayedAddress, out address);
}
