namespace KillaBeez.WebRtc.Sctp.Packet.ErrorCauses;

/// <summary>
/// Unrecognized Chunk Type and Unrecognized Parameters (RFC 9260 sections 3.3.10.6 and 3.3.10.8): what was not
/// understood, with its header. The echo is cut so that a report never outgrows a packet.
/// <code>
/// +-------------------------------+-------------------------------+
/// |      Cause code = 6 or 8      |            Length             |
/// +-------------------------------+-------------------------------+
/// |             The chunk or parameter as it came                 |
/// +---------------------------------------------------------------+
/// </code>
/// </summary>
internal static class UnrecognizedCause
{
    public static void WriteChunk(ref SpanWriter writer, RawChunk chunk)
    {
        var echoed = chunk.Value[..Math.Min(chunk.Value.Length, SctpLimits.MaxEchoedUnknownBytes)];
        Tlv.WriteHeader(ref writer, (ushort)ErrorCauseCode.UnrecognizedChunkType, ChunkReader.HeaderBytes + echoed.Length);
        Tlv.WriteChunkHeader(ref writer, chunk.Type, chunk.Flags, chunk.Value.Length);
        writer.WriteBytes(echoed);
        writer.WriteZeros(Tlv.PaddingOf(echoed.Length));
    }
}
