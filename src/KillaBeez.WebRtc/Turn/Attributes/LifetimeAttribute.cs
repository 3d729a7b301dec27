using System.Buffers.Binary;
using KillaBeez.WebRtc.Stun;

namespace KillaBeez.WebRtc.Turn;

/// <summary>
/// LIFETIME (RFC 8656, section 18.2): how long the allocation lives without a refresh, in seconds.
/// <code>
/// | 0x000D | 4 | seconds (32 bits) |
/// </code>
/// </summary>
internal static class LifetimeAttribute
{
    private const int Bytes = 4;

    public static void Write(ref StunWriter writer, uint seconds) =>
        BinaryPrimitives.WriteUInt32BigEndian(writer.Reserve(StunAttributeType.Lifetime, Bytes), seconds);

    public static bool TryRead(in StunMessage message, out uint seconds)
    {
        var found = message.TryGet(StunAttributeType.Lifetime, out var value) && value.Length == Bytes;
        seconds = found ? BinaryPrimitives.ReadUInt32BigEndian(value) : 0;
        return found;
    }
}
