namespace KillaBeez.TestKit.Kernel;

/// <summary>The virtual clock for code that takes a <see cref="TimeProvider"/>.</summary>
internal sealed class SimulationTimeProvider(SimulationKernel kernel) : TimeProvider
{
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow() => kernel.UtcNow;

    public override long GetTimestamp() => kernel.NowTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new VirtualTimer(kernel, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Fires with no synchronization context current, so that who gave its context up goes on at once.</summary>
    private sealed class VirtualTimer(SimulationKernel kernel, TimerCallback callback, object? state) : ITimer
    {
        private SimulationCancelable? _entry;
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
                _entry = new SimulationCancelable(kernel);
                kernel.Add(SimulationTimer.Run(() => callback(state), _entry, period > TimeSpan.Zero ? period : TimeSpan.Zero), dueTime);
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
