namespace KillaBeez.WebRtc.Mdns;

/// <summary>
/// A question behind its name (RFC 1035, section 4.1.2). In multicast DNS the highest bit of the class asks for an answer
/// to the asker alone (QU; RFC 6762, section 5.4).
/// <code>
/// +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
/// |                     QTYPE                     |
/// |QU|                  QCLASS                    |
/// +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
/// </code>
/// </summary>
internal static class DnsQuestion
{
    public const int BytesBehindName = 4;

    public static void Write(ref SpanWriter writer, ReadOnlySpan<char> name, ushort type)
    {
        DnsName.Write(ref writer, name);
        writer.WriteUInt16(type);
        writer.WriteUInt16(DnsRecord.ClassInternet | DnsRecord.FlagBit);
    }
}
