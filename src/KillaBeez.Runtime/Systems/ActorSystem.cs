using System.Diagnostics.CodeAnalysis;

namespace KillaBeez.Runtime;

/// <summary>A tree of actors with a scheduler and an event stream of its own.</summary>
public sealed class ActorSystem : IActorRefFactory
{
    private readonly TaskCompletionSource _terminated;
    private readonly ActorCell _guardian;
    private readonly ActorPath _temporary;
    private readonly CoordinatedShutdown _shutdown;
    private int _lastUid;
    private long _lastTemporary;

    internal ActorSystem(string name, Dispatcher dispatcher, TimerService timers, IRandomSource random)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (!name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') || name[0] is '-' or '_')
        {
            throw new ArgumentException($"'{name}' may not be a system's name: letters, digits, '-' and '_' only, a letter or digit first", nameof(name));
        }

        Name = name;
        Dispatcher = dispatcher;
        Random = random;
        InternalScheduler = new Scheduler(timers);
        EventStream = new EventStream();
        _terminated = NewCompletion<TaskCompletionSource>(options => new TaskCompletionSource(options));
        _shutdown = new CoordinatedShutdown(this);
        var root = ActorPath.Root(name);
        _temporary = root.Of("temp");
        DeadLetters = new DeadLettersRef(this, root.Of("deadLetters"));
        _guardian = new ActorCell(this, Props.Create<Guardian>(), new RootRef(this, root), root.Of("user"));
        _guardian.EnqueueSystem(new Create());
    }

    /// <summary>The system's name.</summary>
    public string Name { get; }

    /// <summary>Tells messages later, and knows the time.</summary>
    public IScheduler Scheduler => InternalScheduler;

    /// <summary>Where dead letters and unhandled messages, and whatever else, are published.</summary>
    public EventStream EventStream { get; }

    /// <summary>Takes messages that have no recipient and publishes them as <see cref="DeadLetter"/>.</summary>
    public IActorRef DeadLetters { get; }

    /// <summary>Completes when every actor has stopped.</summary>
    public Task WhenTerminated => _terminated.Task;

    internal Dispatcher Dispatcher { get; }

    internal Scheduler InternalScheduler { get; }

    internal IRandomSource Random { get; }

    internal CoordinatedShutdown Shutdown => _shutdown;

    /// <summary>Sees every exception that an actor has thrown, whatever its supervisor makes of it. Called on the actor's thread.</summary>
    internal Action<ActorFailure>? FailureObserver { get; set; }

    /// <summary>Starts a system on the thread pool.</summary>
    /// <param name="name">Letters, digits, '-' and '_'.</param>
    public static ActorSystem Create(string name) =>
        new(name, ThreadPoolDispatcher.Instance, new ClockTimerService(), SystemRandomSource.Instance);

    /// <inheritdoc/>
    public IActorRef ActorOf(Props props, string? name = null) => _guardian.ActorOf(props, name);

    /// <inheritdoc/>
    public void Stop(IActorRef actor) => _guardian.Stop(actor);

    /// <summary>Runs the tasks of <see cref="CoordinatedShutdown"/> and then stops every actor.</summary>
    /// <returns>The same as <see cref="WhenTerminated"/>.</returns>
    public Task Terminate()
    {
        _ = _shutdown.Run(CoordinatedShutdown.ActorSystemTerminateReason.Instance);
        return WhenTerminated;
    }

    /// <inheritdoc/>
    public override string ToString() => $"akka://{Name}";

    internal int NextUid() => Interlocked.Increment(ref _lastUid);

    internal ActorPath NextTemporaryPath() => _temporary.Of("$" + Interlocked.Increment(ref _lastTemporary));

    /// <summary>
    /// A completion whose continuations do not run inside the actor that completes it: on the thread pool elsewhere,
    /// in a simulation by <see cref="Complete"/>, since a simulation must not touch the pool.
    /// </summary>
    internal T NewCompletion<T>(Func<TaskCreationOptions, T> make) =>
        make(Dispatcher.IsSimulated ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously);

    internal void Complete(Action complete)
    {
        if (Dispatcher.IsSimulated)
        {
            Dispatcher.Post(complete);
        }
        else
        {
            complete();
        }
    }

    internal void StopGuardian() => _guardian.SelfRef.Stop();

    internal void OnGuardianEnded()
    {
        InternalScheduler.End();
        Complete(() => _terminated.TrySetResult());
    }

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "An observer may not hurt the actor that it observes.")]
    internal void ReportFailure(IActorRef actor, Exception cause, object? message)
    {
        try
        {
            FailureObserver?.Invoke(new ActorFailure(actor, cause, message));
        }
        catch (Exception)
        {
            // There is nobody left to tell.
        }
    }

    /// <summary>The parent of all top-level actors, under the default strategy.</summary>
    private sealed class Guardian : UntypedActor
    {
        protected override void OnReceive(object message) => Unhandled(message);
    }

    /// <summary>The guardian's parent: no actor, only the end of the system.</summary>
    private sealed class RootRef(ActorSystem system, ActorPath path) : InternalActorRef
    {
        public override ActorPath Path => path;

        public override ActorSystem System => system;

        public override void Tell(object message, IActorRef? sender) => system.DeadLetters.Tell(message, sender);

        public override void SendSystem(SystemMessage message)
        {
            switch (message)
            {
                case DeathWatchNotification:
                    system.OnGuardianEnded();
                    break;
                case Failed:
                    // Top-level actors never escalate past the guardian, so this is a failure of the guardian itself.
                    _ = system.Terminate();
                    break;
                default:
                    AnswerAsDead(message);
                    break;
            }
        }
    }
}

/// <summary>An exception that an actor has thrown.</summary>
/// <param name="Actor">The actor.</param>
/// <param name="Cause">The exception.</param>
/// <param name="Message">The message in hand, if any.</param>
internal readonly record struct ActorFailure(IActorRef Actor, Exception Cause, object? Message);
