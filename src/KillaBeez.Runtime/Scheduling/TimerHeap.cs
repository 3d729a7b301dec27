namespace KillaBeez.Runtime.Internals;

/// <summary>
/// Entries by due time, those of one moment in the order of their arrival. A binary heap whose entries know their
/// place, so that a cancelled one leaves at once instead of waiting for its hour. Not thread-safe.
/// </summary>
internal sealed class TimerHeap
{
    private TimerEntry[] _entries = new TimerEntry[16];
    private long _sequence;

    public int Count { get; private set; }

    /// <summary>When the first entry is due, or <see cref="long.MaxValue"/>.</summary>
    public long NextDueTicks => Count == 0 ? long.MaxValue : _entries[0].DueTicks;

    public void Add(TimerEntry entry)
    {
        if (Count == _entries.Length)
        {
            Array.Resize(ref _entries, Count * 2);
        }

        entry.Sequence = _sequence++;
        MoveUp(entry, Count++);
    }

    public bool Remove(TimerEntry entry)
    {
        var index = entry.HeapIndex;
        if (index < 0)
        {
            return false;
        }

        entry.HeapIndex = -1;
        var last = _entries[--Count];
        _entries[Count] = null!;
        if (!ReferenceEquals(last, entry))
        {
            if (index > 0 && IsBefore(last, _entries[(index - 1) / 2]))
            {
                MoveUp(last, index);
            }
            else
            {
                MoveDown(last, index);
            }
        }

        return true;
    }

    /// <summary>Takes the first entry that is due at <paramref name="nowTicks"/>, or null.</summary>
    public TimerEntry? TakeDue(long nowTicks)
    {
        if (NextDueTicks > nowTicks)
        {
            return null;
        }

        var first = _entries[0];
        Remove(first);
        return first;
    }

    /// <summary>The entries of one owner, in no order.</summary>
    public List<TimerEntry> OwnedBy(Scheduler owner) =>
        _entries.Take(Count).Where(entry => ReferenceEquals(entry.Owner, owner)).ToList();

    private static bool IsBefore(TimerEntry a, TimerEntry b) =>
        a.DueTicks != b.DueTicks ? a.DueTicks < b.DueTicks : a.Sequence < b.Sequence;

    private void MoveUp(TimerEntry entry, int index)
    {
        while (index > 0)
        {
            var parent = (index - 1) / 2;
            if (!IsBefore(entry, _entries[parent]))
            {
                break;
            }

            Put(_entries[parent], index);
            index = parent;
        }

        Put(entry, index);
    }

    private void MoveDown(TimerEntry entry, int index)
    {
        while (true)
        {
            var child = (2 * index) + 1;
            if (child >= Count)
            {
                break;
            }

            if (child + 1 < Count && IsBefore(_entries[child + 1], _entries[child]))
            {
                child++;
            }

            if (!IsBefore(_entries[child], entry))
            {
                break;
            }

            Put(_entries[child], index);
            index = child;
        }

        Put(entry, index);
    }

    private void Put(TimerEntry entry, int index)
    {
        _entries[index] = entry;
        entry.HeapIndex = index;
    }
}
