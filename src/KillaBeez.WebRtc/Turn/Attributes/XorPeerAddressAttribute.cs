using KillaBeez.WebRtc.Stun;

namespace KillaBeez.WebRtc.Turn;

/// <summary>
/// XOR-PEER-ADDRESS (RFC 8656, section 18.3): the address of a peer as the server sees it, in the form of
/// XOR-MAPPED-ADDRESS. CreatePermission may have several.
/// <code>
/// | 0x0012 | 8 or 20 | 0 | family | port XOR | address XOR |
/// </code>
/// </summary>
internal static class XorPeerAddressAttribute
{
    public static void Write(ref StunWriter writer, TransportAddress peer) =>
        XorMappedAddressAttribute.Write(ref writer, StunAttributeType.XorPeerAddress, peer);

    public static bool TryRead(in StunMessage message, out TransportAddress peer) =>
        XorMappedAddressAttribute.TryRead(message, StunAttributeType.XorPeerAddress, out peer);

    /// <summary>
    /// Reads all peers of a CreatePermission request into <paramref name="peers"/>. Returns their number, or -1 where
    /// one is broken or there are more than fit.
    /// </summary>
    public static int ReadAll(in StunMessage message, Span<TransportAddress> peers)
    {
        var count = 0;
        var attributes = message.ReadAttributes();
        while (attributes.TryReadNext(StunAttributeType.XorPeerAddress, out var value))
        {
            if (count == peers.Length || !XorMappedAddressAttribute.TryReadValue(value, message.TransactionId, out peers[count]))
            {
                return -1;
            }

            count++;
        }

        return count;
    }
}
