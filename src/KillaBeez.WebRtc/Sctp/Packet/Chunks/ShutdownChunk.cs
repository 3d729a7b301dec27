namespace KillaBeez.WebRtc.Sctp.Packet.Chunks;

/// <summary>
/// SHUTDOWN (RFC 9260 section 3.3.8).
/// <code>
/// +---------------+---------------+-------------------------------+
/// |   Type = 7    |       0       |          Length = 8           |
/// +---------------+---------------+-------------------------------+
/// |                      Cumulative TSN ack                       |
/// +---------------------------------------------------------------+
/// </code>
/// </summary>
internal readonly record struct ShutdownChunk(Tsn CumulativeTsn)
{
    public static bool TryParse(ReadOnlySpan<byte> value, out ShutdownChunk chunk, out SctpParseError error)
    {
        var reader = new SpanReader(value);
        var ok = reader.TryReadUInt32(out var cumulative);
        chunk = new ShutdownChunk(new Tsn(cumulative));
        error = !ok ? SctpParseError.Truncated : reader.AtEnd ? SctpParseError.None : SctpParseError.BadLength;
        return error == SctpParseError.None;
    }

    public void Write(ref SpanWriter writer)
    {
        Tlv.WriteChunkHeader(ref writer, ChunkType.Shutdown, 0, 4);
        writer.WriteUInt32(CumulativeTsn.Value);
    }
}
