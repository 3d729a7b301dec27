namespace KillaBeez.WebRtc.Sctp.Packet;

/// <summary>One chunk as it lies in the packet: <see cref="Value"/> is without header and padding.</summary>
internal readonly ref struct RawChunk(byte type, byte flags, ReadOnlySpan<byte> value)
{
    public ChunkType Type { get; } = (ChunkType)type;

    public byte Flags { get; } = flags;

    public ReadOnlySpan<byte> Value { get; } = value;

    public UnknownTypeAction ActionIfUnknown => (UnknownTypeAction)((byte)Type >> 6);
}

/// <summary>
/// Walks the chunks of a packet (RFC 9260 section 3.2). Every step advances by at least four bytes.
/// <code>
/// +---------------+---------------+-------------------------------+
/// |     Type      |     Flags     |     Length (with header)      |
/// +---------------+---------------+-------------------------------+
/// |                     Value, padded to 4                        |
/// +---------------------------------------------------------------+
/// </code>
/// </summary>
internal ref struct ChunkReader(ReadOnlySpan<byte> chunks)
{
    public const int HeaderBytes = 4;

    private SpanReader _reader = new(chunks);
    private int _count;

    /// <summary>
    /// The next chunk; false at the end, with <paramref name="error"/> other than None where the rest of the
    /// packet is not readable.
    /// </summary>
    public bool TryRead(out RawChunk chunk, out SctpParseError error)
    {
        chunk = default;
        error = SctpParseError.None;
        if (_reader.AtEnd)
        {
            return false;
        }

        if (++_count > SctpLimits.MaxChunksPerPacket)
        {
            error = SctpParseError.TooMany;
            return false;
        }

        _reader.TryReadByte(out var type);
        _reader.TryReadByte(out var flags);
        if (!_reader.TryReadUInt16(out var length))
        {
            error = SctpParseError.Truncated;
            return false;
        }

        if (length < HeaderBytes || !_reader.TryReadBytes(length - HeaderBytes, out var value))
        {
            error = SctpParseError.BadLength;
            return false;
        }

        // Some senders leave the padding of the last chunk away (seen with RE-CONFIG); nothing is lost by it.
        _reader.TrySkip(Math.Min(Tlv.PaddingOf(length), _reader.Remaining));
        chunk = new RawChunk(type, flags, value);
        return true;
    }
}
