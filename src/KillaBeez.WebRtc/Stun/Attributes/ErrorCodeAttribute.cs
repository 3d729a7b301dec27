namespace KillaBeez.WebRtc.Stun;

/// <summary>
/// ERROR-CODE (RFC 8489, section 14.8).
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |           Reserved, should be 0         |Class|     Number    |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |      Reason Phrase (variable)                                ..
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// </code>
/// </summary>
internal static class ErrorCodeAttribute
{
    public static void Write(ref StunWriter writer, StunErrorCode code)
    {
        var reason = code.Reason;
        var value = new SpanWriter(writer.Reserve(StunAttributeType.ErrorCode, 4 + reason.Length));
        value.WriteUInt16(0);
        value.WriteByte((byte)(code.Value / 100));
        value.WriteByte((byte)(code.Value % 100));
        value.WriteBytes(reason);
    }

    public static bool TryRead(in StunMessage message, out StunErrorCode code)
    {
        code = default;
        if (!message.TryGet(StunAttributeType.ErrorCode, out var value))
        {
            return false;
        }

        var reader = new SpanReader(value);
        _ = reader.TryReadUInt16(out _);
        _ = reader.TryReadByte(out var hundreds);
        _ = reader.TryReadByte(out var number);

        // The five bits above the class are reserved and ignored by receivers.
        hundreds &= 0b111;
        if (reader.Failed || hundreds is < 3 or > 6 || number > 99 || reader.Remaining > StunLimits.MaxTextBytes)
        {
            return false;
        }

        code = new StunErrorCode((hundreds * 100) + number);
        return true;
    }
}
