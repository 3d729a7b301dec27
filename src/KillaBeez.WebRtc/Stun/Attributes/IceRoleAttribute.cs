using System.Buffers.Binary;

namespace KillaBeez.WebRtc.Stun;

/// <summary>
/// ICE-CONTROLLED and ICE-CONTROLLING (RFC 8445, section 16.1): the sender's role and the number that decides
/// when both want the same one.
/// <code>
/// | 0x8029 or 0x802A | 8 | tie-breaker (64 bits) |
/// </code>
/// </summary>
internal static class IceRoleAttribute
{
    private const int Bytes = 8;

    public static void Write(ref StunWriter writer, bool isControlling, ulong tieBreaker) =>
        BinaryPrimitives.WriteUInt64BigEndian(
            writer.Reserve(isControlling ? StunAttributeType.IceControlling : StunAttributeType.IceControlled, Bytes), tieBreaker);

    public static bool TryRead(in StunMessage message, out bool isControlling, out ulong tieBreaker)
    {
        isControlling = message.TryGet(StunAttributeType.IceControlling, out var value);
        var found = (isControlling || message.TryGet(StunAttributeType.IceControlled, out value)) && value.Length == Bytes;
        tieBreaker = found ? BinaryPrimitives.ReadUInt64BigEndian(value) : 0;
        return found;
    }
}
