using System.Buffers.Binary;

namespace KillaBeez.WebRtc.Sctp.Packet.Chunks;

/// <summary>TSNs received above the cumulative TSN, as offsets from it; both ends are included.</summary>
internal readonly record struct GapBlock(ushort Start, ushort End);

/// <summary>
/// SACK (RFC 9260 section 3.3.4).
/// <code>
/// +---------------+---------------+-------------------------------+
/// |   Type = 3    |       0       |            Length             |
/// +---------------+---------------+-------------------------------+
/// |                      Cumulative TSN ack                       |
/// +---------------------------------------------------------------+
/// |           Advertised receiver window credit (a_rwnd)          |
/// +-------------------------------+-------------------------------+
/// |      Number of gap blocks     |     Number of duplicates      |
/// +-------------------------------+-------------------------------+
/// |       Gap block start         |        Gap block end          | ...
/// +-------------------------------+-------------------------------+
/// |                         Duplicate TSN                         | ...
/// +---------------------------------------------------------------+
/// </code>
/// </summary>
internal readonly ref struct SackChunk
{
    /// <summary>The size of a SACK without gap blocks and duplicates, with its chunk header.</summary>
    public const int MinBytes = 16;

    private readonly ReadOnlySpan<byte> _gaps;
    private readonly ReadOnlySpan<byte> _duplicates;

    private SackChunk(Tsn cumulative, uint window, ReadOnlySpan<byte> gaps, ReadOnlySpan<byte> duplicates)
    {
        CumulativeTsn = cumulative;
        ReceiverWindow = window;
        _gaps = gaps;
        _duplicates = duplicates;
    }

    public Tsn CumulativeTsn { get; }

    public uint ReceiverWindow { get; }

    public int GapCount => _gaps.Length / 4;

    public int DuplicateCount => _duplicates.Length / 4;

    public GapBlock Gap(int index)
    {
        var block = _gaps.Slice(index * 4, 4);
        return new GapBlock(BinaryPrimitives.ReadUInt16BigEndian(block), BinaryPrimitives.ReadUInt16BigEndian(block[2..]));
    }

    public Tsn Duplicate(int index) => new(BinaryPrimitives.ReadUInt32BigEndian(_duplicates.Slice(index * 4, 4)));

    /// <summary>Reads a SACK; every gap block has 1 &lt;= start &lt;= end in one that parses.</summary>
    public static bool TryParse(ReadOnlySpan<byte> value, out SackChunk chunk, out SctpParseError error)
    {
        var reader = new SpanReader(value);
        reader.TryReadUInt32(out var cumulative);
        reader.TryReadUInt32(out var window);
        reader.TryReadUInt16(out var gapCount);
        reader.TryReadUInt16(out var duplicateCount);
        reader.TryReadBytes(gapCount * 4, out var gaps);
        reader.TryReadBytes(duplicateCount * 4, out var duplicates);
        if (reader.Failed || !reader.AtEnd)
        {
            chunk = default;
            error = reader.Failed ? SctpParseError.Truncated : SctpParseError.BadLength;
            return false;
        }

        chunk = new SackChunk(new Tsn(cumulative), window, gaps, duplicates);
        for (var i = 0; i < chunk.GapCount; i++)
        {
            var gap = chunk.Gap(i);
            if (gap.Start == 0 || gap.Start > gap.End)
            {
                error = SctpParseError.BadValue;
                return false;
            }
        }

        error = SctpParseError.None;
        return true;
    }

    public static int SizeBytes(int gapCount, int duplicateCount) => MinBytes + (4 * (gapCount + duplicateCount));

    public static void Write(
        ref SpanWriter writer,
        Tsn cumulative,
        uint window,
        scoped ReadOnlySpan<GapBlock> gaps,
        scoped ReadOnlySpan<Tsn> duplicates)
    {
        Tlv.WriteChunkHeader(ref writer, ChunkType.Sack, 0, SizeBytes(gaps.Length, duplicates.Length) - ChunkReader.HeaderBytes);
        writer.WriteUInt32(cumulative.Value);
        writer.WriteUInt32(window);
        writer.WriteUInt16((ushort)gaps.Length);
        writer.WriteUInt16((ushort)duplicates.Length);
        foreach (var gap in gaps)
        {
            writer.WriteUInt16(gap.Start);
            writer.WriteUInt16(gap.End);
        }

        foreach (var duplicate in duplicates)
        {
            writer.WriteUInt32(duplicate.Value);
        }
    }
}
