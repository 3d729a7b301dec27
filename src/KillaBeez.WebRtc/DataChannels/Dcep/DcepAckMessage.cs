namespace KillaBeez.WebRtc.DataChannels.Dcep;

/// <summary>
/// DATA_CHANNEL_ACK (RFC 8832 section 5.2).
/// <code>
/// +---------------+
/// |  Type = 0x02  |
/// +---------------+
/// </code>
/// </summary>
internal static class DcepAckMessage
{
    public const byte MessageType = 0x02;

    public static ReadOnlySpan<byte> Bytes => [MessageType];

    public static bool IsAck(ReadOnlySpan<byte> bytes) => bytes is [MessageType];
}
