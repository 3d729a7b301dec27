namespace KillaBeez.WebRtc.Sctp.Packet.Parameters;

/// <summary>
/// Supported Extensions (RFC 5061 section 4.2.7): the chunk types beyond the base protocol that the sender
/// understands.
/// <code>
/// +-------------------------------+-------------------------------+
/// |        Type = 0x8008          |            Length             |
/// +---------------+---------------+---------------+---------------+
/// |  Chunk type 1 |  Chunk type 2 |      ...      |    Padding    |
/// +---------------+---------------+---------------+---------------+
/// </code>
/// </summary>
internal static class SupportedExtensionsParameter
{
    public static bool Contains(ReadOnlySpan<byte> value, ChunkType type) => value.Contains((byte)type);

    public static void Write(ref SpanWriter writer, scoped ReadOnlySpan<ChunkType> types)
    {
        Tlv.WriteHeader(ref writer, ParameterType.SupportedExtensions, types.Length);
        foreach (var type in types)
        {
            writer.WriteByte((byte)type);
        }

        writer.WriteZeros(Tlv.PaddingOf(types.Length));
    }
}
