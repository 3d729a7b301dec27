namespace KillaBeez.WebRtc.Sctp.Packet;

/// <summary>One parameter or error cause; <see cref="Value"/> is without header and padding.</summary>
internal readonly ref struct RawTlv(ushort type, ReadOnlySpan<byte> value)
{
    public ushort Type { get; } = type;

    public ReadOnlySpan<byte> Value { get; } = value;

    public UnknownTypeAction ActionIfUnknown => (UnknownTypeAction)(Type >> 14);
}

/// <summary>
/// The form that parameters (RFC 9260 section 3.2.1) and error causes (section 3.3.10) share.
/// <code>
/// +-------------------------------+-------------------------------+
/// |             Type              |     Length (with header)      |
/// +-------------------------------+-------------------------------+
/// |                     Value, padded to 4                        |
/// +---------------------------------------------------------------+
/// </code>
/// </summary>
internal static class Tlv
{
    public const int HeaderBytes = 4;

    /// <summary>The zero bytes after something of this length.</summary>
    public static int PaddingOf(int length) => -length & 3;

    public static int Padded(int length) => (length + 3) & ~3;

    public static void Write(ref SpanWriter writer, ushort type, scoped ReadOnlySpan<byte> value)
    {
        WriteHeader(ref writer, type, value.Length);
        writer.WriteBytes(value);
        writer.WriteZeros(PaddingOf(value.Length));
    }

    public static void WriteHeader(ref SpanWriter writer, ushort type, int valueBytes)
    {
        writer.WriteUInt16(type);
        writer.WriteUInt16((ushort)(HeaderBytes + valueBytes));
    }

    public static void WriteChunkHeader(ref SpanWriter writer, ChunkType type, byte flags, int valueBytes)
    {
        writer.WriteByte((byte)type);
        writer.WriteByte(flags);
        writer.WriteUInt16((ushort)(ChunkReader.HeaderBytes + valueBytes));
    }
}

/// <summary>Walks parameters or error causes. Every step advances by at least four bytes.</summary>
internal ref struct TlvReader(ReadOnlySpan<byte> source)
{
    private SpanReader _reader = new(source);
    private int _count;

    public bool TryRead(out RawTlv tlv, out SctpParseError error)
    {
        tlv = default;
        error = SctpParseError.None;
        if (_reader.AtEnd)
        {
            return false;
        }

        if (++_count > SctpLimits.MaxParametersPerChunk)
        {
            error = SctpParseError.TooMany;
            return false;
        }

        _reader.TryReadUInt16(out var type);
        if (!_reader.TryReadUInt16(out var length))
        {
            error = SctpParseError.Truncated;
            return false;
        }

        if (length < Tlv.HeaderBytes || !_reader.TryReadBytes(length - Tlv.HeaderBytes, out var value))
        {
            error = SctpParseError.BadLength;
            return false;
        }

        _reader.TrySkip(Math.Min(Tlv.PaddingOf(length), _reader.Remaining));
        tlv = new RawTlv(type, value);
        return true;
    }
}
