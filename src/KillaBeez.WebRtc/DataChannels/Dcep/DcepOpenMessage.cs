using System.Text;

namespace KillaBeez.WebRtc.DataChannels.Dcep;

internal enum DcepParseError
{
    None,
    Truncated,

    /// <summary>Not the message type that was expected.</summary>
    WrongType,

    /// <summary>A channel type that RFC 8832 does not define.</summary>
    UnknownChannelType,

    /// <summary>The lengths do not match the message.</summary>
    BadLength,

    /// <summary>Label and protocol are longer than the stated limit.</summary>
    TooLong,
}

/// <summary>
/// DATA_CHANNEL_OPEN (RFC 8832 section 5.1).
/// <code>
/// +---------------+---------------+-------------------------------+
/// |  Type = 0x03  | Channel type  |           Priority            |
/// +---------------+---------------+-------------------------------+
/// |                    Reliability parameter                      |
/// +-------------------------------+-------------------------------+
/// |         Label length          |        Protocol length        |
/// +-------------------------------+-------------------------------+
/// |                 Label (UTF-8), protocol (UTF-8)               |
/// +---------------------------------------------------------------+
/// </code>
/// </summary>
internal sealed record DcepOpenMessage
{
    public const byte MessageType = 0x03;

    private const int FixedBytes = 12;
    private const byte RetransmitType = 0x01;
    private const byte LifetimeType = 0x02;
    private const byte UnorderedBit = 0x80;

    public string Label { get; init; } = "";

    public string Protocol { get; init; } = "";

    public bool Ordered { get; init; } = true;

    public int? MaxRetransmits { get; init; }

    public int? MaxPacketLifeTimeMs { get; init; }

    public ushort Priority { get; init; } = 256;

    public int SizeBytes => FixedBytes + Encoding.UTF8.GetByteCount(Label) + Encoding.UTF8.GetByteCount(Protocol);

    public static bool TryParse(ReadOnlySpan<byte> bytes, out DcepOpenMessage message, out DcepParseError error)
    {
        message = new DcepOpenMessage();
        var reader = new SpanReader(bytes);
        reader.TryReadByte(out var type);
        reader.TryReadByte(out var channelType);
        reader.TryReadUInt16(out var priority);
        reader.TryReadUInt32(out var parameter);
        reader.TryReadUInt16(out var labelBytes);
        reader.TryReadUInt16(out var protocolBytes);
        if (reader.Failed)
        {
            error = DcepParseError.Truncated;
            return false;
        }

        if (type != MessageType)
        {
            error = DcepParseError.WrongType;
            return false;
        }

        if (labelBytes + protocolBytes > DataChannelLimits.MaxLabelAndProtocolBytes)
        {
            error = DcepParseError.TooLong;
            return false;
        }

        if (!reader.TryReadBytes(labelBytes, out var label) || !reader.TryReadBytes(protocolBytes, out var protocol) || !reader.AtEnd)
        {
            error = DcepParseError.BadLength;
            return false;
        }

        var reliability = channelType & ~UnorderedBit;
        if (reliability > LifetimeType)
        {
            error = DcepParseError.UnknownChannelType;
            return false;
        }

        var value = (int)Math.Min(parameter, int.MaxValue);
        message = new DcepOpenMessage
        {
            Label = Encoding.UTF8.GetString(label),
            Protocol = Encoding.UTF8.GetString(protocol),
            Ordered = (channelType & UnorderedBit) == 0,
            MaxRetransmits = reliability == RetransmitType ? value : null,
            MaxPacketLifeTimeMs = reliability == LifetimeType ? value : null,
            Priority = priority,
        };
        error = DcepParseError.None;
        return true;
    }

    public void Write(ref SpanWriter writer)
    {
        var reliability = MaxRetransmits.HasValue ? RetransmitType : MaxPacketLifeTimeMs.HasValue ? LifetimeType : (byte)0;
        writer.WriteByte(MessageType);
        writer.WriteByte((byte)(reliability | (Ordered ? 0 : UnorderedBit)));
        writer.WriteUInt16(Priority);
        writer.WriteUInt32((uint)(MaxRetransmits ?? MaxPacketLifeTimeMs ?? 0));
        var labelBytes = Encoding.UTF8.GetByteCount(Label);
        var protocolBytes = Encoding.UTF8.GetByteCount(Protocol);
        writer.WriteUInt16((ushort)labelBytes);
        writer.WriteUInt16((ushort)protocolBytes);
        Encoding.UTF8.GetBytes(Label, writer.Reserve(labelBytes));
        Encoding.UTF8.GetBytes(Protocol, writer.Reserve(protocolBytes));
    }
}
