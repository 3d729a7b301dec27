using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace KillaBeez.WebRtc.Sctp.Packet;

/// <summary>
/// The checksum of SCTP (RFC 9260 appendix A): CRC32c, with the processor's instruction where it has one.
/// </summary>
internal static class Crc32c
{
    /// <summary>The checksum of <paramref name="bytes"/>.</summary>
    public static uint Compute(ReadOnlySpan<byte> bytes) => ~Update(uint.MaxValue, bytes);

    /// <summary>The checksum of a packet as if its checksum field were zero.</summary>
    public static uint OfPacket(ReadOnlySpan<byte> packet)
    {
        var crc = Update(uint.MaxValue, packet[..SctpPacketHeader.ChecksumOffset]);
        crc = BitOperations.Crc32C(crc, 0u);
        return ~Update(crc, packet[SctpPacketHeader.SizeBytes..]);
    }

    private static uint Update(uint crc, ReadOnlySpan<byte> bytes)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        if (BitConverter.IsLittleEndian)
        {
            foreach (var word in words)
            {
                crc = BitOperations.Crc32C(crc, word);
            }
        }
        else
        {
            foreach (var word in words)
            {
                crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReverseEndianness(word));
            }
        }

        foreach (var last in bytes[(words.Length * sizeof(ulong))..])
        {
            crc = BitOperations.Crc32C(crc, last);
        }

        return crc;
    }
}
