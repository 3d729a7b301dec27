using System.Buffers.Binary;

namespace KillaBeez.WebRtc.Stun;

/// <summary>
/// FINGERPRINT (RFC 8489, section 14.7): the CRC-32 of everything before it XOR "STUN", always the last attribute.
/// It tells STUN from other protocols on the same port; it protects nothing.
/// <code>
/// | 0x8028 | 4 | CRC-32 XOR 0x5354554E |
/// </code>
/// </summary>
internal static class FingerprintAttribute
{
    private const uint Mask = 0x5354554E;
    private const int ValueBytes = 4;

    public static void Write(ref StunWriter writer)
    {
        var value = writer.ReserveSealing(StunAttributeType.Fingerprint, ValueBytes, out var covered);
        BinaryPrimitives.WriteUInt32BigEndian(value, Crc32.Compute(covered) ^ Mask);
    }

    /// <summary>Whether the attribute is there and right. The parser has made sure that it is last, so the length field fits.</summary>
    public static bool IsValid(in StunMessage message)
    {
        if (message.FingerprintOffset < 0)
        {
            return false;
        }

        var value = message.ValueAt(message.FingerprintOffset);
        return value.Length == ValueBytes
            && BinaryPrimitives.ReadUInt32BigEndian(value) == (Crc32.Compute(message.Bytes[..message.FingerprintOffset]) ^ Mask);
    }
}
