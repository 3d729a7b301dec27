namespace KillaBeez.WebRtc.Mdns;

/// <summary>
/// The header of a DNS message (RFC 1035, section 4.1.1; RFC 6762, section 18):
/// <code>
///   0  1  2  3  4  5  6  7  8  9  0  1  2  3  4  5
/// +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
/// |                      ID                       |
/// |QR|   Opcode  |AA|TC|RD|RA|   Z    |   RCODE   |
/// |                    QDCOUNT                    |
/// |                    ANCOUNT                    |
/// |                    NSCOUNT                    |
/// |                    ARCOUNT                    |
/// +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
/// </code>
/// </summary>
internal readonly record struct DnsHeader(ushort Id, ushort Flags, ushort Questions, ushort Answers, ushort Authorities, ushort Additionals)
{
    public const int Bytes = 12;

    private const ushort ResponseFlag = 0x8000;
    private const ushort OpcodeMask = 0x7800;
    private const ushort ResponseCodeMask = 0x000F;

    public bool IsResponse => (Flags & ResponseFlag) != 0;

    /// <summary>RFC 6762, sections 18.3 and 18.11: messages with another opcode or response code are silently ignored.</summary>
    public bool IsPlain => (Flags & (OpcodeMask | ResponseCodeMask)) == 0;

    /// <summary>All records behind the questions.</summary>
    public int Records => Answers + Authorities + Additionals;

    public static bool TryRead(scoped ref SpanReader reader, out DnsHeader header)
    {
        reader.TryReadUInt16(out var id);
        reader.TryReadUInt16(out var flags);
        reader.TryReadUInt16(out var questions);
        reader.TryReadUInt16(out var answers);
        reader.TryReadUInt16(out var authorities);
        reader.TryReadUInt16(out var additionals);
        header = new DnsHeader(id, flags, questions, answers, authorities, additionals);
        return !reader.Failed;
    }

    public void Write(ref SpanWriter writer)
    {
        writer.WriteUInt16(Id);
        writer.WriteUInt16(Flags);
        writer.WriteUInt16(Questions);
        writer.WriteUInt16(Answers);
        writer.WriteUInt16(Authorities);
        writer.WriteUInt16(Additionals);
    }
}
