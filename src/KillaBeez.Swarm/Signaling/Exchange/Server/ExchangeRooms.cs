namespace KillaBeez.Swarm.Signaling.Exchange.Server;

/// <summary>Who registered in which room of late. Bounded in rooms and in keys per room.</summary>
internal sealed class ExchangeRooms(ExchangeServerLimits limits)
{
    private readonly Dictionary<string, List<Entry>> _rooms = new(StringComparer.Ordinal);

    public int Count => _rooms.Count;

    /// <summary>Registers a key; false where there are too many rooms to open one more.</summary>
    public bool TryRegister(Instant now, string room, PeerId key)
    {
        if (!_rooms.TryGetValue(room, out var entries))
        {
            if (_rooms.Count >= limits.MaximumRooms)
            {
                return false;
            }

            entries = [];
            _rooms.Add(room, entries);
        }

        entries.RemoveAll(e => e.Key == key);
        if (entries.Count >= limits.MaximumKeysPerRoom)
        {
            entries.RemoveAt(0);
        }

        entries.Add(new Entry(key, now));
        return true;
    }

    /// <summary>The keys of a room without the one that asks, the latest first.</summary>
    public List<PeerId> List(string room, PeerId asking)
    {
        var keys = new List<PeerId>();
        if (_rooms.TryGetValue(room, out var entries))
        {
            for (var i = entries.Count - 1; i >= 0; i--)
            {
                if (entries[i].Key != asking)
                {
                    keys.Add(entries[i].Key);
                }
            }
        }

        return keys;
    }

    /// <summary>Forgets whoever left long ago, and rooms without anybody.</summary>
    public void Sweep(Instant now, Func<PeerId, bool> isSubscribed)
    {
        foreach (var (room, entries) in _rooms)
        {
            entries.RemoveAll(e => now - e.RegisteredAt > limits.RoomMemory && !isSubscribed(e.Key));
            if (entries.Count == 0)
            {
                // Removing while enumerating is allowed for Dictionary since .NET Core 3.0.
                _rooms.Remove(room);
            }
        }
    }

    private readonly record struct Entry(PeerId Key, Instant RegisteredAt);
}
