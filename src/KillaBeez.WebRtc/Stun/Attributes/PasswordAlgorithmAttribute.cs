namespace KillaBeez.WebRtc.Stun;

/// <summary>How the long-term key is derived (RFC 8489, section 18.5).</summary>
internal enum StunPasswordAlgorithm : ushort
{
    Md5 = 0x0001,
    Sha256 = 0x0002,
}

/// <summary>
/// PASSWORD-ALGORITHM (RFC 8489, section 14.12); both algorithms have no parameters.
/// <code>
/// | 0x001D | 4 | algorithm (16 bits) | parameter length (16 bits) |
/// </code>
/// </summary>
internal static class PasswordAlgorithmAttribute
{
    public static void Write(ref StunWriter writer, StunPasswordAlgorithm algorithm)
    {
        var value = new SpanWriter(writer.Reserve(StunAttributeType.PasswordAlgorithm, 4));
        value.WriteUInt16((ushort)algorithm);
        value.WriteUInt16(0);
    }

    public static bool TryRead(in StunMessage message, out StunPasswordAlgorithm algorithm)
    {
        algorithm = default;
        if (!message.TryGet(StunAttributeType.PasswordAlgorithm, out var value))
        {
            return false;
        }

        var reader = new SpanReader(value);
        _ = reader.TryReadUInt16(out var number);
        _ = reader.TryReadUInt16(out _);
        algorithm = (StunPasswordAlgorithm)number;
        return !reader.Failed && algorithm is StunPasswordAlgorithm.Md5 or StunPasswordAlgorithm.Sha256;
    }
}
