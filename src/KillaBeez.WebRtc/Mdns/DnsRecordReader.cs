namespace KillaBeez.WebRtc.Mdns;

/// <summary>Walks over the records of a message, one after the other, without allocating.</summary>
internal ref struct DnsRecordReader
{
    private readonly ReadOnlySpan<byte> _message;
    private SpanReader _reader;
    private int _left;

    private DnsRecordReader(ReadOnlySpan<byte> message, SpanReader reader, DnsHeader header)
    {
        _message = message;
        _reader = reader;
        _left = header.Records;
        Header = header;
    }

    public DnsHeader Header { get; }

    /// <summary>Reads the header and passes over the questions.</summary>
    public static bool TryOpen(ReadOnlySpan<byte> message, out DnsRecordReader records, out DnsParseError error)
    {
        records = default;
        if (message.Length > MdnsLimits.MaxDatagramBytes)
        {
            error = DnsParseError.TooLong;
            return false;
        }

        var reader = new SpanReader(message);
        if (!DnsHeader.TryRead(ref reader, out var header))
        {
            error = DnsParseError.Truncated;
            return false;
        }

        if (header.Questions + header.Records > MdnsLimits.MaxRecords)
        {
            error = DnsParseError.TooManyRecords;
            return false;
        }

        Span<byte> name = stackalloc byte[MdnsLimits.MaxNameBytes];
        for (var i = 0; i < header.Questions; i++)
        {
            if (!DnsName.TryRead(message, ref reader, name, out _, out error))
            {
                return false;
            }

            if (!reader.TrySkip(DnsQuestion.BytesBehindName))
            {
                error = DnsParseError.Truncated;
                return false;
            }
        }

        records = new DnsRecordReader(message, reader, header);
        error = DnsParseError.None;
        return true;
    }

    /// <summary>The next record; false at the end and at the first one that cannot be read.</summary>
    /// <param name="name">Takes the record's name: <see cref="MdnsLimits.MaxNameBytes"/>.</param>
    /// <param name="nameBytes">How many bytes of <paramref name="name"/> are used.</param>
    /// <param name="record">A view of the message.</param>
    /// <param name="error"><see cref="DnsParseError.None"/> at the end.</param>
    public bool TryRead(scoped Span<byte> name, out int nameBytes, out DnsRecord record, out DnsParseError error)
    {
        record = default;
        nameBytes = 0;
        error = DnsParseError.None;
        if (_left == 0)
        {
            return false;
        }

        if (!DnsName.TryRead(_message, ref _reader, name, out nameBytes, out error))
        {
            return false;
        }

        if (!DnsRecord.TryRead(ref _reader, out record))
        {
            error = DnsParseError.Truncated;
            return false;
        }

        _left--;
        return true;
    }
}
