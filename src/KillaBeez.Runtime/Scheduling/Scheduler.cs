namespace KillaBeez.Runtime.Internals;

/// <summary>The scheduler of one actor system, on a clock that several systems of a simulation may share.</summary>
internal sealed class Scheduler(TimerService timers) : IScheduler
{
    private volatile bool _hasEnded;

    public DateTimeOffset Now => timers.UtcNow;

    public TimeSpan MonotonicClock => new(timers.NowTicks);

    public TimeSpan HighResMonotonicClock => new(timers.NowTicks);

    public bool HasEnded => _hasEnded;

    public ICancelable ScheduleTellOnceCancelable(TimeSpan delay, ICanTell receiver, object message, IActorRef? sender)
    {
        ArgumentNullException.ThrowIfNull(message);
        return Schedule(new TellEntry(receiver, message, sender), delay);
    }

    public ICancelable ScheduleTellRepeatedlyCancelable(TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef? sender)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        return Schedule(new TellEntry(receiver, message, sender) { IntervalTicks = interval.Ticks }, initialDelay);
    }

    public T Schedule<T>(T entry, TimeSpan delay)
        where T : TimerEntry
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        entry.Owner = this;
        var now = timers.NowTicks;
        entry.DueTicks = delay.Ticks > long.MaxValue - now ? long.MaxValue : now + delay.Ticks;
        timers.Add(entry);
        if (_hasEnded)
        {
            // Added beside the disposal, or after it: nobody would ever fire it.
            timers.Remove(entry);
            entry.Abandon();
        }

        return entry;
    }

    public void Remove(TimerEntry entry) => timers.Remove(entry);

    /// <summary>Drops everything that waits. The clock ends too if it is this system's own.</summary>
    public void End()
    {
        _hasEnded = true;
        timers.RemoveAll(this).ForEach(entry => entry.Abandon());
        (timers as IDisposable)?.Dispose();
    }
}
