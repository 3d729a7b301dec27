namespace KillaBeez.WebRtc.Sctp.Tx;

/// <summary>The messages of all streams in one array; an index names a message and free slots are chained.</summary>
internal sealed class MessageSlab
{
    public const int None = -1;

    private OutgoingMessage[] _items = new OutgoingMessage[16];
    private int _free = None;
    private int _used;

    public int Count { get; private set; }

    public ref OutgoingMessage this[int index] => ref _items[index];

    public int Add()
    {
        Count++;
        if (_free != None)
        {
            var index = _free;
            _free = _items[index].Next;
            _items[index].Next = None;
            return index;
        }

        if (_used == _items.Length)
        {
            Array.Resize(ref _items, _items.Length * 2);
        }

        _items[_used].Next = None;
        return _used++;
    }

    /// <summary>Frees a slot and returns the payload's buffer.</summary>
    public void Remove(int index)
    {
        ref var item = ref _items[index];
        item.Payload.Dispose();
        item = default;
        item.Next = _free;
        _free = index;
        Count--;
    }

    /// <summary>Returns every buffer.</summary>
    public void Clear()
    {
        foreach (ref var item in _items.AsSpan(0, _used))
        {
            item.Payload.Dispose();
            item = default;
        }

        _used = 0;
        Count = 0;
        _free = None;
    }
}
