namespace KillaBeez.WebRtc.Stun;

/// <summary>
/// XOR-MAPPED-ADDRESS (RFC 8489, section 14.2): the address a request came from, hidden from NATs that rewrite
/// addresses in payloads by XOR with the magic cookie and, for IPv6, the transaction id.
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |0 0 0 0 0 0 0 0|    Family     |            X-Port             |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                X-Address (32 bits or 128 bits)                |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// </code>
/// </summary>
internal static class XorMappedAddressAttribute
{
    private const int MaxValueBytes = 20;

    public static void Write(ref StunWriter writer, TransportAddress address)
    {
        var value = writer.Reserve(StunAttributeType.XorMappedAddress, 4 + address.AddressBytes);
        var plain = new SpanWriter(value);
        plain.WriteByte(0);
        plain.WriteByte(address.IsIPv6 ? MappedAddressAttribute.FamilyIPv6 : MappedAddressAttribute.FamilyIPv4);
        plain.WriteUInt16(address.Port);
        address.WriteAddress(plain.Reserve(address.AddressBytes));
        ApplyMask(value, writer.TransactionId);
    }

    public static bool TryRead(in StunMessage message, out TransportAddress address)
    {
        address = default;
        if (!message.TryGet(StunAttributeType.XorMappedAddress, out var value) || value.Length > MaxValueBytes)
        {
            return false;
        }

        Span<byte> plain = stackalloc byte[MaxValueBytes];
        value.CopyTo(plain);
        plain = plain[..value.Length];
        ApplyMask(plain, message.TransactionId);
        return MappedAddressAttribute.TryReadValue(plain, out address);
    }

    /// <summary>XOR is its own inverse: the same call hides and reveals. The mask for port and address both start with the cookie.</summary>
    private static void ApplyMask(Span<byte> value, StunTransactionId id)
    {
        Span<byte> mask = stackalloc byte[MaxValueBytes];
        var writer = new SpanWriter(mask);
        writer.WriteUInt16(0);
        writer.WriteUInt16((ushort)(StunHeader.MagicCookie >> 16));
        writer.WriteUInt32(StunHeader.MagicCookie);
        id.Write(ref writer);
        var count = Math.Min(value.Length, mask.Length);
        for (var i = 0; i < count; i++)
        {
            value[i] ^= mask[i];
        }
    }
}
