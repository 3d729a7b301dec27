namespace KillaBeez.Swarm.Signaling.Exchange.Server;

/// <summary>
/// Who registered in which room of late. Bounded in rooms and in keys per room, and by shares: of a key in rooms, of a
/// source in rooms and in the places of a full one. Who is there keeps the place; the places of those that have left
/// are taken first.
/// </summary>
internal sealed class ExchangeRooms(ExchangeServerLimits limits)
{
    private readonly Dictionary<string, Room> _rooms = new(StringComparer.Ordinal);
    private readonly Dictionary<PeerId, Member> _members = [];
    private readonly Dictionary<ExchangeSource, int> _openedBy = [];

    public int Count => _rooms.Count;

    /// <summary>A key has subscribed.</summary>
    public void Arrived(PeerId key) => SetPresent(key, isPresent: true);

    /// <summary>A key is not subscribed any more.</summary>
    public void Left(PeerId key) => SetPresent(key, isPresent: false);

    /// <summary>Registers a key that is subscribed.</summary>
    public RoomRegistration Register(Instant now, string name, PeerId key, ExchangeSource source)
    {
        var member = _members.GetValueOrDefault(key);
        var room = _rooms.GetValueOrDefault(name);
        var isHere = room is not null && member is not null && member.Rooms.Contains(room);
        if (!isHere && member is not null && member.Rooms.Count >= limits.MaximumRoomsPerKey)
        {
            return RoomRegistration.TooManyOfKey;
        }

        room ??= TryOpen(name, source);
        if (room is null)
        {
            return RoomRegistration.TooManyRooms;
        }

        var since = now;
        if (isHere)
        {
            var index = room.Entries.FindIndex(e => e.Member == member);
            since = room.Entries[index].Since;
            room.Entries.RemoveAt(index);
        }
        else if (room.Entries.Count >= limits.MaximumKeysPerRoom && !TryMakePlace(room, source))
        {
            return RoomRegistration.NoPlace;
        }

        if (member is null)
        {
            member = new Member(key) { IsPresent = true };
            _members.Add(key, member);
        }

        if (!isHere)
        {
            member.Rooms.Add(room);
            room.Present++;
        }

        room.Entries.Add(new Entry(member, source, since, now));
        return RoomRegistration.Registered;
    }

    /// <summary>The keys of a room without the one that asks, the latest first.</summary>
    public List<PeerId> List(string name, PeerId asking)
    {
        var keys = new List<PeerId>();
        if (_rooms.TryGetValue(name, out var room))
        {
            for (var i = room.Entries.Count - 1; i >= 0; i--)
            {
                if (room.Entries[i].Member.Key != asking)
                {
                    keys.Add(room.Entries[i].Member.Key);
                }
            }
        }

        return keys;
    }

    /// <summary>Forgets whoever left long ago, and rooms without anybody.</summary>
    public void Sweep(Instant now)
    {
        foreach (var room in _rooms.Values)
        {
            for (var i = room.Entries.Count - 1; i >= 0; i--)
            {
                if (!room.Entries[i].Member.IsPresent && now - room.Entries[i].RegisteredAt > limits.RoomMemory)
                {
                    RemoveEntry(room, i);
                }
            }

            if (room.Entries.Count == 0)
            {
                // Removing while enumerating is allowed for Dictionary since .NET Core 3.0.
                Close(room);
            }
        }
    }

    private void SetPresent(PeerId key, bool isPresent)
    {
        if (_members.TryGetValue(key, out var member) && member.IsPresent != isPresent)
        {
            member.IsPresent = isPresent;
            foreach (var room in member.Rooms)
            {
                room.Present += isPresent ? 1 : -1;
            }
        }
    }

    private Room? TryOpen(string name, ExchangeSource source)
    {
        var opened = source.IsKnown ? _openedBy.GetValueOrDefault(source) : 0;
        if (opened >= limits.MaximumRoomsPerSource && !TryCloseDeserted(source))
        {
            return null;
        }

        if (_rooms.Count >= limits.MaximumRooms && !TryCloseDeserted(source: null))
        {
            return null;
        }

        var room = new Room(name, source);
        _rooms.Add(name, room);
        if (source.IsKnown)
        {
            _openedBy[source] = _openedBy.GetValueOrDefault(source) + 1;
        }

        return room;
    }

