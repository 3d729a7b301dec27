namespace KillaBeez.Runtime.Internals;

/// <summary>
/// Timers and the receive timeout. The latter keeps one alarm that is not moved by each message: when it rings, the
/// time of the last message tells whether it is due or has to be set again.
/// </summary>
internal sealed partial class ActorCell
{
    private TimerScheduler? _timers;
    private TimeSpan? _receiveTimeout;
    private TimerEntry? _receiveTimeoutAlarm;
    private long _lastActivityTicks;

    public TimeSpan? ReceiveTimeout => _receiveTimeout;

    public TimerScheduler Timers => _timers ??= new TimerScheduler(this);

    public void SetReceiveTimeout(TimeSpan? timeout)
    {
        if (timeout is { } time)
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(time, TimeSpan.Zero, nameof(timeout));
        }

        CancelReceiveTimeout();
        _receiveTimeout = timeout;
        if (timeout is { } delay)
        {
            NoteActivity();
            SetAlarm(delay);
        }
    }

    private void CancelReceiveTimeout()
    {
        _receiveTimeoutAlarm?.Cancel();
        _receiveTimeoutAlarm = null;
        _receiveTimeout = null;
    }

    private void SetAlarm(TimeSpan delay)
    {
        ActionEntry? alarm = null;
        alarm = new ActionEntry(() => EnqueueSystem(new ReceiveTimeoutAlarm(alarm!)));
        _receiveTimeoutAlarm = alarm;
        System.InternalScheduler.Schedule(alarm, delay);
    }

    private void NoteActivity()
    {
        if (_receiveTimeout is not null)
        {
            _lastActivityTicks = System.InternalScheduler.MonotonicClock.Ticks;
        }
    }

    private void HandleReceiveTimeoutAlarm(TimerEntry alarm)
    {
        if (!ReferenceEquals(alarm, _receiveTimeoutAlarm) || _receiveTimeout is not { } timeout)
        {
            return;
        }

        var idle = new TimeSpan(System.InternalScheduler.MonotonicClock.Ticks - _lastActivityTicks);
        if (idle < timeout || HasMore || !IsOpen)
        {
            SetAlarm(idle < timeout ? timeout - idle : timeout);
        }
        else
        {
            Enqueue(new ReceiveTimeoutMark(alarm), _self);
        }
    }

    /// <summary>Whether the mark is of the alarm that still counts; then the next alarm is set.</summary>
    private bool TakeReceiveTimeout(ReceiveTimeoutMark mark)
    {
        if (!ReferenceEquals(mark.Alarm, _receiveTimeoutAlarm) || _receiveTimeout is not { } timeout)
        {
            return false;
        }

        SetAlarm(timeout);
        return true;
    }

    /// <summary>Stands for the receive timeout in the mailbox, so that one that was called off meanwhile is dropped.</summary>
    private sealed record ReceiveTimeoutMark(TimerEntry Alarm);
}
