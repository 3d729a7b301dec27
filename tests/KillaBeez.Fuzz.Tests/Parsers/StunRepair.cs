using System.Buffers.Binary;
using System.Security.Cryptography;
using KillaBeez.WebRtc.Stun;

namespace KillaBeez.Fuzz.Tests.Parsers;

/// <summary>Makes header, MESSAGE-INTEGRITY and FINGERPRINT of a mutated STUN message right again.</summary>
internal static class StunRepair
{
    private const int IntegrityBytes = 20;
    private const uint FingerprintMask = 0x5354554E;

    /// <param name="input">Changed in place, but for an odd length, which is cut.</param>
    /// <param name="key">The key of MESSAGE-INTEGRITY.</param>
    public static byte[] Repair(byte[] input, ReadOnlySpan<byte> key)
    {
        if (input.Length < StunHeader.Bytes)
        {
            return input;
        }

        var bytes = input.Length % 4 == 0 ? input : input[..(input.Length & ~3)];
        bytes[0] &= 0x3F;
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(4), StunHeader.MagicCookie);
        SetLength(bytes, bytes.Length);
        for (var at = StunHeader.Bytes; at + 4 <= bytes.Length;)
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(at + 2));
            var end = at + 4 + ((length + 3) & ~3);
            if (end > bytes.Length)
            {
                break;
            }

            switch ((StunAttributeType)BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(at)))
            {
                case StunAttributeType.MessageIntegrity when length == IntegrityBytes:
                    SetLength(bytes, end);
#pragma warning disable CA5350 // RFC 8489 prescribes HMAC-SHA1.
                    HMACSHA1.HashData(key, bytes.AsSpan(0, at), bytes.AsSpan(at + 4, IntegrityBytes));
#pragma warning restore CA5350
                    break;
                case StunAttributeType.MessageIntegritySha256 when length == HMACSHA256.HashSizeInBytes:
                    SetLength(bytes, end);
                    HMACSHA256.HashData(key, bytes.AsSpan(0, at), bytes.AsSpan(at + 4, length));
                    break;
                case StunAttributeType.Fingerprint when length == 4:
                    SetLength(bytes, end);
                    BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(at + 4), Crc32.Compute(bytes.AsSpan(0, at)) ^ FingerprintMask);
                    break;
            }

            at = end;
        }

        SetLength(bytes, bytes.Length);
        return bytes;
    }

    private static void SetLength(byte[] message, int messageBytes) =>
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(StunHeader.LengthOffset), (ushort)(messageBytes - StunHeader.Bytes));
}
