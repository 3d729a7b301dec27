namespace KillaBeez.Runtime;

/// <summary>Questions: a message whose reply is a task.</summary>
public static class Futures
{
    /// <summary>Tells a message and gives the reply as a task.</summary>
    /// <param name="self">Who is asked.</param>
    /// <param name="message">The question.</param>
    /// <param name="timeout">How long to wait; for ever where null.</param>
    public static Task<object> Ask(this ICanTell self, object message, TimeSpan? timeout = null) => self.Ask<object>(message, timeout);

    /// <summary>Tells a message and gives the reply as a task.</summary>
    /// <typeparam name="T">The type of the reply.</typeparam>
    /// <param name="self">Who is asked.</param>
    /// <param name="message">The question.</param>
    /// <param name="timeout">How long to wait; for ever where null.</param>
    /// <exception cref="AskTimeoutException">In the task: no reply came in time.</exception>
    /// <exception cref="ArgumentException">In the task: the reply is of another type.</exception>
    /// <remarks>A <see cref="Status.Failure"/> faults the task with its cause, unless T allows it as a value.</remarks>
    public static Task<T> Ask<T>(this ICanTell self, object message, TimeSpan? timeout = null) =>
        self.Ask<T>(message, timeout, CancellationToken.None);

    /// <summary>Tells a message and gives the reply as a task.</summary>
    /// <typeparam name="T">The type of the reply.</typeparam>
    /// <param name="self">Who is asked.</param>
    /// <param name="message">The question.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public static Task<T> Ask<T>(this ICanTell self, object message, CancellationToken cancellationToken) =>
        self.Ask<T>(message, null, cancellationToken);

    /// <summary>Tells a message and gives the reply as a task.</summary>
    /// <typeparam name="T">The type of the reply.</typeparam>
    /// <param name="self">Who is asked.</param>
    /// <param name="message">The question.</param>
    /// <param name="timeout">How long to wait; for ever where null.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public static Task<T> Ask<T>(this ICanTell self, object message, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(self);
        ArgumentNullException.ThrowIfNull(message);
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled<T>(cancellationToken);
        }

        var system = (self as InternalActorRef)?.System ?? ActorCell.Current?.System
            ?? throw new ArgumentException("Outside of an actor only an actor of a system can be asked", nameof(self));
        var reply = new AskRef<T>(system);
        reply.Arm(self, timeout, cancellationToken);
        self.Tell(message, reply);
        return reply.Task;
    }
}
