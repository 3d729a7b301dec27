namespace KillaBeez.Runtime;

/// <summary>The clocks that actor code reads; virtual ones in a simulation.</summary>
public interface ITimeProvider
{
    /// <summary>The date and time in UTC.</summary>
    DateTimeOffset Now { get; }

    /// <summary>The time since an arbitrary origin; never goes back.</summary>
    TimeSpan MonotonicClock { get; }

    /// <summary>The time since an arbitrary origin, at the clock's full resolution; never goes back.</summary>
    TimeSpan HighResMonotonicClock { get; }
}

/// <summary>Something that can be called off.</summary>
public interface ICancelable
{
    /// <summary>Calls it off. What has already been told may still arrive.</summary>
    void Cancel();

    /// <summary>Whether it has been called off.</summary>
    bool IsCancellationRequested { get; }
}

/// <summary>Tells messages later. Thread-safe. Everything scheduled ends with the actor system.</summary>
public interface IScheduler : ITimeProvider
{
    /// <summary>Tells a message once.</summary>
    /// <param name="delay">How long from now; not negative.</param>
    /// <param name="receiver">Whom to tell.</param>
    /// <param name="message">What to tell.</param>
    /// <param name="sender">Whom a reply goes to, or <see cref="ActorRefs.NoSender"/>.</param>
    /// <returns>The means to call it off.</returns>
    ICancelable ScheduleTellOnceCancelable(TimeSpan delay, ICanTell receiver, object message, IActorRef? sender);

    /// <summary>Tells a message again and again until called off.</summary>
    /// <param name="initialDelay">How long from now to the first one; not negative.</param>
    /// <param name="interval">The time between two; more than zero.</param>
    /// <param name="receiver">Whom to tell.</param>
    /// <param name="message">What to tell.</param>
    /// <param name="sender">Whom a reply goes to, or <see cref="ActorRefs.NoSender"/>.</param>
    /// <returns>The means to call it off.</returns>
    ICancelable ScheduleTellRepeatedlyCancelable(TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef? sender);
}
