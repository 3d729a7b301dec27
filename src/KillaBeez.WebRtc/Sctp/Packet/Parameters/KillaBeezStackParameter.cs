namespace KillaBeez.WebRtc.Sctp.Packet.Parameters;

/// <summary>
/// A parameter of this stack in INIT and INIT-ACK: its sender understands one SACK per receive batch.
/// <code>
/// +-------------------------------+-------------------------------+
/// |        Type = 0xBEE5          |          Length = 8           |
/// +-------------------------------+-------------------------------+
/// |           "KBZ"                               |  Version = 1  |
/// +-----------------------------------------------+---------------+
/// </code>
/// </summary>
internal static class KillaBeezStackParameter
{
    private const uint MagicAndVersion = 0x4B425A01;

    public static bool IsValid(ReadOnlySpan<byte> value)
    {
        var reader = new SpanReader(value);
        return reader.TryReadUInt32(out var magic) && magic == MagicAndVersion;
    }

    public static void Write(ref SpanWriter writer)
    {
        Tlv.WriteHeader(ref writer, ParameterType.KillaBeezStack, 4);
        writer.WriteUInt32(MagicAndVersion);
    }
}
