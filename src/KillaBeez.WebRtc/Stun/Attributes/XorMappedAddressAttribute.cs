namespace KillaBeez.WebRtc.Stun;

/// <summary>
/// XOR-MAPPED-ADDRESS (RFC 8489, section 14.2), and in the same form XOR-PEER-ADDRESS and XOR-RELAYED-ADDRESS
/// (RFC 8656, sections 18.3 and 18.5): the address a request came from, hidden from NATs that rewrite
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

    public static void Write(ref StunWriter writer, TransportAddress address) =>
        Write(ref writer, StunAttributeType.XorMappedAddress, address);

    public static void Write(ref StunWriter writer, StunAttributeType type, TransportAddress address)
    {
        var value = writer.Reserve(type, 4 + address.AddressBytes);
        var plain = new SpanWriter(value);
        plain.WriteByte(0);
        plain.WriteByte(address.IsIPv6 ? MappedAddressAttribute.FamilyIPv6 : MappedAddressAttribute.FamilyIPv4);
        plain.WriteUInt16(address.Port);
        address.WriteAddress(plain.Reserve(address.AddressBytes));
        ApplyMask(value, writer.TransactionId);
    }

    public static bool TryRead(in StunMessage message, out TransportAddress address) =>
        TryRead(message, StunAttributeType.XorMappedAddress, out address);

    public static bool TryRead(in StunMessage message, StunAttributeType type, out TransportAddress address)
    {
        address = default;
        return message.TryGet(type, out var value) && TryReadValue(value, message.TransactionId, out address);
    }

    public static bool TryReadValue(ReadOnlySpan<byte> value, StunTransactionId transactionId, out TransportAddress address)
    {
        address = default;
        if (value.Length > MaxValueBytes)
        {
            return false;
        }

        Span<byte> plain = stackalloc byte[MaxValueBytes];
        value.CopyTo(plain);
        plain = plain[..value.Length];
        ApplyMask(plain, transactionId);
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
