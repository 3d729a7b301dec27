namespace KillaBeez.WebRtc.Sctp.Packet.Chunks;

/// <summary>
/// HEARTBEAT and HEARTBEAT-ACK (RFC 9260 sections 3.3.5 and 3.3.6): one Heartbeat Info parameter, which the
/// peer returns as it is.
/// <code>
/// +---------------+---------------+-------------------------------+
/// | Type = 4 or 5 |       0       |            Length             |
/// +---------------+---------------+-------------------------------+
/// |     Parameter type = 1        |       Parameter length        |
/// +-------------------------------+-------------------------------+
/// |              Information of the sender, padded                |
/// +---------------------------------------------------------------+
/// </code>
/// </summary>
internal readonly ref struct HeartbeatChunk
{
    private const ushort InfoParameter = 1;

    public ReadOnlySpan<byte> Info { get; init; }

    public static int SizeBytes(int infoBytes) => ChunkReader.HeaderBytes + Tlv.HeaderBytes + Tlv.Padded(infoBytes);

    public static bool TryParse(ReadOnlySpan<byte> value, out HeartbeatChunk chunk, out SctpParseError error)
    {
        chunk = default;
        var reader = new TlvReader(value);
        if (!reader.TryRead(out var info, out error))
        {
            error = error == SctpParseError.None ? SctpParseError.Truncated : error;
            return false;
        }

        if (info.Type != InfoParameter)
        {
            error = SctpParseError.BadValue;
            return false;
        }

        chunk = new HeartbeatChunk { Info = info.Value };
        return true;
    }

    public static void Write(ref SpanWriter writer, ChunkType type, scoped ReadOnlySpan<byte> info)
    {
        Tlv.WriteChunkHeader(ref writer, type, 0, Tlv.HeaderBytes + info.Length);
        Tlv.Write(ref writer, InfoParameter, info);
    }
}
