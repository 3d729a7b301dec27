namespace KillaBeez.WebRtc.Mdns;

/// <summary>
/// A resource record behind its name (RFC 1035, section 4.1.3). In multicast DNS the highest bit of the class says that
/// the record replaces older ones (RFC 6762, section 10.2).
/// <code>
/// +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
/// |                     TYPE                      |
/// |F |                  CLASS                     |
/// |                      TTL                      |
/// |                   (32 bits)                   |
/// |                   RDLENGTH                    |
/// |                    RDATA                     ...
/// +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
/// </code>
/// </summary>
internal readonly ref struct DnsRecord
{
    public const ushort TypeA = 1;
    public const ushort TypeAaaa = 28;
    public const ushort ClassInternet = 1;
    public const ushort FlagBit = 0x8000;

    private DnsRecord(ushort type, ushort recordClass, uint ttlSeconds, ReadOnlySpan<byte> data)
    {
        Type = type;
        Class = recordClass;
        TtlSeconds = ttlSeconds;
        Data = data;
    }

    public ushort Type { get; }

    /// <summary>Without the flag.</summary>
    public ushort Class { get; }

    /// <summary>0: the record is withdrawn (RFC 6762, section 10.1).</summary>
    public uint TtlSeconds { get; }

    public ReadOnlySpan<byte> Data { get; }

    /// <summary>The address of an A or AAAA record, port 0; null for anything else.</summary>
    public TransportAddress? Address => (Type, Class, Data.Length) switch
    {
        (TypeA, ClassInternet, 4) => TransportAddress.FromIPv4(Data, 0),
        (TypeAaaa, ClassInternet, 16) => TransportAddress.FromIPv6(Data, 0),
        _ => null,
    };

    public static bool TryRead(scoped ref SpanReader reader, out DnsRecord record)
    {
        reader.TryReadUInt16(out var type);
        reader.TryReadUInt16(out var recordClass);
        reader.TryReadUInt32(out var ttlSeconds);
        reader.TryReadUInt16(out var length);
        if (!reader.TryReadBytes(length, out var data) || reader.Failed)
        {
            record = default;
            return false;
        }

        record = new DnsRecord(type, (ushort)(recordClass & ~FlagBit), ttlSeconds, data);
        return true;
    }
}
