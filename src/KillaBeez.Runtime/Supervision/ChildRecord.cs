namespace KillaBeez.Runtime.Internals;

/// <summary>What a parent knows of a child: its reference, whether it was told to stop, and its budget of restarts.</summary>
internal sealed class ChildRecord(LocalActorRef child)
{
    private int _restarts;
    private long _windowStartTicks = -1;

    public LocalActorRef Ref => child;

    /// <summary>Belongs to the container.</summary>
    public bool IsStopping { get; set; }

    /// <summary>Takes one restart out of the budget; false when it is spent.</summary>
    public bool MayRestart(int maxRetries, long windowTicks, long nowTicks)
    {
        if (maxRetries == 0)
        {
            return false;
        }

        if (windowTicks <= 0)
        {
            return maxRetries < 0 || ++_restarts <= maxRetries;
        }

        if (_windowStartTicks < 0 || nowTicks - _windowStartTicks > windowTicks)
        {
            _windowStartTicks = nowTicks;
            _restarts = 1;
            return true;
        }

        // A window without a number allows one restart.
        return ++_restarts <= Math.Max(maxRetries, 1);
    }
}

/// <summary>
/// The children of a cell by name. Locked, because the top-level actors are made from any thread; all others have
/// the lock to themselves.
/// </summary>
internal sealed class ChildrenContainer
{
    private readonly Dictionary<string, ChildRecord> _records = [];
    private bool _isClosed;
    private ulong _lastNumber;
    private int _stoppingCount;

    public int Count
    {
        get
        {
            lock (_records)
            {
                return _records.Count;
            }
        }
    }

    public bool AnyStopping
    {
        get
        {
            lock (_records)
            {
                return _stoppingCount > 0;
            }
        }
    }

    /// <summary>No more children from now on.</summary>
    public void Close()
    {
        lock (_records)
        {
            _isClosed = true;
        }
    }

    public ChildRecord Add(string? name, Func<string, LocalActorRef> make)
    {
        if (name is not null && !ActorPath.IsValidName(name))
        {
            throw new InvalidActorNameException(
                $"'{name}' may not be an actor's name: letters, digits and -_.*$+:@&=,!~';() only, neither empty nor beginning with '$'");
        }

        lock (_records)
        {
            if (_isClosed)
            {
                throw new InvalidOperationException("The parent is ending and makes no more actors");
            }

            name ??= "$" + NumberToName(_lastNumber++);
            if (_records.ContainsKey(name))
            {
                throw new InvalidActorNameException($"The name '{name}' is taken");
            }

            var record = new ChildRecord(make(name));
            _records.Add(name, record);
            return record;
        }
    }

    public ChildRecord? Find(string name)
    {
        lock (_records)
        {
            return _records.GetValueOrDefault(name);
        }
    }

    public ChildRecord? Find(IActorRef child) =>
        Find(child.Path.Name) is { } record && ReferenceEquals(record.Ref, child) ? record : null;

    public bool Remove(InternalActorRef child)
    {
        lock (_records)
        {
            if (!_records.TryGetValue(child.Path.Name, out var record) || !ReferenceEquals(record.Ref, child))
            {
                return false;
            }

            _stoppingCount -= record.IsStopping ? 1 : 0;
            return _records.Remove(child.Path.Name);
        }
    }

    public void MarkStopping(IActorRef child)
    {
        lock (_records)
        {
            if (_records.TryGetValue(child.Path.Name, out var record) && ReferenceEquals(record.Ref, child) && !record.IsStopping)
            {
                record.IsStopping = true;
                _stoppingCount++;
            }
        }
    }

    public List<ChildRecord> ToList()
    {
        lock (_records)
        {
            return [.. _records.Values];
        }
    }

    private static string NumberToName(ulong number)
    {
        const string Digits = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+~";
        Span<char> name = stackalloc char[11];
        var length = 0;
        do
        {
            name[length++] = Digits[(int)(number & 63)];
            number >>= 6;
        }
        while (number != 0);
        return new string(name[..length]);
    }
}
