using KillaBeez.WebRtc.Stun;

namespace KillaBeez.WebRtc.Turn;

/// <summary>
/// REQUESTED-ADDRESS-FAMILY (RFC 8656, section 18.6): the family of the relayed address; IPv4 where it is missing.
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |   Family      |            Reserved                           |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// </code>
/// </summary>
internal static class RequestedAddressFamilyAttribute
{
    private const int Bytes = 4;

    public static void Write(ref StunWriter writer, TurnAddressFamily family)
    {
        var value = new SpanWriter(writer.Reserve(StunAttributeType.RequestedAddressFamily, Bytes));
        value.WriteByte((byte)family);
        value.WriteZeros(3);
    }

    /// <summary>The family may be one that does not exist: a server answers that with 440.</summary>
    public static bool TryRead(in StunMessage message, out TurnAddressFamily family)
    {
        var found = message.TryGet(StunAttributeType.RequestedAddressFamily, out var value) && value.Length == Bytes;
        family = found ? (TurnAddressFamily)value[0] : default;
        return found;
    }
}
