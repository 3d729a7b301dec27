namespace KillaBeez.WebRtc.Sctp.Packet.Chunks;

/// <summary>
/// I-DATA (RFC 8260 section 2.1): a fragment that may be interleaved with those of other messages.
/// <code>
/// +---------------+-------+-+-+-+-+-------------------------------+
/// |   Type = 64   |  Res  |I|U|B|E|            Length             |
/// +---------------+-------+-+-+-+-+-------------------------------+
/// |                              TSN                              |
/// +-------------------------------+-------------------------------+
/// |           Stream id           |           Reserved            |
/// +-------------------------------+-------------------------------+
/// |                      Message identifier                       |
/// +---------------------------------------------------------------+
/// |   Payload protocol identifier (B) or fragment number (not B)  |
/// +---------------------------------------------------------------+
/// |                       User data, padded                       |
/// +---------------------------------------------------------------+
/// </code>
/// </summary>
internal readonly ref struct IDataChunk
{
    public const int HeaderBytes = 20;

    public DataFlags Flags { get; init; }

    public Tsn Tsn { get; init; }

    public ushort StreamId { get; init; }

    public uint MessageId { get; init; }

    /// <summary>Of the first fragment only; 0 in all others.</summary>
    public uint PayloadProtocol { get; init; }

    /// <summary>Of all fragments but the first, which is number 0.</summary>
    public uint FragmentNumber { get; init; }

    public ReadOnlySpan<byte> Payload { get; init; }

    public static bool TryParse(byte flags, ReadOnlySpan<byte> value, out IDataChunk chunk, out SctpParseError error)
    {
        var reader = new SpanReader(value);
        reader.TryReadUInt32(out var tsn);
        reader.TryReadUInt16(out var stream);
        reader.TrySkip(2);
        reader.TryReadUInt32(out var message);
        reader.TryReadUInt32(out var protocolOrFragment);
        if (reader.Failed)
        {
            chunk = default;
            error = SctpParseError.Truncated;
            return false;
        }

        var isFirst = ((DataFlags)flags & DataFlags.Begin) != 0;
        chunk = new IDataChunk
        {
            Flags = (DataFlags)(flags & 0x0F),
            Tsn = new Tsn(tsn),
            StreamId = stream,
            MessageId = message,
            PayloadProtocol = isFirst ? protocolOrFragment : 0,
            FragmentNumber = isFirst ? 0 : protocolOrFragment,
            Payload = reader.Rest,
        };
        error = SctpParseError.None;
        return true;
    }

    public void Write(ref SpanWriter writer)
    {
        Tlv.WriteChunkHeader(ref writer, ChunkType.IData, (byte)Flags, HeaderBytes - ChunkReader.HeaderBytes + Payload.Length);
        writer.WriteUInt32(Tsn.Value);
        writer.WriteUInt16(StreamId);
        writer.WriteUInt16(0);
        writer.WriteUInt32(MessageId);
        writer.WriteUInt32((Flags & DataFlags.Begin) != 0 ? PayloadProtocol : FragmentNumber);
        writer.WriteBytes(Payload);
        writer.WriteZeros(Tlv.PaddingOf(Payload.Length));
    }
}
