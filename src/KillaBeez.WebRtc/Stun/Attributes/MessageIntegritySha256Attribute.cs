using System.Buffers.Binary;
using System.Security.Cryptography;

namespace KillaBeez.WebRtc.Stun;

/// <summary>
/// MESSAGE-INTEGRITY-SHA256 (RFC 8489, section 14.6): HMAC-SHA256 over the message up to this attribute, which a
/// sender may cut to 16, 20, ... 32 bytes.
/// <code>
/// | 0x001C | 16..32 | HMAC-SHA256, its first bytes |
/// </code>
/// </summary>
internal static class MessageIntegritySha256Attribute
{
    public const int ValueBytes = 32;
    private const int MinValueBytes = 16;

    public static void Write(ref StunWriter writer, ReadOnlySpan<byte> key)
    {
        var mac = writer.ReserveSealing(StunAttributeType.MessageIntegritySha256, ValueBytes, out var covered);
        HMACSHA256.HashData(key, covered, mac);
    }

    /// <summary>Whether the attribute is there and was made with this key. Takes the same time wherever the MAC differs.</summary>
    public static bool IsValid(in StunMessage message, ReadOnlySpan<byte> key)
    {
        var offset = message.IntegritySha256Offset;
        if (offset is < 0 or > StunLimits.MaxProtectedBytes)
        {
            return false;
        }

        var actual = message.ValueAt(offset);
        if (actual.Length is < MinValueBytes or > ValueBytes || actual.Length % 4 != 0)
        {
            return false;
        }

        Span<byte> covered = stackalloc byte[offset];
        message.Bytes[..offset].CopyTo(covered);
        BinaryPrimitives.WriteUInt16BigEndian(
            covered[StunHeader.LengthOffset..], (ushort)(offset + 4 + actual.Length - StunHeader.Bytes));

        Span<byte> expected = stackalloc byte[ValueBytes];
        HMACSHA256.HashData(key, covered, expected);
        return CryptographicOperations.FixedTimeEquals(expected[..actual.Length], actual);
    }
}
