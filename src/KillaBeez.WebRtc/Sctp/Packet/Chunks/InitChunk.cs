namespace KillaBeez.WebRtc.Sctp.Packet.Chunks;

/// <summary>
/// INIT and INIT-ACK (RFC 9260 sections 3.3.2 and 3.3.3); they differ in their type and parameters only.
/// <code>
/// +---------------+---------------+-------------------------------+
/// | Type = 1 or 2 |       0       |            Length             |
/// +---------------+---------------+-------------------------------+
/// |                         Initiate tag                          |
/// +---------------------------------------------------------------+
/// |           Advertised receiver window credit (a_rwnd)          |
/// +-------------------------------+-------------------------------+
/// |       Outbound streams        |        Inbound streams        |
/// +-------------------------------+-------------------------------+
/// |                          Initial TSN                          |
/// +---------------------------------------------------------------+
/// |                          Parameters                           |
/// +---------------------------------------------------------------+
/// </code>
/// </summary>
internal readonly ref struct InitChunk
{
    public const int FixedBytes = 16;

    public uint InitiateTag { get; init; }

    public uint ReceiverWindow { get; init; }

    public ushort OutboundStreams { get; init; }

    public ushort InboundStreams { get; init; }

    public Tsn InitialTsn { get; init; }

    /// <summary>The parameters, whole and padded; <see cref="TlvReader"/> walks them.</summary>
    public ReadOnlySpan<byte> Parameters { get; init; }

    /// <summary>Reads and checks what RFC 9260 section 3.3.2 demands: a tag and stream counts other than zero.</summary>
    public static bool TryParse(ReadOnlySpan<byte> value, out InitChunk chunk, out SctpParseError error)
    {
        var reader = new SpanReader(value);
        reader.TryReadUInt32(out var tag);
        reader.TryReadUInt32(out var window);
        reader.TryReadUInt16(out var outbound);
        reader.TryReadUInt16(out var inbound);
        reader.TryReadUInt32(out var tsn);
        if (reader.Failed)
        {
            chunk = default;
            error = SctpParseError.Truncated;
            return false;
        }

        chunk = new InitChunk
        {
            InitiateTag = tag,
            ReceiverWindow = window,
            OutboundStreams = outbound,
            InboundStreams = inbound,
            InitialTsn = new Tsn(tsn),
            Parameters = reader.Rest,
        };
        error = tag == 0 || outbound == 0 || inbound == 0 || window < SctpLimits.MinReceiverWindowBytes
            ? SctpParseError.BadValue
            : SctpParseError.None;
        return error == SctpParseError.None;
    }

    public static void Write(ref SpanWriter writer, ChunkType type, scoped InitChunk chunk)
    {
        Tlv.WriteChunkHeader(ref writer, type, 0, FixedBytes + chunk.Parameters.Length);
        writer.WriteUInt32(chunk.InitiateTag);
        writer.WriteUInt32(chunk.ReceiverWindow);
        writer.WriteUInt16(chunk.OutboundStreams);
        writer.WriteUInt16(chunk.InboundStreams);
        writer.WriteUInt32(chunk.InitialTsn.Value);
        writer.WriteBytes(chunk.Parameters);
        writer.WriteZeros(Tlv.PaddingOf(chunk.Parameters.Length));
    }
}
