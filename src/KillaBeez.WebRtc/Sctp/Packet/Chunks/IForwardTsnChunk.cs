using System.Buffers.Binary;

namespace KillaBeez.WebRtc.Sctp.Packet.Chunks;

/// <summary>The highest message of a stream that the sender gave up, ordered and unordered counted apart.</summary>
internal readonly record struct SkippedMessage(ushort StreamId, bool IsUnordered, uint MessageId);

/// <summary>
/// I-FORWARD-TSN (RFC 8260 section 2.3.1), the form of FORWARD-TSN that goes with I-DATA.
/// <code>
/// +---------------+---------------+-------------------------------+
/// |  Type = 194   |       0       |            Length             |
/// +---------------+---------------+-------------------------------+
/// |                      New cumulative TSN                       |
/// +-------------------------------+-----------------------------+-+
/// |           Stream id           |          Reserved           |U|
/// +-------------------------------+-----------------------------+-+
/// |                      Message identifier                       | ...
/// +---------------------------------------------------------------+
/// </code>
/// </summary>
internal readonly ref struct IForwardTsnChunk
{
    public const int FixedBytes = 8;

    public const int EntryBytes = 8;

    private readonly ReadOnlySpan<byte> _entries;

    private IForwardTsnChunk(Tsn cumulative, ReadOnlySpan<byte> entries)
    {
        NewCumulativeTsn = cumulative;
        _entries = entries;
    }

    public Tsn NewCumulativeTsn { get; }

    public int SkippedCount => _entries.Length / EntryBytes;

    public SkippedMessage Skipped(int index)
    {
        var entry = _entries.Slice(index * EntryBytes, EntryBytes);
        return new SkippedMessage(
            BinaryPrimitives.ReadUInt16BigEndian(entry),
            (BinaryPrimitives.ReadUInt16BigEndian(entry[2..]) & 1) != 0,
            BinaryPrimitives.ReadUInt32BigEndian(entry[4..]));
    }

    public static bool TryParse(ReadOnlySpan<byte> value, out IForwardTsnChunk chunk, out SctpParseError error)
    {
        var reader = new SpanReader(value);
        if (!reader.TryReadUInt32(out var cumulative))
        {
            chunk = default;
            error = SctpParseError.Truncated;
            return false;
        }

        chunk = new IForwardTsnChunk(new Tsn(cumulative), reader.Rest);
        error = reader.Remaining % EntryBytes == 0 ? SctpParseError.None : SctpParseError.BadLength;
        return error == SctpParseError.None;
    }

    public static void Write(ref SpanWriter writer, Tsn newCumulative, scoped ReadOnlySpan<SkippedMessage> skipped)
    {
        Tlv.WriteChunkHeader(ref writer, ChunkType.IForwardTsn, 0, 4 + (skipped.Length * EntryBytes));
        writer.WriteUInt32(newCumulative.Value);
        foreach (var entry in skipped)
        {
            writer.WriteUInt16(entry.StreamId);
            writer.WriteUInt16(entry.IsUnordered ? (ushort)1 : (ushort)0);
            writer.WriteUInt32(entry.MessageId);
        }
    }
}
