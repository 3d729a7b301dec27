using System.Buffers.Binary;

namespace KillaBeez.WebRtc.Sctp.Packet.Chunks;

/// <summary>The highest ordered message of a stream that the sender gave up.</summary>
internal readonly record struct SkippedStream(ushort StreamId, ushort StreamSequence);

/// <summary>
/// FORWARD-TSN (RFC 3758 section 3.2): the receiver takes everything up to the new cumulative TSN as received.
/// <code>
/// +---------------+---------------+-------------------------------+
/// |  Type = 192   |       0       |            Length             |
/// +---------------+---------------+-------------------------------+
/// |                      New cumulative TSN                       |
/// +-------------------------------+-------------------------------+
/// |           Stream id           |    Stream sequence number     | ...
/// +-------------------------------+-------------------------------+
/// </code>
/// </summary>
internal readonly ref struct ForwardTsnChunk
{
    public const int FixedBytes = 8;

    public const int EntryBytes = 4;

    private readonly ReadOnlySpan<byte> _entries;

    private ForwardTsnChunk(Tsn cumulative, ReadOnlySpan<byte> entries)
    {
        NewCumulativeTsn = cumulative;
        _entries = entries;
    }

    public Tsn NewCumulativeTsn { get; }

    public int SkippedCount => _entries.Length / EntryBytes;

    public SkippedStream Skipped(int index)
    {
        var entry = _entries.Slice(index * EntryBytes, EntryBytes);
        return new SkippedStream(BinaryPrimitives.ReadUInt16BigEndian(entry), BinaryPrimitives.ReadUInt16BigEndian(entry[2..]));
    }

    public static bool TryParse(ReadOnlySpan<byte> value, out ForwardTsnChunk chunk, out SctpParseError error)
    {
        var reader = new SpanReader(value);
        if (!reader.TryReadUInt32(out var cumulative))
        {
            chunk = default;
            error = SctpParseError.Truncated;
            return false;
        }

        chunk = new ForwardTsnChunk(new Tsn(cumulative), reader.Rest);
        error = reader.Remaining % EntryBytes == 0 ? SctpParseError.None : SctpParseError.BadLength;
        return error == SctpParseError.None;
    }

    public static void Write(ref SpanWriter writer, Tsn newCumulative, scoped ReadOnlySpan<SkippedStream> skipped)
    {
        Tlv.WriteChunkHeader(ref writer, ChunkType.ForwardTsn, 0, 4 + (skipped.Length * EntryBytes));
        writer.WriteUInt32(newCumulative.Value);
        foreach (var entry in skipped)
        {
            writer.WriteUInt16(entry.StreamId);
            writer.WriteUInt16(entry.StreamSequence);
        }
    }
}