    /// <summary>Closes the room that nobody is in, and nobody registered in for the longest time.</summary>
    private bool TryCloseDeserted(ExchangeSource? source)
    {
        Room? longest = null;
        foreach (var room in _rooms.Values)
        {
            if (room.Present == 0 && (source is null || room.Opener == source) && (longest is null || room.LastRegisteredAt < longest.LastRegisteredAt))
            {
                longest = room;
            }
        }

        if (longest is null)
        {
            return false;
        }

        for (var i = longest.Entries.Count - 1; i >= 0; i--)
        {
            RemoveEntry(longest, i);
        }

        Close(longest);
        return true;
    }

    /// <summary>
    /// Takes the place of one that has left, of those the one that registered the longest time ago. Where all are there, a
    /// source with more than its share gives up its latest place to another source.
    /// </summary>
    private bool TryMakePlace(Room room, ExchangeSource newcomer)
    {
        var left = room.Entries.FindIndex(e => !e.Member.IsPresent);
        if (left >= 0)
        {
            RemoveEntry(room, left);
            return true;
        }

        var largest = room.Entries
            .Where(e => e.Source.IsKnown)
            .GroupBy(e => e.Source)
            .OrderByDescending(g => g.Count())
            .ThenBy(g => g.Key.Name, StringComparer.Ordinal)
            .FirstOrDefault();
        if (largest is null || largest.Key == newcomer || largest.Count() <= limits.MaximumKeysPerRoomAndSource)
        {
            return false;
        }

        if (newcomer.IsKnown && room.Entries.Count(e => e.Source == newcomer) >= limits.MaximumKeysPerRoomAndSource)
        {
            return false;
        }

        var latest = largest.MaxBy(e => e.Since);
        RemoveEntry(room, room.Entries.IndexOf(latest));
        return true;
    }

    private void RemoveEntry(Room room, int index)
    {
        var member = room.Entries[index].Member;
        room.Entries.RemoveAt(index);
        room.Present -= member.IsPresent ? 1 : 0;
        member.Rooms.Remove(room);
        if (member.Rooms.Count == 0)
        {
            _members.Remove(member.Key);
        }
    }

    private void Close(Room room)
    {
        _rooms.Remove(room.Name);
        if (room.Opener.IsKnown)
        {
            var left = _openedBy[room.Opener] - 1;
            if (left == 0)
            {
                _openedBy.Remove(room.Opener);
            }
            else
            {
                _openedBy[room.Opener] = left;
            }
        }
    }

    private readonly record struct Entry(Member Member, ExchangeSource Source, Instant Since, Instant RegisteredAt);

    private sealed class Room(string name, ExchangeSource opener)
    {
        public string Name { get; } = name;

        public ExchangeSource Opener { get; } = opener;

        /// <summary>In the order of their registration.</summary>
        public List<Entry> Entries { get; } = [];

        /// <summary>How many of them are subscribed now.</summary>
        public int Present { get; set; }

        public Instant LastRegisteredAt => Entries.Count == 0 ? Instant.Zero : Entries[^1].RegisteredAt;
    }

    private sealed class Member(PeerId key)
    {
        public PeerId Key { get; } = key;

        public bool IsPresent { get; set; }

        public List<Room> Rooms { get; } = [];
    }
}

/// <summary>What became of a registration in a room.</summary>
internal enum RoomRegistration
{
    /// <summary>The room remembers the key.</summary>
    Registered,

    /// <summary>The room's places are taken by keys that are there; the newcomer may call them.</summary>
    NoPlace,

    /// <summary>The key is in as many rooms as it may.</summary>
    TooManyOfKey,

    /// <summary>The exchange has as many rooms as it may, or as many of this source.</summary>
    TooManyRooms,
}
