namespace KillaBeez.TestKit.Kernel;

/// <summary>The timers of a simulation, earliest first; those of one moment in the order in which they were set.</summary>
internal sealed class TimerQueue
{
    /// <summary>Below so many it is not worth looking for canceled ones.</summary>
    private const int LeastWorthPurging = 4096;

    private readonly PriorityQueue<SimulationTimer, (long DueTicks, long Number)> _timers = new();
    private long _lastNumber;
    private int _addedSincePurge;

    /// <summary>How many wait and are not canceled.</summary>
    public int Count => _timers.UnorderedItems.Count(static timer => !timer.Element.IsCanceled);

    public void Add(SimulationTimer timer)
    {
        _timers.Enqueue(timer, (timer.DueTicks, ++_lastNumber));
        if (_timers.Count > LeastWorthPurging && ++_addedSincePurge > _timers.Count)
        {
            Purge();
        }
    }

    /// <summary>When the next one fires; false where none waits.</summary>
    public bool TryPeekDue(out long dueTicks)
    {
        while (_timers.TryPeek(out var next, out _))
        {
            if (!next.IsCanceled)
            {
                dueTicks = next.DueTicks;
                return true;
            }

            _timers.Dequeue();
        }

        dueTicks = 0;
        return false;
    }

    /// <summary>Takes the next one that is due.</summary>
    public bool TryTakeDue(long nowTicks, out SimulationTimer? timer)
    {
        timer = TryPeekDue(out var dueTicks) && dueTicks <= nowTicks ? _timers.Dequeue() : null;
        return timer is not null;
    }

    /// <summary>Canceled ones would otherwise wait for their time, and most timers are canceled.</summary>
    private void Purge()
    {
        var live = _timers.UnorderedItems.Where(static timer => !timer.Element.IsCanceled).ToArray();
        _timers.Clear();
        _timers.EnqueueRange(live.Select(static timer => (timer.Element, timer.Priority)));
        _addedSincePurge = 0;
    }
}
