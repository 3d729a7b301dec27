namespace KillaBeez.WebRtc.Sctp.Packet.Chunks;

/// <summary>
/// PAD (RFC 4820 section 3): fills a packet to a size, for path MTU probing. Receivers ignore the value.
/// <code>
/// +---------------+---------------+-------------------------------+
/// |  Type = 132   |       0       |            Length             |
/// +---------------+---------------+-------------------------------+
/// |                        Padding data                           |
/// +---------------------------------------------------------------+
/// </code>
/// </summary>
internal static class PadChunk
{
    /// <summary>Writes a chunk that takes exactly this many bytes, a multiple of four and at least four.</summary>
    public static void Write(ref SpanWriter writer, int totalBytes)
    {
        Tlv.WriteChunkHeader(ref writer, ChunkType.Pad, 0, totalBytes - ChunkReader.HeaderBytes);
        writer.WriteZeros(totalBytes - ChunkReader.HeaderBytes);
    }
}
