namespace KillaBeez.WebRtc.Stun;

/// <summary>
/// The fixed start of every message (RFC 8489, section 5).
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |0 0|     STUN Message Type     |         Message Length        |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                   Magic Cookie (0x2112A442)                   |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                   Transaction ID (96 bits)                    |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// </code>
/// </summary>
/// <param name="Type">Method and class.</param>
/// <param name="AttributeBytes">The length field: the bytes that follow this header.</param>
/// <param name="TransactionId">Ties answer and request.</param>
internal readonly record struct StunHeader(StunMessageType Type, ushort AttributeBytes, StunTransactionId TransactionId)
{
    public const int Bytes = 20;
    public const uint MagicCookie = 0x2112A442;

    /// <summary>Where the length field lies; integrity and fingerprint are computed with a length of their own.</summary>
    public const int LengthOffset = 2;

    public void Write(ref SpanWriter writer)
    {
        writer.WriteUInt16(Type.Value);
        writer.WriteUInt16(AttributeBytes);
        writer.WriteUInt32(MagicCookie);
        TransactionId.Write(ref writer);
    }

    public static bool TryRead(ref SpanReader reader, out StunHeader header, out StunParseError error)
    {
        _ = reader.TryReadUInt16(out var type);
        _ = reader.TryReadUInt16(out var length);
        _ = reader.TryReadUInt32(out var cookie);
        _ = StunTransactionId.TryRead(ref reader, out var id);
        header = new StunHeader(new StunMessageType(type), length, id);
        error = reader.Failed ? StunParseError.TooShort
            : type > 0x3FFF || cookie != MagicCookie ? StunParseError.NotStun
            : length % 4 != 0 ? StunParseError.BadLength
            : StunParseError.None;
        return error == StunParseError.None;
    }
}
