using System.Buffers.Binary;

namespace KillaBeez.WebRtc.Tests.Dtls;

/// <summary>
/// Splits a ClientHello that came as one record into several records of one handshake fragment each, as peers do
/// whose hello is larger than their MTU (RFC 6347, section 4.2.3).
/// </summary>
internal static class HelloFragmenter
{
    private const int RecordHeaderBytes = 13;
    private const int HandshakeHeaderBytes = 12;

    public static List<byte[]> Split(byte[] datagram, int pieces)
    {
        var reader = new SpanReader(datagram);
        Assert.True(reader.TryReadBytes(RecordHeaderBytes, out var record));
        Assert.True(reader.TryReadBytes(HandshakeHeaderBytes, out var handshake));
        var body = reader.Rest;
        var size = (body.Length + pieces - 1) / pieces;
        var fragments = new List<byte[]>();
        for (var offset = 0; offset < body.Length; offset += size)
        {
            var part = body[offset..Math.Min(offset + size, body.Length)];
            var fragment = new byte[RecordHeaderBytes + HandshakeHeaderBytes + part.Length];
            var writer = new SpanWriter(fragment);
            writer.WriteBytes(record[..5]);                                  // type, version, epoch
            writer.WriteZeros(5);
            writer.WriteByte((byte)fragments.Count);                         // sequence number
            writer.WriteUInt16((ushort)(HandshakeHeaderBytes + part.Length));
            writer.WriteBytes(handshake[..6]);                               // type, length, message sequence
            WriteUInt24(ref writer, offset);
            WriteUInt24(ref writer, part.Length);
            writer.WriteBytes(part);
            fragments.Add(fragment);
        }

        return fragments;
    }

    /// <summary>
    /// Moves the record sequence numbers of the unencrypted epoch up: the fragments took numbers that the sender
    /// does not know of, and the receiver's replay window would drop what uses them again.
    /// </summary>
    public static void ShiftSequence(byte[] datagram, int by)
    {
        for (var start = 0; start < datagram.Length;)
        {
            var header = datagram.AsSpan(start, RecordHeaderBytes);
            if (BinaryPrimitives.ReadUInt16BigEndian(header[3..]) == 0)
            {
                header[10] += (byte)by;
            }

            start += RecordHeaderBytes + BinaryPrimitives.ReadUInt16BigEndian(header[11..]);
        }
    }

    private static void WriteUInt24(ref SpanWriter writer, int value)
    {
        writer.WriteByte((byte)(value >> 16));
        writer.WriteUInt16((ushort)value);
    }
}
