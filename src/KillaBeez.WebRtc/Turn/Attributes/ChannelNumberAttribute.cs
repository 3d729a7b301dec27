using System.Buffers.Binary;
using KillaBeez.WebRtc.Stun;

namespace KillaBeez.WebRtc.Turn;

/// <summary>
/// CHANNEL-NUMBER (RFC 8656, section 18.1): the channel that a ChannelBind request binds.
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |        Channel Number         |         RFFU = 0              |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// </code>
/// </summary>
internal static class ChannelNumberAttribute
{
    private const int Bytes = 4;

    public static void Write(ref StunWriter writer, ChannelNumber number)
    {
        var value = new SpanWriter(writer.Reserve(StunAttributeType.ChannelNumber, Bytes));
        value.WriteUInt16(number.Value);
        value.WriteUInt16(0);
    }

    /// <summary>The number may be outside of the range that may be bound: a server answers that with 400.</summary>
    public static bool TryRead(in StunMessage message, out ChannelNumber number)
    {
        var found = message.TryGet(StunAttributeType.ChannelNumber, out var value) && value.Length == Bytes;
        number = new ChannelNumber(found ? BinaryPrimitives.ReadUInt16BigEndian(value) : (ushort)0);
        return found;
    }
}
