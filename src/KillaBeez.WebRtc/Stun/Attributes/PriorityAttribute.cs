using System.Buffers.Binary;

namespace KillaBeez.WebRtc.Stun;

/// <summary>
/// PRIORITY (RFC 8445, section 16.1): the priority of the peer-reflexive candidate that this check would reveal.
/// <code>
/// | 0x0024 | 4 | priority (32 bits) |
/// </code>
/// </summary>
internal static class PriorityAttribute
{
    private const int Bytes = 4;

    public static void Write(ref StunWriter writer, uint priority) =>
        BinaryPrimitives.WriteUInt32BigEndian(writer.Reserve(StunAttributeType.Priority, Bytes), priority);

    public static bool TryRead(in StunMessage message, out uint priority)
    {
        var found = message.TryGet(StunAttributeType.Priority, out var value) && value.Length == Bytes;
        priority = found ? BinaryPrimitives.ReadUInt32BigEndian(value) : 0;
        return found;
    }
}
