using System.Diagnostics.CodeAnalysis;

namespace KillaBeez.Runtime;

/// <summary>Results of tasks as messages: the way from asynchronous code into an actor.</summary>
public static class PipeToSupport
{
    /// <summary>Tells the task's result, or a <see cref="Status.Failure"/> for a failure or a cancellation.</summary>
    /// <typeparam name="T">The type of the result.</typeparam>
    /// <param name="taskToPipe">The task.</param>
    /// <param name="recipient">Whom to tell.</param>
    /// <param name="sender">The message's sender; none where null, inside an actor too.</param>
    /// <param name="success">Makes the message of the result.</param>
    /// <param name="failure">Makes the message of the exception.</param>
    /// <returns>Completes when the message has been told; never fails.</returns>
    public static Task PipeTo<T>(this Task<T> taskToPipe, ICanTell recipient, IActorRef? sender = null, Func<T, object>? success = null, Func<Exception, object>? failure = null)
    {
        ArgumentNullException.ThrowIfNull(taskToPipe);
        ArgumentNullException.ThrowIfNull(recipient);
        return taskToPipe.ContinueWith(
            task => Deliver(task, recipient, sender, () => success is null ? task.Result : success(task.Result), failure),
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    /// <summary>Tells a message at the task's end, if one is made of it, or a <see cref="Status.Failure"/>.</summary>
    /// <param name="taskToPipe">The task.</param>
    /// <param name="recipient">Whom to tell.</param>
    /// <param name="sender">The message's sender; none where null, inside an actor too.</param>
    /// <param name="success">Makes the message of a success; nothing is told where null.</param>
    /// <param name="failure">Makes the message of the exception.</param>
    /// <returns>Completes when the message has been told; never fails.</returns>
    public static Task PipeTo(this Task taskToPipe, ICanTell recipient, IActorRef? sender = null, Func<object>? success = null, Func<Exception, object>? failure = null)
    {
        ArgumentNullException.ThrowIfNull(taskToPipe);
        ArgumentNullException.ThrowIfNull(recipient);
        return taskToPipe.ContinueWith(
            task => Deliver(task, recipient, sender, success, failure),
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    /// <summary>Tells the task's result, or a <see cref="Status.Failure"/> for a failure or a cancellation.</summary>
    /// <typeparam name="T">The type of the result.</typeparam>
    /// <param name="taskToPipe">The task.</param>
    /// <param name="recipient">Whom to tell.</param>
    /// <param name="sender">The message's sender; none where null, inside an actor too.</param>
    /// <param name="success">Makes the message of the result.</param>
    /// <param name="failure">Makes the message of the exception.</param>
    /// <returns>Completes when the message has been told; never fails.</returns>
    public static Task PipeTo<T>(this ValueTask<T> taskToPipe, ICanTell recipient, IActorRef? sender = null, Func<T, object>? success = null, Func<Exception, object>? failure = null) =>
        taskToPipe.AsTask().PipeTo(recipient, sender, success, failure);

    /// <summary>Tells a message at the task's end, if one is made of it, or a <see cref="Status.Failure"/>.</summary>
    /// <param name="taskToPipe">The task.</param>
    /// <param name="recipient">Whom to tell.</param>
    /// <param name="sender">The message's sender; none where null, inside an actor too.</param>
    /// <param name="success">Makes the message of a success; nothing is told where null.</param>
    /// <param name="failure">Makes the message of the exception.</param>
    /// <returns>Completes when the message has been told; never fails.</returns>
    public static Task PipeTo(this ValueTask taskToPipe, ICanTell recipient, IActorRef? sender = null, Func<object>? success = null, Func<Exception, object>? failure = null) =>
        taskToPipe.AsTask().PipeTo(recipient, sender, success, failure);

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "Every failure becomes a message.")]
    private static void Deliver(Task task, ICanTell recipient, IActorRef? sender, Func<object?>? makeMessage, Func<Exception, object>? failure)
    {
        try
        {
            // Throws what the task has failed with.
            task.GetAwaiter().GetResult();
            if (makeMessage is not null)
            {
                recipient.Tell(makeMessage()!, sender);
            }
        }
        catch (Exception e)
        {
            recipient.Tell(failure is null ? new Status.Failure(e) : failure(e), sender);
        }
    }
}
