namespace KillaBeez.Swarm.Multiplexing;

/// <summary>What a mux frame is (yamux specification, "Type Field").</summary>
internal enum MuxFrameType : byte
{
    /// <summary>Length bytes of a substream follow.</summary>
    Data = 0,

    /// <summary>Length is added to the substream's credit; with RST it is the reset's code.</summary>
    WindowUpdate = 1,

    /// <summary>Length is an opaque number: SYN asks, ACK answers with the same number.</summary>
    Ping = 2,

    /// <summary>Length is a <see cref="MuxGoAwayCode"/>: the sender accepts no new substreams.</summary>
    GoAway = 3,
}

/// <summary>yamux specification, "Flag Field". Bits not named here are ignored.</summary>
[Flags]
internal enum MuxFlags : ushort
{
    None = 0,

    /// <summary>Opens the substream; on a ping: a question.</summary>
    Syn = 1,

    /// <summary>The acceptor's first frame on a substream; on a ping: an answer.</summary>
    Ack = 2,

    /// <summary>The sender writes no more to this substream.</summary>
    Fin = 4,

    /// <summary>Both directions of the substream end at once.</summary>
    Rst = 8,
}

/// <summary>Length of a go-away frame (yamux specification, "Go Away").</summary>
internal enum MuxGoAwayCode
{
    Normal = 0,
    ProtocolError = 1,
    InternalError = 2,
}

/// <summary>Why 12 bytes are no frame header.</summary>
internal enum MuxHeaderParseError
{
    None,
    Truncated,
    UnknownVersion,
    UnknownType,
}

/// <summary>
/// The 12 bytes in front of every mux frame, big-endian (yamux specification, "Framing").
/// </summary>
/// <remarks>
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +---------------+---------------+-------------------------------+
/// |  Version = 0  |     Type      |             Flags             |
/// +---------------+---------------+-------------------------------+
/// |                  Substream id (0: the session)                |
/// +---------------------------------------------------------------+
/// |                            Length                             |
/// +---------------------------------------------------------------+
/// </code>
/// </remarks>
internal readonly record struct MuxFrameHeader(MuxFrameType Type, MuxFlags Flags, uint StreamId, uint Length)
{
    public const int SizeBytes = 12;

    private const byte Version = 0;

    public bool Has(MuxFlags flag) => (Flags & flag) != 0;

    public static bool TryParse(ReadOnlySpan<byte> source, out MuxFrameHeader header, out MuxHeaderParseError error)
    {
        header = default;
        var reader = new SpanReader(source);
        reader.TryReadByte(out var version);
        reader.TryReadByte(out var type);
        reader.TryReadUInt16(out var flags);
        reader.TryReadUInt32(out var streamId);
        if (!reader.TryReadUInt32(out var length))
        {
            error = MuxHeaderParseError.Truncated;
            return false;
        }

        if (version != Version)
        {
            error = MuxHeaderParseError.UnknownVersion;
            return false;
        }

        if (type > (byte)MuxFrameType.GoAway)
        {
            error = MuxHeaderParseError.UnknownType;
            return false;
        }

        header = new MuxFrameHeader((MuxFrameType)type, (MuxFlags)flags, streamId, length);
        error = MuxHeaderParseError.None;
        return true;
    }

    public void Write(ref SpanWriter writer)
    {
        writer.WriteByte(Version);
        writer.WriteByte((byte)Type);
        writer.WriteUInt16((ushort)Flags);
        writer.WriteUInt32(StreamId);
        writer.WriteUInt32(Length);
    }
}
