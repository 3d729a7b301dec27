namespace KillaBeez.WebRtc.Io;

/// <summary>Something with a deadline that a <see cref="DeadlineHeap{T}"/> orders.</summary>
internal interface IDeadlineItem
{
    /// <summary>The item's place in the heap, kept by the heap; -1 while it is not in it.</summary>
    int HeapIndex { get; set; }

    /// <summary>The deadline as the heap knows it, kept by the heap.</summary>
    Instant HeapDeadline { get; set; }
}

/// <summary>A binary heap of deadlines whose items know their place, so that moving one costs O(log n).</summary>
internal sealed class DeadlineHeap<T>
    where T : class, IDeadlineItem
{
    private readonly List<T> _items = [];

    /// <summary>The earliest deadline, or <see cref="Instant.Never"/>.</summary>
    public Instant Next => _items.Count == 0 ? Instant.Never : _items[0].HeapDeadline;

    public int Count => _items.Count;

    /// <summary>Sets, moves or (with <see cref="Instant.Never"/>) removes the deadline of an item.</summary>
    public void Set(T item, Instant deadline)
    {
        if (item.HeapIndex < 0)
        {
            if (deadline == Instant.Never)
            {
                return;
            }

            item.HeapIndex = _items.Count;
            item.HeapDeadline = deadline;
            _items.Add(item);
            SiftUp(item.HeapIndex);
            return;
        }

        if (deadline == Instant.Never)
        {
            Remove(item);
            return;
        }

        var earlier = deadline < item.HeapDeadline;
        item.HeapDeadline = deadline;
        if (earlier)
        {
            SiftUp(item.HeapIndex);
        }
        else
        {
            SiftDown(item.HeapIndex);
        }
    }

    /// <summary>Takes the earliest item that is due. Call until false.</summary>
    public bool TryTakeDue(Instant now, out T item)
    {
        if (_items.Count == 0 || _items[0].HeapDeadline > now)
        {
            item = null!;
            return false;
        }

        item = _items[0];
        Remove(item);
        return true;
    }

    private void Remove(T item)
    {
        var index = item.HeapIndex;
        var last = _items[^1];
        _items.RemoveAt(_items.Count - 1);
        item.HeapIndex = -1;
        if (last != item)
        {
            Place(last, index);
            SiftUp(index);
            SiftDown(last.HeapIndex);
        }
    }

    private void SiftUp(int index)
    {
        var item = _items[index];
        while (index > 0 && _items[(index - 1) / 2].HeapDeadline > item.HeapDeadline)
        {
            Place(_items[(index - 1) / 2], index);
            index = (index - 1) / 2;
        }

        Place(item, index);
    }

    private void SiftDown(int index)
    {
        var item = _items[index];
        while (true)
        {
            var child = (2 * index) + 1;
            if (child + 1 < _items.Count && _items[child + 1].HeapDeadline < _items[child].HeapDeadline)
            {
                child++;
            }

            if (child >= _items.Count || _items[child].HeapDeadline >= item.HeapDeadline)
            {
                break;
            }

            Place(_items[child], index);
            index = child;
        }

        Place(item, index);
    }

    private void Place(T item, int index)
    {
        _items[index] = item;
        item.HeapIndex = index;
    }
}
