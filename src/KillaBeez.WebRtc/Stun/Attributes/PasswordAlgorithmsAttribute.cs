namespace KillaBeez.WebRtc.Stun;

/// <summary>
/// PASSWORD-ALGORITHMS (RFC 8489, section 14.11): what a server takes, best first; a client repeats it unchanged so
/// that nobody on the way can take the better ones out.
/// <code>
/// | 0x8002 | length | algorithm 1 (16 bits) | parameter length (16 bits) | parameters ... padding | algorithm 2 ...
/// </code>
/// </summary>
internal static class PasswordAlgorithmsAttribute
{
    public static void Write(ref StunWriter writer, scoped ReadOnlySpan<StunPasswordAlgorithm> algorithms)
    {
        var value = new SpanWriter(writer.Reserve(StunAttributeType.PasswordAlgorithms, algorithms.Length * 4));
        foreach (var algorithm in algorithms)
        {
            value.WriteUInt16((ushort)algorithm);
            value.WriteUInt16(0);
        }
    }

    /// <summary>
    /// The first algorithm of the list that this library knows. False where there is no list, none is known, or the
    /// list is broken.
    /// </summary>
    public static bool TryReadFirstKnown(in StunMessage message, out StunPasswordAlgorithm algorithm)
    {
        algorithm = default;
        if (!message.TryGet(StunAttributeType.PasswordAlgorithms, out var value) || value.Length > StunLimits.MaxPasswordAlgorithmsBytes)
        {
            return false;
        }

        var reader = new SpanReader(value);
        while (!reader.AtEnd)
        {
            _ = reader.TryReadUInt16(out var number);
            _ = reader.TryReadUInt16(out var parameterBytes);
            _ = reader.TrySkip((parameterBytes + 3) & ~3);
            if (reader.Failed)
            {
                algorithm = default;
                return false;
            }

            var isKnown = (StunPasswordAlgorithm)number is StunPasswordAlgorithm.Md5 or StunPasswordAlgorithm.Sha256;
            if (algorithm == default && isKnown && parameterBytes == 0)
            {
                algorithm = (StunPasswordAlgorithm)number;
            }
        }

        return algorithm != default;
    }
}
