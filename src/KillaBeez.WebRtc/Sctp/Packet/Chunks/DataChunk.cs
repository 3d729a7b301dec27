namespace KillaBeez.WebRtc.Sctp.Packet.Chunks;

/// <summary>The flags of DATA and I-DATA (RFC 9260 section 3.3.1, RFC 7053 section 3).</summary>
[Flags]
internal enum DataFlags : byte
{
    None = 0,
    End = 0x01,
    Begin = 0x02,
    Unordered = 0x04,

    /// <summary>The sender asks for a SACK at once.</summary>
    Immediate = 0x08,
}

/// <summary>
/// DATA (RFC 9260 section 3.3.1): a message or a fragment of one.
/// <code>
/// +---------------+-------+-+-+-+-+-------------------------------+
/// |   Type = 0    |  Res  |I|U|B|E|            Length             |
/// +---------------+-------+-+-+-+-+-------------------------------+
/// |                              TSN                              |
/// +-------------------------------+-------------------------------+
/// |           Stream id           |    Stream sequence number     |
/// +-------------------------------+-------------------------------+
/// |                  Payload protocol identifier                  |
/// +---------------------------------------------------------------+
/// |                       User data, padded                       |
/// +---------------------------------------------------------------+
/// </code>
/// </summary>
internal readonly ref struct DataChunk
{
    /// <summary>The chunk header and the fixed fields.</summary>
    public const int HeaderBytes = 16;

    public DataFlags Flags { get; init; }

    public Tsn Tsn { get; init; }

    public ushort StreamId { get; init; }

    public ushort StreamSequence { get; init; }

    public uint PayloadProtocol { get; init; }

    /// <summary>The user data; empty in a chunk that RFC 9260 section 6.2 answers with "No User Data".</summary>
    public ReadOnlySpan<byte> Payload { get; init; }

    public static bool TryParse(byte flags, ReadOnlySpan<byte> value, out DataChunk chunk, out SctpParseError error)
    {
        var reader = new SpanReader(value);
        reader.TryReadUInt32(out var tsn);
        reader.TryReadUInt16(out var stream);
        reader.TryReadUInt16(out var sequence);
        reader.TryReadUInt32(out var protocol);
        if (reader.Failed)
        {
            chunk = default;
            error = SctpParseError.Truncated;
            return false;
        }

        chunk = new DataChunk
        {
            Flags = (DataFlags)(flags & 0x0F),
            Tsn = new Tsn(tsn),
            StreamId = stream,
            StreamSequence = sequence,
            PayloadProtocol = protocol,
            Payload = reader.Rest,
        };
        error = SctpParseError.None;
        return true;
    }

    public void Write(ref SpanWriter writer)
    {
        Tlv.WriteChunkHeader(ref writer, ChunkType.Data, (byte)Flags, HeaderBytes - ChunkReader.HeaderBytes + Payload.Length);
        writer.WriteUInt32(Tsn.Value);
        writer.WriteUInt16(StreamId);
        writer.WriteUInt16(StreamSequence);
        writer.WriteUInt32(PayloadProtocol);
        writer.WriteBytes(Payload);
        writer.WriteZeros(Tlv.PaddingOf(Payload.Length));
    }
}
