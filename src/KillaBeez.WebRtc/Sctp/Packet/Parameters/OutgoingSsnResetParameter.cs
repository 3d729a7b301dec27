using System.Buffers.Binary;

namespace KillaBeez.WebRtc.Sctp.Packet.Parameters;

/// <summary>
/// Outgoing SSN Reset Request (RFC 6525 section 4.1): the sender resets its own outgoing streams. No stream
/// listed means all.
/// <code>
/// +-------------------------------+-------------------------------+
/// |          Type = 13            |            Length             |
/// +-------------------------------+-------------------------------+
/// |           Re-configuration request sequence number            |
/// +---------------------------------------------------------------+
/// |           Re-configuration response sequence number           |
/// +---------------------------------------------------------------+
/// |                 Sender's last assigned TSN                    |
/// +-------------------------------+-------------------------------+
/// |          Stream id 1          |          Stream id 2 ...      |
/// +-------------------------------+-------------------------------+
/// </code>
/// </summary>
internal readonly ref struct OutgoingSsnResetParameter
{
    public const int FixedBytes = 16;

    private readonly ReadOnlySpan<byte> _streams;

    private OutgoingSsnResetParameter(uint request, uint response, Tsn lastTsn, ReadOnlySpan<byte> streams)
    {
        RequestSequence = request;
        ResponseSequence = response;
        LastTsn = lastTsn;
        _streams = streams;
    }

    public uint RequestSequence { get; }

    public uint ResponseSequence { get; }

    public Tsn LastTsn { get; }

    public int StreamCount => _streams.Length / 2;

    public ushort Stream(int index) => BinaryPrimitives.ReadUInt16BigEndian(_streams.Slice(index * 2, 2));

    public static bool TryParse(ReadOnlySpan<byte> value, out OutgoingSsnResetParameter parameter, out SctpParseError error)
    {
        var reader = new SpanReader(value);
        reader.TryReadUInt32(out var request);
        reader.TryReadUInt32(out var response);
        reader.TryReadUInt32(out var lastTsn);
        if (reader.Failed)
        {
            parameter = default;
            error = SctpParseError.Truncated;
            return false;
        }

        parameter = new OutgoingSsnResetParameter(request, response, new Tsn(lastTsn), reader.Rest);
        error = reader.Remaining % 2 == 0 ? SctpParseError.None : SctpParseError.BadLength;
        return error == SctpParseError.None;
    }

    public static void Write(ref SpanWriter writer, uint request, uint response, Tsn lastTsn, scoped ReadOnlySpan<ushort> streams)
    {
        Tlv.WriteHeader(ref writer, ParameterType.OutgoingSsnReset, 12 + (streams.Length * 2));
        writer.WriteUInt32(request);
        writer.WriteUInt32(response);
        writer.WriteUInt32(lastTsn.Value);
        foreach (var stream in streams)
        {
            writer.WriteUInt16(stream);
        }

        writer.WriteZeros(Tlv.PaddingOf(streams.Length * 2));
    }
}
