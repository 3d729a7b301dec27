using System.Runtime.ExceptionServices;

namespace KillaBeez.Runtime.Internals;

/// <summary>
/// Asynchronous handlers. Their continuations come back through the mailbox as system messages, so that an actor
/// stays one thread at a time; its user messages wait for the end of the task.
/// </summary>
internal sealed partial class ActorCell
{
    private SynchronizationContext? _synchronizationContext;

    /// <summary>The handler's task, while one is under way.</summary>
    private Task? _awaited;

    public void RunAsync<T>(Func<T, Task> handler, T message)
    {
        var outer = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(_synchronizationContext ??= new CellSynchronizationContext(this));
        Task task;
        try
        {
            task = handler(message);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(outer);
        }

        if (task.IsCompleted)
        {
            task.GetAwaiter().GetResult();
            return;
        }

        _awaited = task;
        _ = task.ContinueWith(
            static (ended, cell) => ((ActorCell)cell!).EnqueueSystem(new HandlerEnded(ended)),
            this,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    private void RunContinuation(Continuation continuation)
    {
        var outer = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(_synchronizationContext);
        try
        {
            continuation.Invoke();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(outer);
        }
    }

    private void HandleHandlerEnded(Task task)
    {
        if (!ReferenceEquals(task, _awaited))
        {
            // The handler of a former instance.
            if (task.Exception is { } late)
            {
                System.ReportFailure(_self, late, null);
            }

            return;
        }

        _awaited = null;
        if (task.IsCompletedSuccessfully)
        {
            EndMessage();
        }
        else
        {
            ExceptionDispatchInfo.Throw(task.Exception?.InnerException ?? new TaskCanceledException(task));
        }
    }

    private sealed class CellSynchronizationContext(ActorCell cell) : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state) => cell.EnqueueSystem(new Continuation(d, state));

        public override void Send(SendOrPostCallback d, object? state) =>
            throw new NotSupportedException("An actor is not called, it is told");

        public override SynchronizationContext CreateCopy() => this;
    }
}
