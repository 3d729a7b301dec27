using KillaBeez.WebRtc.Stun;

namespace KillaBeez.WebRtc.Turn;

/// <summary>
/// ADDITIONAL-ADDRESS-FAMILY (RFC 8656, section 18.11): asks for a relayed address of this family besides the IPv4
/// one. Only IPv6 is allowed.
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |   Family      |            Reserved                           |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// </code>
/// </summary>
internal static class AdditionalAddressFamilyAttribute
{
    private const int Bytes = 4;

    public static void Write(ref StunWriter writer, TurnAddressFamily family)
    {
        var value = new SpanWriter(writer.Reserve(StunAttributeType.AdditionalAddressFamily, Bytes));
        value.WriteByte((byte)family);
        value.WriteZeros(3);
    }

    /// <summary>The family may be one that does not exist: a server answers that with 440.</summary>
    public static bool TryRead(in StunMessage message, out TurnAddressFamily family)
    {
        var found = message.TryGet(StunAttributeType.AdditionalAddressFamily, out var value) && value.Length == Bytes;
        family = found ? (TurnAddressFamily)value[0] : default;
        return found;
    }
}
