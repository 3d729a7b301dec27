using System.Text;
using KillaBeez.WebRtc.Ice;

namespace KillaBeez.WebRtc.Mdns;

/// <summary>
/// Looks up the names behind which browsers hide their addresses, by one-shot queries of multicast DNS (RFC 6762,
/// section 5.1). Pure: the owner multicasts what is polled to 224.0.0.251 and [ff02::fb], port 5353, on every interface
/// that candidates come from, and feeds what comes back <em>from port 5353</em> (RFC 6762, section 11: others are not
/// of this protocol). One resolver serves all connections of an endpoint.
/// <code>
/// Resolve -> query at 0, 1 and 3 s -> answer: event with the address
///                                  -> 8 s: event without one
/// </code>
/// The second and third query are for browsers that register a name a little after they have signalled it.
/// </summary>
internal sealed class MdnsResolver
{
    /// <summary>The least room <see cref="TryPollTransmit"/> needs: two questions of a name that always has the same length.</summary>
    public const int MinTransmitBytes = DnsHeader.Bytes + (2 * (MdnsName.Chars + 2 + DnsQuestion.BytesBehindName));

    private static readonly TimeSpan[] Pauses = [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)];
    private static readonly TimeSpan GiveUpTime = TimeSpan.FromSeconds(8);

    private readonly List<Lookup> _lookups = [];
    private readonly List<(Lookup Lookup, TransportAddress Address, uint TtlSeconds)> _found = [];
    private readonly Queue<MdnsEvent> _events = new();
    private readonly MdnsCache _cache = new();

    public MdnsStatistics Statistics { get; } = new();

    /// <summary>The next query or the end of a lookup; <see cref="Instant.Never"/> while there is none.</summary>
    public Instant NextTimeout
    {
        get
        {
            var next = Instant.Never;
            foreach (var lookup in _lookups)
            {
                next = Instant.Min(next, Instant.Min(lookup.SendAt, lookup.StartedAt + GiveUpTime));
            }

            return next;
        }
    }

    /// <summary>
    /// Begins a lookup that ends in one <see cref="MdnsEvent"/>; one that runs already is joined. Names that no browser
    /// makes, and those beyond the limit, end at once without a question.
    /// </summary>
    public void Resolve(Instant now, string name)
    {
        if (!MdnsName.IsResolvable(name))
        {
            Statistics.Refused++;
            _events.Enqueue(new MdnsEvent(name, null));
        }
        else if (_cache.TryGet(now, name, out var address))
        {
            _events.Enqueue(new MdnsEvent(name, address));
        }
        else if (!_lookups.Exists(lookup => lookup.Is(name)))
        {
            if (_lookups.Count >= MdnsLimits.MaxPendingNames)
            {
                Statistics.LimitDrops++;
                _events.Enqueue(new MdnsEvent(name, null));
                return;
            }

            _lookups.Add(new Lookup(name, now));
        }
    }

    /// <summary>Takes a datagram that came from port 5353. Returns whether it answers something that was asked.</summary>
    public bool HandleDatagram(Instant now, ReadOnlySpan<byte> datagram)
    {
        _found.Clear();
        if (!TryReadAnswers(datagram, out var error))
        {
            // What stood before the fault is not believed either.
            Statistics.Malformed += error == DnsParseError.None ? 0 : 1;
            Statistics.Ignored += error == DnsParseError.None ? 1 : 0;
            return false;
        }

        var any = false;
        for (var i = _lookups.Count - 1; i >= 0; i--)
        {
            if (TryChoose(_lookups[i], out var address, out var ttlSeconds))
            {
                any = true;
                Statistics.Resolved++;
                _cache.Set(now, _lookups[i].Name, address, ttlSeconds);
                _events.Enqueue(new MdnsEvent(_lookups[i].Name, address));
                _lookups.RemoveAt(i);
            }
        }

        Statistics.Ignored += any ? 0 : 1;
        return any;
    }

    /// <summary>Ends the lookups that nobody has answered in time. Drain transmits and events afterwards.</summary>
    public void HandleTimeout(Instant now)
    {
        for (var i = _lookups.Count - 1; i >= 0; i--)
        {
            if (now - _lookups[i].StartedAt >= GiveUpTime)
            {
                Statistics.TimedOut++;
                _events.Enqueue(new MdnsEvent(_lookups[i].Name, null));
                _lookups.RemoveAt(i);
            }
        }
    }

    /// <summary>The next query to multicast, or false.</summary>
    /// <param name="now">The time.</param>
    /// <param name="destination">At least <see cref="MinTransmitBytes"/>.</param>
    /// <param name="written">The query's length.</param>
    public bool TryPollTransmit(Instant now, Span<byte> destination, out int written)
    {
        foreach (var lookup in _lookups)
        {
            if (lookup.SendAt <= now)
            {
                lookup.Sends++;
                lookup.SendAt = lookup.Sends <= Pauses.Length ? now + Pauses[lookup.Sends - 1] : Instant.Never;
                Statistics.QueriesSent++;
                written = WriteQuery(destination, lookup.Name);
                return true;
            }
        }

        written = 0;
        return false;
    }

    public bool TryPollEvent(out MdnsEvent e) => _events.TryDequeue(out e);

    private static int WriteQuery(Span<byte> destination, string name)
    {
        var writer = new SpanWriter(destination);
        new DnsHeader(Id: 0, Flags: 0, Questions: 2, Answers: 0, Authorities: 0, Additionals: 0).Write(ref writer);
        DnsQuestion.Write(ref writer, name, DnsRecord.TypeA);
        DnsQuestion.Write(ref writer, name, DnsRecord.TypeAaaa);
        return writer.Position;
    }

    /// <summary>Collects the addresses of names being looked up; false where the message is malformed or no plain response.</summary>
    private bool TryReadAnswers(ReadOnlySpan<byte> datagram, out DnsParseError error)
    {
        if (!DnsRecordReader.TryOpen(datagram, out var records, out error) || !records.Header.IsResponse || !records.Header.IsPlain)
        {
            return false;
        }

        Span<byte> name = stackalloc byte[MdnsLimits.MaxNameBytes];
        while (records.TryRead(name, out var nameBytes, out var record, out error))
        {
            if (record.Address is { } address && record.TtlSeconds > 0 && FindLookup(name[..nameBytes]) is { } lookup)
            {
                _found.Add((lookup, address, record.TtlSeconds));
            }
        }

        return error == DnsParseError.None;
    }

    private Lookup? FindLookup(ReadOnlySpan<byte> name)
    {
        foreach (var lookup in _lookups)
        {
            if (Ascii.EqualsIgnoreCase(name, lookup.Name))
            {
                return lookup;
            }
        }

        return null;
    }

    /// <summary>The first IPv6 address that means something without an interface, else the first IPv4 one, else what there is.</summary>
    private bool TryChoose(Lookup lookup, out TransportAddress address, out uint ttlSeconds)
    {
        (address, ttlSeconds) = (default, 0);
        var best = 0;
        foreach (var found in _found)
        {
            var rank = !ReferenceEquals(found.Lookup, lookup) ? 0 : (found.Address.IsIPv6, IceAddressPolicy.IsLinkLocalIPv6(found.Address)) switch
            {
                (true, false) => 3,
                (false, _) => 2,
                _ => 1,
            };
            if (rank > best)
            {
                (best, address, ttlSeconds) = (rank, found.Address, found.TtlSeconds);
            }
        }

        return best > 0;
    }

    private sealed class Lookup(string name, Instant startedAt)
    {
        public string Name { get; } = name;

        public Instant StartedAt { get; } = startedAt;

        public int Sends { get; set; }

        public Instant SendAt { get; set; } = startedAt;

        public bool Is(string other) => Name.Equals(other, StringComparison.OrdinalIgnoreCase);
    }
}
