namespace KillaBeez.Actors.Replies;

/// <summary>
/// The life time of something that is asked: when it ends, every reply that is still awaited from it fails, also
/// those whose request never reached an actor. Nobody waits for an answer that cannot come. Thread-safe.
/// </summary>
internal sealed class ReplyScope(bool inSimulation)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<Action<KillaBeezException>> _awaited = new();
    private Func<KillaBeezException>? _ending;

    /// <summary>Whether replies must stay on the simulation's one thread.</summary>
    public bool InSimulation => inSimulation;

    /// <summary>How many replies are awaited.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _awaited.Count;
            }
        }
    }

    /// <summary>Calls back once at the end; at once where it was before. Returns what <see cref="Remove"/> takes.</summary>
    public LinkedListNode<Action<KillaBeezException>>? Add(Action<KillaBeezException> fail)
    {
        lock (_lock)
        {
            if (_ending is null)
            {
                return _awaited.AddLast(fail);
            }
        }

        fail(_ending());
        return null;
    }

    /// <summary>The reply has come.</summary>
    public void Remove(LinkedListNode<Action<KillaBeezException>> entry)
    {
        lock (_lock)
        {
            if (entry.List is not null)
            {
                _awaited.Remove(entry);
            }
        }
    }

    /// <summary>Fails what is awaited now and later. Only the first call counts.</summary>
    public void End(KillaBeezError error, string reason)
    {
        List<Action<KillaBeezException>> awaited;
        lock (_lock)
        {
            if (_ending is not null)
            {
                return;
            }

            _ending = () => new KillaBeezException(error, reason);
            awaited = [.. _awaited];
            _awaited.Clear();
        }

        foreach (var fail in awaited)
        {
            fail(_ending());
        }
    }
}
