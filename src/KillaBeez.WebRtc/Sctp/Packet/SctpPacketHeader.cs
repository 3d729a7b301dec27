using System.Buffers.Binary;

namespace KillaBeez.WebRtc.Sctp.Packet;

/// <summary>
/// The common header of every packet (RFC 9260 section 3.1).
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-------------------------------+-------------------------------+
/// |          Source port          |       Destination port        |
/// +-------------------------------+-------------------------------+
/// |                       Verification tag                        |
/// +---------------------------------------------------------------+
/// |              Checksum (CRC32c, little-endian)                 |
/// +---------------------------------------------------------------+
/// </code>
/// </summary>
internal readonly record struct SctpPacketHeader(ushort SourcePort, ushort DestinationPort, uint VerificationTag)
{
    public const int SizeBytes = 12;

    public const int ChecksumOffset = 8;

    /// <summary>
    /// Reads the header and checks the checksum. A checksum of zero is taken where
    /// <paramref name="allowZeroChecksum"/> says that we declared to accept it (RFC 9653 section 5.3); whether
    /// the packet's chunks allow it is for the caller to judge by <paramref name="hasZeroChecksum"/>.
    /// </summary>
    public static bool TryParse(
        ReadOnlySpan<byte> packet,
        bool allowZeroChecksum,
        out SctpPacketHeader header,
        out bool hasZeroChecksum,
        out SctpParseError error)
    {
        var reader = new SpanReader(packet);
        reader.TryReadUInt16(out var source);
        reader.TryReadUInt16(out var destination);
        reader.TryReadUInt32(out var tag);
        reader.TryReadBytes(4, out var checksumBytes);
        header = new SctpPacketHeader(source, destination, tag);
        hasZeroChecksum = false;
        if (reader.Failed)
        {
            error = SctpParseError.Truncated;
            return false;
        }

        if (source == 0 || destination == 0)
        {
            error = SctpParseError.BadValue;
            return false;
        }

        var checksum = BinaryPrimitives.ReadUInt32LittleEndian(checksumBytes);
        if (checksum == 0 && allowZeroChecksum)
        {
            hasZeroChecksum = true;
        }
        else if (checksum != Crc32c.OfPacket(packet))
        {
            error = SctpParseError.BadChecksum;
            return false;
        }

        error = SctpParseError.None;
        return true;
    }

    /// <summary>Writes the header with a checksum of zero; <see cref="Seal"/> fills it in.</summary>
    public void Write(ref SpanWriter writer)
    {
        writer.WriteUInt16(SourcePort);
        writer.WriteUInt16(DestinationPort);
        writer.WriteUInt32(VerificationTag);
        writer.WriteUInt32(0);
    }

    /// <summary>Puts the checksum into a finished packet.</summary>
    public static void Seal(Span<byte> packet) =>
        BinaryPrimitives.WriteUInt32LittleEndian(packet[ChecksumOffset..], Crc32c.OfPacket(packet));
}
