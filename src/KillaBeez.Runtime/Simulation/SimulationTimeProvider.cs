namespace KillaBeez.Runtime.Internals;

/// <summary>The virtual clock for code that takes a <see cref="TimeProvider"/>: Task.Delay, CancellationTokenSource, PeriodicTimer.</summary>
internal sealed class SimulationTimeProvider(TimerService timers, Scheduler scheduler) : TimeProvider
{
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow() => timers.UtcNow;

    public override long GetTimestamp() => timers.NowTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new VirtualTimer(scheduler, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class VirtualTimer(Scheduler scheduler, TimerCallback callback, object? state) : ITimer
    {
        private TimerEntry? _entry;
        private bool _isDisposed;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _entry?.Cancel();
            _entry = null;
            if (_isDisposed)
            {
                return false;
            }

            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                var intervalTicks = period == Timeout.InfiniteTimeSpan ? 0 : period.Ticks;
                _entry = new ActionEntry(() => callback(state)) { IntervalTicks = intervalTicks };
                scheduler.Schedule(_entry, dueTime);
            }

            return true;
        }

        public void Dispose()
        {
            _isDisposed = true;
            _entry?.Cancel();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
