namespace KillaBeez.Runtime.Internals;

/// <summary>The timers of one incarnation of an actor.</summary>
internal sealed class TimerScheduler(ActorCell cell) : ITimerScheduler
{
    private readonly Dictionary<object, ActorTimer> _timers = [];
    private bool _hasEnded;

    public void StartSingleTimer(object key, object msg, TimeSpan timeout) => Start(key, msg, timeout, TimeSpan.Zero);

    public void StartPeriodicTimer(object key, object msg, TimeSpan interval) => StartPeriodicTimer(key, msg, interval, interval);

    public void StartPeriodicTimer(object key, object msg, TimeSpan initialDelay, TimeSpan interval)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        Start(key, msg, initialDelay, interval);
    }

    public bool IsTimerActive(object key) => _timers.ContainsKey(key);

    public void Cancel(object key)
    {
        if (_timers.Remove(key, out var timer))
        {
            timer.Cancel();
        }
    }

    public void CancelAll()
    {
        foreach (var timer in _timers.Values)
        {
            timer.Cancel();
        }

        _timers.Clear();
    }

    /// <summary>No more timers: half-done code of an instance that is gone could still start some, and nobody would cancel them.</summary>
    public void End()
    {
        CancelAll();
        _hasEnded = true;
    }

    /// <summary>The message of a timer that has reached its turn in the mailbox, or null if it was cancelled meanwhile.</summary>
    public object? Take(ActorTimer timer)
    {
        if (!_timers.TryGetValue(timer.Key, out var current) || !ReferenceEquals(current, timer))
        {
            return null;
        }

        if (timer.IntervalTicks == 0)
        {
            _timers.Remove(timer.Key);
        }

        return timer.Message;
    }

    private void Start(object key, object msg, TimeSpan delay, TimeSpan interval)
    {
        ArgumentNullException.ThrowIfNull(msg);
        Cancel(key);
        if (_hasEnded)
        {
            return;
        }

        var timer = new ActorTimer(cell.Self, key, msg) { IntervalTicks = interval.Ticks };
        _timers.Add(key, timer);
        cell.System.InternalScheduler.Schedule(timer, delay);
    }
}

/// <summary>A timer of an actor; it is its own message in the mailbox, so that its owner can tell whether it still counts.</summary>
internal sealed class ActorTimer(IActorRef owner, object key, object message) : TimerEntry
{
    public object Key => key;

    public object Message => message;

    public override void Fire() => owner.Tell(this, owner);
}
