namespace KillaBeez.Runtime;

/// <summary>Marks an actor that has timers of its own; the runtime sets the property before the actor's constructor runs.</summary>
public interface IWithTimers
{
    /// <summary>The actor's timers.</summary>
    ITimerScheduler Timers { get; set; }
}

/// <summary>
/// Timers that belong to one actor: they tell it messages, end with it or with its restart, and a cancelled or
/// replaced timer's message does not arrive even if it is already in the mailbox.
/// </summary>
public interface ITimerScheduler
{
    /// <summary>Tells the actor a message once.</summary>
    /// <param name="key">The timer's name; a timer of that name is replaced.</param>
    /// <param name="msg">The message.</param>
    /// <param name="timeout">How long from now.</param>
    void StartSingleTimer(object key, object msg, TimeSpan timeout);

    /// <summary>Tells the actor a message again and again.</summary>
    /// <param name="key">The timer's name; a timer of that name is replaced.</param>
    /// <param name="msg">The message.</param>
    /// <param name="interval">The time to the first one and between two.</param>
    void StartPeriodicTimer(object key, object msg, TimeSpan interval);

    /// <summary>Tells the actor a message again and again.</summary>
    /// <param name="key">The timer's name; a timer of that name is replaced.</param>
    /// <param name="msg">The message.</param>
    /// <param name="initialDelay">The time to the first one.</param>
    /// <param name="interval">The time between two.</param>
    void StartPeriodicTimer(object key, object msg, TimeSpan initialDelay, TimeSpan interval);

    /// <summary>Whether a timer of that name is going to fire.</summary>
    /// <param name="key">The timer's name.</param>
    bool IsTimerActive(object key);

    /// <summary>Cancels the timer of that name, if there is one.</summary>
    /// <param name="key">The timer's name.</param>
    void Cancel(object key);

    /// <summary>Cancels every timer of the actor.</summary>
    void CancelAll();
}

/// <summary>The timers of one incarnation of an actor.</summary>
internal sealed class TimerScheduler(ActorCell cell) : ITimerScheduler
{
    private readonly Dictionary<object, ActorTimer> _timers = [];

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
