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
