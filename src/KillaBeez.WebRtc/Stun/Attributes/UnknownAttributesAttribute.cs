using System.Buffers.Binary;

namespace KillaBeez.WebRtc.Stun;

/// <summary>
/// UNKNOWN-ATTRIBUTES (RFC 8489, section 14.9): the types that a 420 answer complains about.
/// <code>
/// | 0x000A | 2 x count | type 1 (16 bits) | type 2 (16 bits) ... padding |
/// </code>
/// </summary>
internal static class UnknownAttributesAttribute
{
    public static void Write(ref StunWriter writer, scoped ReadOnlySpan<ushort> types)
    {
        var value = new SpanWriter(writer.Reserve(StunAttributeType.UnknownAttributes, types.Length * 2));
        foreach (var type in types)
        {
            value.WriteUInt16(type);
        }
    }

    /// <summary>Reads as many types as fit; returns their number, or -1 where the attribute is missing or odd.</summary>
    public static int Read(in StunMessage message, Span<ushort> types)
    {
        if (!message.TryGet(StunAttributeType.UnknownAttributes, out var value) || value.Length % 2 != 0)
        {
            return -1;
        }

        var count = Math.Min(types.Length, value.Length / 2);
        for (var i = 0; i < count; i++)
        {
            types[i] = BinaryPrimitives.ReadUInt16BigEndian(value[(2 * i)..]);
        }

        return count;
    }
}
