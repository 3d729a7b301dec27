namespace KillaBeez.WebRtc.Stun;

/// <summary>
/// MAPPED-ADDRESS and ALTERNATE-SERVER (RFC 8489, sections 14.1 and 14.15): a plain address.
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |0 0 0 0 0 0 0 0|    Family     |             Port              |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                 Address (32 bits or 128 bits)                 |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// </code>
/// </summary>
internal static class MappedAddressAttribute
{
    public const byte FamilyIPv4 = 0x01;
    public const byte FamilyIPv6 = 0x02;

    public static void Write(ref StunWriter writer, StunAttributeType type, TransportAddress address)
    {
        var value = new SpanWriter(writer.Reserve(type, 4 + address.AddressBytes));
        value.WriteByte(0);
        value.WriteByte(address.IsIPv6 ? FamilyIPv6 : FamilyIPv4);
        value.WriteUInt16(address.Port);
        address.WriteAddress(value.Reserve(address.AddressBytes));
    }

    public static bool TryRead(in StunMessage message, StunAttributeType type, out TransportAddress address)
    {
        address = default;
        return message.TryGet(type, out var value) && TryReadValue(value, out address);
    }

    public static bool TryReadValue(ReadOnlySpan<byte> value, out TransportAddress address)
    {
        address = default;
        var reader = new SpanReader(value);
        _ = reader.TrySkip(1);
        _ = reader.TryReadByte(out var family);
        _ = reader.TryReadUInt16(out var port);
        switch (family)
        {
            case FamilyIPv4 when reader.Remaining == 4:
                address = TransportAddress.FromIPv4(reader.Rest, port);
                return true;
            case FamilyIPv6 when reader.Remaining == 16:
                address = TransportAddress.FromIPv6(reader.Rest, port);
                return true;
            default:
                return false;
        }
    }
}
