namespace KillaBeez.WebRtc.Sctp.Packet.Chunks;

/// <summary>
/// RE-CONFIG (RFC 6525 section 3.1): one or two re-configuration parameters.
/// <code>
/// +---------------+---------------+-------------------------------+
/// |  Type = 130   |       0       |            Length             |
/// +---------------+---------------+-------------------------------+
/// |              Re-configuration parameter                       |
/// +---------------------------------------------------------------+
/// |         Re-configuration parameter (optional)                 |
/// +---------------------------------------------------------------+
/// </code>
/// </summary>
internal readonly ref struct ReConfigChunk
{
    /// <summary>Parameters, whole and padded; <see cref="TlvReader"/> walks them.</summary>
    public ReadOnlySpan<byte> Parameters { get; init; }

    public static ReConfigChunk Parse(ReadOnlySpan<byte> value) => new() { Parameters = value };

    public static void Write(ref SpanWriter writer, scoped ReadOnlySpan<byte> parameters)
    {
        Tlv.WriteChunkHeader(ref writer, ChunkType.ReConfig, 0, parameters.Length);
        writer.WriteBytes(parameters);
        writer.WriteZeros(Tlv.PaddingOf(parameters.Length));
    }
}
