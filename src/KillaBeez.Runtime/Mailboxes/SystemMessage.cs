namespace KillaBeez.Runtime.Internals;

/// <summary>
/// What the runtime tells a cell past its user messages: life, supervision, death watch, continuations. Each object
/// is a link of one mailbox's list, so it is sent once.
/// </summary>
internal abstract class SystemMessage
{
    public SystemMessage? Next { get; set; }
}

/// <summary>The first message of every cell: make the actor.</summary>
internal sealed class Create : SystemMessage;

/// <summary>Stop the actor after the message in hand.</summary>
internal sealed class Terminate : SystemMessage;

/// <summary>The parent is suspended, so its children handle no user messages either.</summary>
internal sealed class Suspend : SystemMessage;

/// <summary>With a cause: the recipient's own failure is forgiven. Without one: its parent is no longer suspended.</summary>
internal sealed class Resume(Exception? causedByFailure) : SystemMessage
{
    public Exception? CausedByFailure => causedByFailure;
}

/// <summary>Restart: replace the actor by a new instance.</summary>
internal sealed class Recreate(Exception cause) : SystemMessage
{
    public Exception Cause => cause;
}

/// <summary>A child tells its parent that it has failed and waits suspended for a directive.</summary>
internal sealed class Failed(LocalActorRef child, Exception cause) : SystemMessage
{
    public LocalActorRef Child => child;

    public Exception Cause => cause;
}

/// <summary>Someone wishes to be told of the recipient's end.</summary>
internal sealed class Watch(InternalActorRef watcher) : SystemMessage
{
    public InternalActorRef Watcher => watcher;
}

/// <summary>Someone no longer wishes to be told.</summary>
internal sealed class Unwatch(InternalActorRef watcher) : SystemMessage
{
    public InternalActorRef Watcher => watcher;
}

/// <summary>An actor has ended; sent to its parent and to its watchers.</summary>
internal sealed class DeathWatchNotification(InternalActorRef actor, bool ExistenceConfirmed) : SystemMessage
{
    public InternalActorRef Actor => actor;

    public bool ExistenceConfirmed { get; } = ExistenceConfirmed;
}

/// <summary>The rest of an asynchronous handler.</summary>
internal sealed class Continuation(SendOrPostCallback callback, object? state) : SystemMessage
{
    public void Invoke() => callback(state);
}

/// <summary>The task of an asynchronous handler has ended.</summary>
internal sealed class HandlerEnded(Task task) : SystemMessage
{
    public Task Task => task;
}

/// <summary>The receive timeout's alarm has gone off.</summary>
internal sealed class ReceiveTimeoutAlarm(TimerEntry alarm) : SystemMessage
{
    public TimerEntry Alarm => alarm;
}
