using KillaBeez.WebRtc.Stun;

namespace KillaBeez.WebRtc.Turn;

/// <summary>
/// ADDRESS-ERROR-CODE (RFC 8656, section 18.12): in a success response, why one of two requested families was refused.
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |  Family       |    Reserved             |Class|     Number    |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |      Reason Phrase (variable)                                ..
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// </code>
/// </summary>
internal static class AddressErrorCodeAttribute
{
    public static void Write(ref StunWriter writer, TurnAddressFamily family, StunErrorCode code)
    {
        var reason = code.Reason;
        var value = new SpanWriter(writer.Reserve(StunAttributeType.AddressErrorCode, 4 + reason.Length));
        value.WriteByte((byte)family);
        value.WriteByte(0);
        value.WriteByte((byte)(code.Value / 100));
        value.WriteByte((byte)(code.Value % 100));
        value.WriteBytes(reason);
    }

    public static bool TryRead(in StunMessage message, out TurnAddressFamily family, out StunErrorCode code)
    {
        family = default;
        code = default;
        if (!message.TryGet(StunAttributeType.AddressErrorCode, out var value))
        {
            return false;
        }

        var reader = new SpanReader(value);
        _ = reader.TryReadByte(out var familyByte);
        _ = reader.TryReadByte(out _);
        _ = reader.TryReadByte(out var hundreds);
        _ = reader.TryReadByte(out var number);
        hundreds &= 0b111;
        if (reader.Failed || hundreds is < 3 or > 6 || number > 99 || reader.Remaining > StunLimits.MaxTextBytes)
        {
            return false;
        }

        family = (TurnAddressFamily)familyByte;
        code = new StunErrorCode((hundreds * 100) + number);
        return true;
    }
}
