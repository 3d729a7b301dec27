using System.Buffers.Binary;
using System.Security.Cryptography;

namespace KillaBeez.WebRtc.Stun;

/// <summary>
/// MESSAGE-INTEGRITY (RFC 8489, section 14.5): HMAC-SHA1 over the message up to this attribute, with a length
/// field that ends right behind it.
/// <code>
/// | 0x0008 | 20 | HMAC-SHA1 (20 bytes) |
/// </code>
/// </summary>
internal static class MessageIntegrityAttribute
{
    public const int ValueBytes = 20;
    private const int AttributeBytes = 4 + ValueBytes;

    public static void Write(ref StunWriter writer, ReadOnlySpan<byte> key)
    {
        var mac = writer.ReserveSealing(StunAttributeType.MessageIntegrity, ValueBytes, out var covered);
#pragma warning disable CA5350 // RFC 8489 prescribes HMAC-SHA1; HMAC does not rest on SHA-1's collision resistance.
        HMACSHA1.HashData(key, covered, mac);
    }

    /// <summary>Whether the attribute is there and was made with this key. Takes the same time wherever the MAC differs.</summary>
    public static bool IsValid(in StunMessage message, ReadOnlySpan<byte> key)
    {
        if (message.IntegrityOffset is < 0 or > StunLimits.MaxProtectedBytes)
        {
            return false;
        }

        var actual = message.ValueAt(message.IntegrityOffset);
        Span<byte> covered = stackalloc byte[message.IntegrityOffset];
        message.Bytes[..message.IntegrityOffset].CopyTo(covered);
        BinaryPrimitives.WriteUInt16BigEndian(
            covered[StunHeader.LengthOffset..], (ushort)(message.IntegrityOffset + AttributeBytes - StunHeader.Bytes));

        Span<byte> expected = stackalloc byte[ValueBytes];
        HMACSHA1.HashData(key, covered, expected);
#pragma warning restore CA5350
        return CryptographicOperations.FixedTimeEquals(expected, actual);
    }
}
