namespace KillaBeez.Runtime;

/// <summary>What a parent does about a child that has failed.</summary>
public enum Directive
{
    /// <summary>Go on with the next message; the state is kept.</summary>
    Resume,

    /// <summary>Replace the actor by a new instance; the mailbox is kept.</summary>
    Restart,

    /// <summary>Fail oneself with the same exception.</summary>
    Escalate,

    /// <summary>End the actor.</summary>
    Stop,
}

/// <summary>How a parent treats children that fail.</summary>
public abstract class SupervisorStrategy
{
    private readonly Func<Exception, Directive> _decider;
    private readonly int _maxNrOfRetries;
    private readonly long _windowTicks;

    private protected SupervisorStrategy(int? maxNrOfRetries, TimeSpan? withinTimeRange, Func<Exception, Directive>? decider)
    {
        _maxNrOfRetries = maxNrOfRetries ?? -1;
        _windowTicks = withinTimeRange is { } window && window != Timeout.InfiniteTimeSpan ? window.Ticks : 0;
        _decider = decider ?? DefaultDecision;
    }

    /// <summary>
    /// Each child alone; Stop for <see cref="ActorInitializationException"/>, <see cref="ActorKilledException"/> and
    /// <see cref="DeathPactException"/>, else Restart, without limit.
    /// </summary>
    public static SupervisorStrategy DefaultStrategy { get; } = new OneForOneStrategy(DefaultDecision);

    /// <summary>Each child alone; Stop, always.</summary>
    public static SupervisorStrategy StoppingStrategy { get; } = new OneForOneStrategy(_ => Directive.Stop);

    internal static Directive DefaultDecision(Exception cause) =>
        cause is ActorInitializationException or ActorKilledException or DeathPactException ? Directive.Stop : Directive.Restart;

    internal Directive Decide(Exception cause) => _decider(cause);

    /// <summary>Decides and acts; false means that the parent fails with the same exception.</summary>
    internal bool HandleFailure(ActorCell parent, ChildRecord child, Exception cause)
    {
        switch (_decider(cause))
        {
            case Directive.Resume:
                child.Ref.SendSystem(new Resume(cause));
                return true;
            case Directive.Restart:
                ProcessFailure(parent, child, cause, isRestart: true);
                return true;
            case Directive.Stop:
                ProcessFailure(parent, child, cause, isRestart: false);
                return true;
            default:
                return false;
        }
    }

    internal abstract void ProcessFailure(ActorCell parent, ChildRecord child, Exception cause, bool isRestart);

    private protected bool MayRestart(ActorCell parent, ChildRecord child) =>
        child.MayRestart(_maxNrOfRetries, _windowTicks, parent.System.InternalScheduler.MonotonicClock.Ticks);
}

/// <summary>A failure concerns the child that failed, and no other.</summary>
public sealed class OneForOneStrategy : SupervisorStrategy
{
    /// <summary>Sets the strategy.</summary>
    /// <param name="maxNrOfRetries">Restarts before the child is stopped; 0 is none, null or -1 any number (one, if there is a time range).</param>
    /// <param name="withinTimeRange">The time within which restarts are counted; null is for ever.</param>
    /// <param name="localOnlyDecider">What to do about an exception; Akka's default where null.</param>
    public OneForOneStrategy(int? maxNrOfRetries, TimeSpan? withinTimeRange, Func<Exception, Directive>? localOnlyDecider)
        : base(maxNrOfRetries, withinTimeRange, localOnlyDecider)
    {
    }

    /// <summary>Sets the strategy, with any number of restarts.</summary>
    /// <param name="localOnlyDecider">What to do about an exception.</param>
    public OneForOneStrategy(Func<Exception, Directive> localOnlyDecider)
        : base(null, null, localOnlyDecider)
    {
    }

    internal override void ProcessFailure(ActorCell parent, ChildRecord child, Exception cause, bool isRestart)
    {
        if (isRestart && MayRestart(parent, child))
        {
            child.Ref.SendSystem(new Recreate(cause));
        }
        else
        {
            parent.Stop(child.Ref);
        }
    }
}

/// <summary>A failure concerns all children: what is done to the one that failed is done to its siblings.</summary>
public sealed class AllForOneStrategy : SupervisorStrategy
{
    /// <summary>Sets the strategy.</summary>
    /// <param name="maxNrOfRetries">Restarts before the children are stopped; 0 is none, null or -1 any number (one, if there is a time range).</param>
    /// <param name="withinTimeRange">The time within which restarts are counted; null is for ever.</param>
    /// <param name="localOnlyDecider">What to do about an exception; Akka's default where null.</param>
    public AllForOneStrategy(int? maxNrOfRetries, TimeSpan? withinTimeRange, Func<Exception, Directive>? localOnlyDecider)
        : base(maxNrOfRetries, withinTimeRange, localOnlyDecider)
    {
    }

    /// <summary>Sets the strategy, with any number of restarts.</summary>
    /// <param name="localOnlyDecider">What to do about an exception.</param>
    public AllForOneStrategy(Func<Exception, Directive> localOnlyDecider)
        : base(null, null, localOnlyDecider)
    {
    }

    internal override void ProcessFailure(ActorCell parent, ChildRecord child, Exception cause, bool isRestart)
    {
        var all = parent.ChildRecords();
        if (isRestart && all.TrueForAll(each => MayRestart(parent, each)))
        {
            all.ForEach(each => each.Ref.SendSystem(new Recreate(cause)));
        }
        else
        {
            all.ForEach(each => parent.Stop(each.Ref));
        }
    }
}
