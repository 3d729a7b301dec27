namespace KillaBeez.Runtime;

/// <summary>Handles a message; false if it does not know it.</summary>
/// <param name="message">The message.</param>
public delegate bool Receive(object message);

/// <summary>Handles a message.</summary>
/// <param name="message">The message.</param>
public delegate void UntypedReceive(object message);

/// <summary>The base of all actors. One message is handled at a time; instances are made by the runtime only.</summary>
public abstract class ActorBase
{
    private readonly ActorCell _cell;
    private SupervisorStrategy? _strategy;

    /// <summary>Called by the runtime, which knows for which reference an instance is being made.</summary>
    /// <exception cref="ActorInitializationException">The constructor was called from somewhere else.</exception>
    protected ActorBase()
    {
        _cell = ActorCell.TakeUnderConstruction()
            ?? throw new ActorInitializationException($"An actor ({GetType()}) is made with ActorOf, not with new");
        if (this is IWithTimers timed)
        {
            timed.Timers = _cell.Timers;
        }
    }

    /// <summary>The context of the actor that runs on this thread.</summary>
    /// <exception cref="NotSupportedException">No actor does.</exception>
    protected static IActorContext Context =>
        ActorCell.Current ?? throw new NotSupportedException("No actor runs on this thread: the context belongs to the handler, not to code that goes on elsewhere");

    /// <summary>The actor's own reference.</summary>
    protected IActorRef Self => _cell.Self;

    /// <summary>The sender of the message in hand; the dead letters where there is none.</summary>
    protected IActorRef Sender => _cell.Sender;

    internal ActorCell RuntimeCell => _cell;

    internal SupervisorStrategy StrategyInUse => _strategy ??= _cell.Props.SupervisorStrategy ?? SupervisorStrategy() ?? Runtime.SupervisorStrategy.DefaultStrategy;

    /// <summary>Handles a message; false if it does not know it.</summary>
    /// <param name="message">The message.</param>
    protected abstract bool Receive(object message);

    /// <summary>Called before the first message, of every instance unless <see cref="PostRestart"/> is overridden.</summary>
    protected virtual void PreStart()
    {
    }

    /// <summary>Called after the last message and after the end of all children.</summary>
    protected virtual void PostStop()
    {
    }

    /// <summary>Called on the failed instance before it is replaced. Stops all children and calls <see cref="PostStop"/>.</summary>
    /// <param name="reason">Why it failed.</param>
    /// <param name="message">The message that it failed on, if any; it is not delivered again.</param>
    protected virtual void PreRestart(Exception reason, object? message)
    {
        foreach (var child in _cell.GetChildren())
        {
            _cell.Unwatch(child);
            _cell.Stop(child);
        }

        PostStop();
    }

    /// <summary>Called on the new instance. Calls <see cref="PreStart"/>.</summary>
    /// <param name="reason">Why the former one failed.</param>
    protected virtual void PostRestart(Exception reason) => PreStart();

    /// <summary>
    /// Called for a message without a handler: publishes an <see cref="UnhandledMessage"/>, or throws for a <see cref="Terminated"/>.
    /// </summary>
    /// <param name="message">The message.</param>
    /// <exception cref="DeathPactException">The message is a <see cref="Terminated"/>.</exception>
    protected virtual void Unhandled(object message)
    {
        if (message is Terminated terminated)
        {
            throw new DeathPactException(terminated.ActorRef);
        }

        _cell.System.EventStream.Publish(new UnhandledMessage(message, Sender, Self));
    }

    /// <summary>How this actor treats its children's failures; asked once for each instance, at the first failure.</summary>
    protected virtual SupervisorStrategy SupervisorStrategy() => Runtime.SupervisorStrategy.DefaultStrategy;

    /// <summary>Replaces the present behaviour from the next message on.</summary>
    /// <param name="receive">The new behaviour.</param>
    protected void Become(Receive receive) => _cell.Become(receive, isStacked: false);

    /// <summary>Puts a behaviour on top of the present one.</summary>
    /// <param name="receive">The new behaviour.</param>
    protected void BecomeStacked(Receive receive) => _cell.Become(receive, isStacked: true);

    /// <summary>Returns to the behaviour below; the last one stays.</summary>
    protected void UnbecomeStacked() => _cell.UnbecomeStacked();

    /// <summary>Asks for a <see cref="ReceiveTimeout"/> whenever no message came for so long; null ends it.</summary>
    /// <param name="timeout">More than zero, or null.</param>
    protected void SetReceiveTimeout(TimeSpan? timeout) => _cell.SetReceiveTimeout(timeout);

    internal virtual void OnConstructed()
    {
    }

    internal void InvokePreStart() => PreStart();

    internal void InvokePostStop() => PostStop();

    internal void InvokePreRestart(Exception reason, object? message) => PreRestart(reason, message);

    internal void InvokePostRestart(Exception reason) => PostRestart(reason);

    internal void InvokeReceive(Receive? behaviour, object message)
    {
        if (!(behaviour is null ? Receive(message) : behaviour(message)))
        {
            Unhandled(message);
        }
    }
}

/// <summary>An actor that handles all messages in one method.</summary>
public abstract class UntypedActor : ActorBase
{
    /// <inheritdoc/>
    protected sealed override bool Receive(object message)
    {
        OnReceive(message);
        return true;
    }

    /// <summary>Handles a message; what it does not know it passes to <c>Unhandled</c>.</summary>
    /// <param name="message">The message.</param>
    protected abstract void OnReceive(object message);

    /// <summary>Replaces the present behaviour from the next message on.</summary>
    /// <param name="receive">The new behaviour.</param>
    protected void Become(UntypedReceive receive) => Become(Wrap(receive));

    /// <summary>Puts a behaviour on top of the present one.</summary>
    /// <param name="receive">The new behaviour.</param>
    protected void BecomeStacked(UntypedReceive receive) => BecomeStacked(Wrap(receive));

    private static Receive Wrap(UntypedReceive receive) => message =>
    {
        receive(message);
        return true;
    };
}
