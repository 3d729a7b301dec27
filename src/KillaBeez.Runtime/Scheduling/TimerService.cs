using System.Diagnostics;

namespace KillaBeez.Runtime.Internals;

/// <summary>A clock with an alarm: fires entries when they are due. Thread-safe.</summary>
internal abstract class TimerService
{
    private readonly TimerHeap _heap = new();

    protected Lock Gate { get; } = new();

    /// <summary>The monotonic time since the clock's origin, in units of 100 ns.</summary>
    public abstract long NowTicks { get; }

    /// <summary>The date and time in UTC.</summary>
    public abstract DateTimeOffset UtcNow { get; }

    /// <summary>How many entries wait.</summary>
    public int Count
    {
        get
        {
            lock (Gate)
            {
                return _heap.Count;
            }
        }
    }

    public long NextDueTicks
    {
        get
        {
            lock (Gate)
            {
                return _heap.NextDueTicks;
            }
        }
    }

    public void Add(TimerEntry entry)
    {
        lock (Gate)
        {
            if (!entry.IsCancellationRequested)
            {
                _heap.Add(entry);
                OnNextDue(_heap.NextDueTicks);
            }
        }
    }

    public void Remove(TimerEntry entry)
    {
        lock (Gate)
        {
            _heap.Remove(entry);
        }
    }

    /// <summary>Takes out every entry of one owner.</summary>
    public List<TimerEntry> RemoveAll(Scheduler owner)
    {
        lock (Gate)
        {
            var owned = _heap.OwnedBy(owner);
            owned.ForEach(entry => _heap.Remove(entry));
            return owned;
        }
    }

    /// <summary>Fires the first due entry; false if there is none.</summary>
    public bool FireOne()
    {
        TimerEntry? entry;
        var now = NowTicks;
        lock (Gate)
        {
            entry = _heap.TakeDue(now);
        }

        if (entry is null)
        {
            return false;
        }

        if (!entry.IsCancellationRequested)
        {
            entry.Fire();
            if (entry.IntervalTicks > 0 && entry.Owner is { HasEnded: false })
            {
                // Missed beats are not made up for.
                entry.DueTicks = Math.Max(entry.DueTicks + entry.IntervalTicks, now);
                Add(entry);
            }
        }

        return true;
    }

    /// <summary>Called under the gate after an entry came: the alarm must ring at this time or before.</summary>
    protected abstract void OnNextDue(long dueTicks);
}

/// <summary>The real clock, with one timer of the process behind all entries.</summary>
internal sealed class ClockTimerService : TimerService, IDisposable
{
    private readonly Timer _alarm;
    private readonly long _origin = Stopwatch.GetTimestamp();
    private long _armedForTicks = long.MaxValue;
    private bool _isFiring;
    private bool _isDisposed;

    public ClockTimerService()
    {
        // The timer lives as long as the system; the context of whoever makes the system is none of its business.
        var wasSuppressed = ExecutionContext.IsFlowSuppressed();
        if (!wasSuppressed)
        {
            ExecutionContext.SuppressFlow();
        }

        _alarm = new Timer(static self => ((ClockTimerService)self!).Ring(), this, Timeout.Infinite, Timeout.Infinite);
        if (!wasSuppressed)
        {
            ExecutionContext.RestoreFlow();
        }
    }

    public override long NowTicks => Stopwatch.GetElapsedTime(_origin).Ticks;

    public override DateTimeOffset UtcNow => DateTimeOffset.UtcNow;

    public void Dispose()
    {
        lock (Gate)
        {
            _isDisposed = true;
            _alarm.Dispose();
        }
    }

    protected override void OnNextDue(long dueTicks)
    {
        // An alarm that rings too early costs little, so a cancelled entry leaves it as it is.
        if (_isFiring || _isDisposed || dueTicks >= _armedForTicks)
        {
            return;
        }

        _armedForTicks = dueTicks;
        var delayMs = (dueTicks - NowTicks + TimeSpan.TicksPerMillisecond - 1) / TimeSpan.TicksPerMillisecond;
        _alarm.Change(Math.Clamp(delayMs, 0, int.MaxValue), Timeout.Infinite);
    }

    private void Ring()
    {
        lock (Gate)
        {
            if (_isFiring)
            {
                return;
            }

            _isFiring = true;
        }

        try
        {
            while (FireOne())
            {
            }
        }
        finally
        {
            lock (Gate)
            {
                _isFiring = false;
                _armedForTicks = long.MaxValue;
                if (NextDueTicks is var next && next != long.MaxValue)
                {
                    OnNextDue(next);
                }
            }
        }
    }
}
