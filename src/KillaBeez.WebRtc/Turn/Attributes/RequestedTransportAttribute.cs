using KillaBeez.WebRtc.Stun;

namespace KillaBeez.WebRtc.Turn;

/// <summary>
/// REQUESTED-TRANSPORT (RFC 8656, section 18.8): the protocol between server and peers, as an IP protocol number.
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |    Protocol   |                    RFFU                       |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// </code>
/// </summary>
internal static class RequestedTransportAttribute
{
    /// <summary>The only one that RFC 8656 allows; TCP (6) is RFC 6062's.</summary>
    public const byte Udp = 17;

    private const int Bytes = 4;

    public static void Write(ref StunWriter writer, byte protocol)
    {
        var value = new SpanWriter(writer.Reserve(StunAttributeType.RequestedTransport, Bytes));
        value.WriteByte(protocol);
        value.WriteZeros(3);
    }

    public static bool TryRead(in StunMessage message, out byte protocol)
    {
        var found = message.TryGet(StunAttributeType.RequestedTransport, out var value) && value.Length == Bytes;
        protocol = found ? value[0] : (byte)0;
        return found;
    }
}
