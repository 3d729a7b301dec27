namespace KillaBeez.Runtime.Internals;

/// <summary>The sender of a question: a reference that takes one reply, and is dead afterwards.</summary>
internal sealed class AskRef<T> : InternalActorRef
{
    private readonly ActorSystem _system;
    private readonly TaskCompletionSource<T> _reply;
    private TimerEntry? _alarm;
    private CancellationTokenRegistration _cancellation;
    private ActorPath? _path;
    private List<InternalActorRef>? _watchers;
    private int _isDone;

    public AskRef(ActorSystem system)
    {
        _system = system;
        _reply = system.NewCompletion(static options => new TaskCompletionSource<T>(options));
    }

    public Task<T> Task => _reply.Task;

    public override ActorPath Path => LazyInitializer.EnsureInitialized(ref _path, _system.NextTemporaryPath);

    public override ActorSystem System => _system;

    public override bool IsTerminated => Volatile.Read(ref _isDone) != 0;

    public void Arm(ICanTell target, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        if (timeout is { } limit && limit != Timeout.InfiniteTimeSpan)
        {
            void Expire()
            {
                if (TryFinish())
                {
                    _reply.TrySetException(new AskTimeoutException($"No answer from {target} within {limit}"));
                }
            }

            _alarm = _system.InternalScheduler.Schedule(new ActionEntry(Expire, Expire), limit);
        }

        if (cancellationToken.CanBeCanceled)
        {
            _cancellation = cancellationToken.UnsafeRegister(
                static (self, token) =>
                {
                    if (((AskRef<T>)self!).TryFinish())
                    {
                        ((AskRef<T>)self)._reply.TrySetCanceled(token);
                    }
                },
                this);
        }
    }

    public override void Tell(object message, IActorRef? sender)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (!TryFinish())
        {
            _system.DeadLetters.Tell(new DeadLetter(message, sender ?? _system.DeadLetters, this), sender);
            return;
        }

        if (_system.Dispatcher.IsSimulated)
        {
            PostReply(message);
        }
        else
        {
            SetReply(message);
        }
    }

    public override void SendSystem(SystemMessage message)
    {
        if (message is Watch watch)
        {
            lock (_reply)
            {
                if (!IsTerminated)
                {
                    (_watchers ??= []).Add(watch.Watcher);
                    return;
                }
            }

            AnswerAsDead(message);
        }
        else if (message is Unwatch unwatch)
        {
            lock (_reply)
            {
                _watchers?.Remove(unwatch.Watcher);
            }
        }
    }

    private bool TryFinish()
    {
        if (Interlocked.Exchange(ref _isDone, 1) != 0)
        {
            return false;
        }

        _alarm?.Cancel();
        _cancellation.Unregister();
        List<InternalActorRef>? watchers;
        lock (_reply)
        {
            watchers = _watchers;
        }

        watchers?.ForEach(watcher => watcher.SendSystem(new DeathWatchNotification(this, ExistenceConfirmed: true)));
        return true;
    }

    /// <summary>Apart from its caller, which would otherwise allocate the closure for every reply.</summary>
    private void PostReply(object message) => _system.Complete(() => SetReply(message));

    private void SetReply(object message)
    {
        switch (message)
        {
            case T reply:
                _reply.TrySetResult(reply);
                break;
            case Status.Failure failure:
                _reply.TrySetException(failure.Cause ?? new InvalidOperationException("Status.Failure without a cause"));
                break;
            default:
                _reply.TrySetException(new ArgumentException($"Expected a reply of type {typeof(T)}, got one of type {message.GetType()}"));
                break;
        }
    }
}
