namespace KillaBeez.Swarm.Admission;

/// <summary>A value for each of the latest keys; the oldest is forgotten when there are too many.</summary>
/// <typeparam name="T">What is remembered.</typeparam>
/// <param name="limit">How many.</param>
internal sealed class KeyMemory<T>(int limit)
{
    private readonly Dictionary<PeerId, (T Value, LinkedListNode<PeerId> Node)> _values = [];
    private readonly LinkedList<PeerId> _byAge = [];

    public bool Contains(PeerId key) => _values.ContainsKey(key);

    public bool TryGet(PeerId key, out T? value)
    {
        var isThere = _values.TryGetValue(key, out var found);
        value = found.Value;
        return isThere;
    }

    /// <summary>Remembers it as the latest.</summary>
    public void Set(PeerId key, T value)
    {
        Remove(key);
        if (_values.Count >= limit)
        {
            Remove(_byAge.First!.Value);
        }

        _values.Add(key, (value, _byAge.AddLast(key)));
    }

    public void Remove(PeerId key)
    {
        if (_values.Remove(key, out var found))
        {
            _byAge.Remove(found.Node);
        }
    }
}
