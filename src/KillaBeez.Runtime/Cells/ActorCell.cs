using System.Diagnostics.CodeAnalysis;

namespace KillaBeez.Runtime.Internals;

/// <summary>
/// The runtime's side of one actor: it outlives the instances of its class, which come and go with restarts. This
/// part handles user messages; the others hold life and supervision, children, death watch, time and asynchrony.
/// </summary>
internal sealed partial class ActorCell : Mailbox, IActorContext
{
    [ThreadStatic]
    private static ActorCell? _current;

    [ThreadStatic]
    private static ActorCell? _underConstruction;

    private readonly LocalActorRef _self;
    private readonly InternalActorRef _parent;
    private ActorBase? _actor;
    private Receive? _behaviour;
    private Stack<Receive?>? _behavioursBelow;
    private StashBuffer? _stash;

    /// <summary>What goes before the mailbox: unstashed messages, the next one on top.</summary>
    private Stack<Envelope>? _putBack;

    public ActorCell(ActorSystem system, Props props, InternalActorRef parent, ActorPath path)
        : base(system.Dispatcher)
    {
        System = system;
        Props = props;
        _parent = parent;
        _self = new LocalActorRef(this, path, system.NextUid());
    }

    /// <summary>The cell that runs on this thread, or null.</summary>
    public static ActorCell? Current => _current;

    public ActorSystem System { get; }

    public Props Props { get; }

    /// <summary>A hash of the path, kept here by a simulation's history; 0 before it is known.</summary>
    public ulong PathHash { get; set; }

    public LocalActorRef SelfRef => _self;

    public IActorRef Self => _self;

    public IActorRef Parent => _parent;

    public IActorRef? SenderOrNull { get; private set; }

    public IActorRef Sender => SenderOrNull ?? System.DeadLetters;

    /// <summary>The message in hand; kept after a failure, for PreRestart, and during an asynchronous handler.</summary>
    public object? CurrentMessage { get; private set; }

    /// <summary>Counts the messages handled, so that the stash can tell two equal ones apart.</summary>
    public long MessageNumber { get; private set; }

    protected override bool IsOpen => _isDead || (!_hasFailed && !_isSuspendedByParent && _goal == Goal.None && _awaited is null);

    protected override bool HasMore => HasUserMessages || _putBack is { Count: > 0 };

    /// <summary>The cell whose actor is being made on this thread; taken by the constructor of the base class, once.</summary>
    public static ActorCell? TakeUnderConstruction()
    {
        var cell = _underConstruction;
        _underConstruction = null;
        return cell;
    }

    public void Become(Receive receive, bool isStacked)
    {
        ArgumentNullException.ThrowIfNull(receive);
        if (isStacked)
        {
            (_behavioursBelow ??= new Stack<Receive?>()).Push(_behaviour);
        }

        _behaviour = receive;
    }

    public void UnbecomeStacked()
    {
        if (_behavioursBelow is { Count: > 0 } below)
        {
            _behaviour = below.Pop();
        }
    }

    /// <summary>Puts messages before all others, in their order.</summary>
    public void PutBack(ReadOnlySpan<Envelope> messages)
    {
        _putBack ??= new Stack<Envelope>();
        for (var i = messages.Length - 1; i >= 0; i--)
        {
            _putBack.Push(messages[i]);
        }
    }

    public void ToDeadLetters(object message, IActorRef? sender)
    {
        // What the runtime itself has queued concerns nobody but the dead.
        if (message is not (Terminated or ActorTimer or ReceiveTimeoutMark))
        {
            System.DeadLetters.Tell(new DeadLetter(message, sender ?? System.DeadLetters, _self), sender);
        }
    }

    protected override void BeginRun() => _current = this;

    protected override void EndRun() => _current = null;

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "Whatever an actor throws is its supervisor's affair.")]
    protected override bool HandleNext()
    {
        if (!TryTake(out var message, out var sender))
        {
            return false;
        }

        if (_isDead)
        {
            // Told in the moment of the actor's end.
            ToDeadLetters(message, sender);
            return true;
        }

        CurrentMessage = message;
        SenderOrNull = sender;
        MessageNumber++;
        if (Dispatcher.IsSimulated)
        {
            Dispatcher.Observe(this, message);
        }

        try
        {
            Invoke(message);
            if (_awaited is null)
            {
                EndMessage();
            }
        }
        catch (Exception e)
        {
            HandleFailure(e);
        }

        return true;
    }

    private bool TryTake([NotNullWhen(true)] out object? message, out IActorRef? sender)
    {
        if (_putBack is { Count: > 0 })
        {
            (message, sender) = _putBack.Pop();
            return true;
        }

        return TryDequeue(out message, out sender);
    }

    private void EndMessage()
    {
        CurrentMessage = null;
        SenderOrNull = null;
        NoteActivity();
    }

    private void Invoke(object message)
    {
        switch (message)
        {
            case PoisonPill:
                _self.Stop();
                break;
            case Kill:
                throw new ActorKilledException($"{_self} was told Kill");
            case Terminated terminated:
                if (TakeTerminated(terminated, out var instead))
                {
                    CurrentMessage = instead;
                    Deliver(instead);
                }

                break;
            case ActorTimer timer:
                if (_timers?.Take(timer) is { } timerMessage)
                {
                    CurrentMessage = timerMessage;
                    Deliver(timerMessage);
                }

                break;
            case ReceiveTimeoutMark mark:
                if (TakeReceiveTimeout(mark))
                {
                    CurrentMessage = Runtime.ReceiveTimeout.Instance;
                    Deliver(Runtime.ReceiveTimeout.Instance);
                }

                break;
            default:
                Deliver(message);
                break;
        }
    }

    private void Deliver(object message) => _actor!.InvokeReceive(_behaviour, message);
}
