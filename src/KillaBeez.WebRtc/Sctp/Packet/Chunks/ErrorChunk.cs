namespace KillaBeez.WebRtc.Sctp.Packet.Chunks;

/// <summary>
/// ERROR (RFC 9260 section 3.3.10): reports causes that do not end the association.
/// <code>
/// +---------------+---------------+-------------------------------+
/// |   Type = 9    |       0       |            Length             |
/// +---------------+---------------+-------------------------------+
/// |                       Error causes                            |
/// +---------------------------------------------------------------+
/// </code>
/// </summary>
internal readonly ref struct ErrorChunk
{
    /// <summary>Error causes, whole and padded; <see cref="TlvReader"/> walks them.</summary>
    public ReadOnlySpan<byte> Causes { get; init; }

    public static ErrorChunk Parse(ReadOnlySpan<byte> value) => new() { Causes = value };

    public static void Write(ref SpanWriter writer, scoped ReadOnlySpan<byte> causes)
    {
        Tlv.WriteChunkHeader(ref writer, ChunkType.Error, 0, causes.Length);
        writer.WriteBytes(causes);
        writer.WriteZeros(Tlv.PaddingOf(causes.Length));
    }
}
