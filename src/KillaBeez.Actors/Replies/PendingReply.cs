namespace KillaBeez.Actors.Replies;

/// <summary>
/// What an application awaits from an actor. It ends with an answer, with the caller's cancellation, or with the
/// end of the one who was asked, whichever comes first.
/// </summary>
/// <remarks>
/// Continuations never run inside the actor that answers: on the thread pool elsewhere, and in a simulation posted
/// to it. A simulation must not touch the pool, not even where a continuation has captured no context, as those of
/// <see cref="Task.WhenAll(IEnumerable{Task})"/>: otherwise its history would depend on the pool.
/// </remarks>
internal sealed class PendingReply<T>
{
    private readonly TaskCompletionSource<T> _source;
    private readonly bool _inSimulation;
    private readonly CancellationTokenRegistration _onCancelled;
    private readonly ReplyScope _scope;
    private readonly LinkedListNode<Action<KillaBeezException>>? _onEnded;

    /// <param name="scope">Who is asked.</param>
    /// <param name="cancellationToken">The caller gives up.</param>
    public PendingReply(ReplyScope scope, CancellationToken cancellationToken)
    {
        _scope = scope;
        _inSimulation = scope.InSimulation;
        _source = new TaskCompletionSource<T>(_inSimulation ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously);
        _onCancelled = cancellationToken.UnsafeRegister(
            static (state, token) => ((PendingReply<T>)state!).TrySetCanceled(token), this);
        _onEnded = scope.Add(error => TrySetException(error));
        if (_source.Task.IsCompleted)
        {
            Forget();
        }
    }

    /// <summary>What the application awaits.</summary>
    public Task<T> Task => _source.Task;

    /// <summary>Whether nobody waits any more.</summary>
    public bool IsCompleted => _source.Task.IsCompleted;

    public bool TrySetResult(T result) => Complete(static (source, value) => source.TrySetResult(value), result);

    public bool TrySetException(KillaBeezException error) => Complete(static (source, value) => source.TrySetException(value), error);

    private void TrySetCanceled(CancellationToken token) => Complete(static (source, value) => source.TrySetCanceled(value), token);

    private bool Complete<TValue>(Func<TaskCompletionSource<T>, TValue, bool> complete, TValue value)
    {
        // Where no context is current, what has captured the simulation's is posted to it instead of run in here.
        var context = SynchronizationContext.Current;
        if (_inSimulation)
        {
            SynchronizationContext.SetSynchronizationContext(null);
        }

        try
        {
            var isFirst = complete(_source, value);
            Forget();
            return isFirst;
        }
        finally
        {
            if (_inSimulation)
            {
                SynchronizationContext.SetSynchronizationContext(context);
            }
        }
    }

    /// <summary>Those who could end the reply no longer know it. Does not wait for one that is doing so now.</summary>
    private void Forget()
    {
        _onCancelled.Unregister();
        if (_onEnded is { } entry)
        {
            _scope.Remove(entry);
        }
    }
}
