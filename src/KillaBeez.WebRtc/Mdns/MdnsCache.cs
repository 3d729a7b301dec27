namespace KillaBeez.WebRtc.Mdns;

/// <summary>Results for as long as their owner has promised, and a bounded number of them.</summary>
internal sealed class MdnsCache
{
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.OrdinalIgnoreCase);

    public int Count => _entries.Count;

    public bool TryGet(Instant now, string name, out TransportAddress address)
    {
        address = default;
        if (!_entries.TryGetValue(name, out var entry))
        {
            return false;
        }

        if (entry.ExpiresAt <= now)
        {
            _entries.Remove(name);
            return false;
        }

        address = entry.Address;
        return true;
    }

    public void Set(Instant now, string name, TransportAddress address, uint ttlSeconds)
    {
        if (!_entries.ContainsKey(name) && _entries.Count >= MdnsLimits.MaxCachedNames)
        {
            _entries.Remove(FirstToExpire());
        }

        _entries[name] = new Entry(address, now + TimeSpan.FromSeconds(Math.Min(ttlSeconds, MdnsLimits.MaxTtlSeconds)));
    }

    private string FirstToExpire()
    {
        var first = string.Empty;
        var at = Instant.Never;
        foreach (var (name, entry) in _entries)
        {
            if (entry.ExpiresAt < at)
            {
                (first, at) = (name, entry.ExpiresAt);
            }
        }

        return first;
    }

    private readonly record struct Entry(TransportAddress Address, Instant ExpiresAt);
}
