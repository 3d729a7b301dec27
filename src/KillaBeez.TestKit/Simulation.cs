using Akka.Configuration;
using KillaBeez.TestKit.Kernel;
using KillaBeez.TestKit.Plugins;

namespace KillaBeez.TestKit;

/// <summary>
/// Runs any number of unmodified Akka.NET actor systems on one thread and one virtual clock. Which ready mailbox runs
/// next is decided by the seed, one message at a time; when none is ready the clock jumps to the next timer. The same
/// seed gives the same history, to the last message and in every process, as long as nothing reaches in from other
/// threads (see <see cref="ForeignPosts"/>). The actors may be anybody's: nothing here is about swarms.
/// </summary>
/// <remarks>
/// What is inside: actors, timers, Ask with its time limit, ReceiveAsync, PipeTo, stash, supervision, backoff, death watch,
/// Akka.Streams; and application code run by <see cref="Post"/> and <see cref="Schedule"/>, whose awaits come back
/// into the simulation. What leaves it (Task.Run, timers of the real clock) is counted, with its stack; what only reads
/// the real clock is said in <see cref="Warnings"/> where it can be seen (docs/testkit.md has the list).
/// Whatever is done to a system from outside, such as ActorOf and Terminate, goes through <see cref="Do(Action)"/>.
/// </remarks>
/// <example>
/// <code>
/// using var simulation = new Simulation(seed: 7);
/// var system = simulation.CreateSystem("shop");
/// var cart = simulation.Do(() => system.ActorOf(Props.Create(() => new Cart()), "cart"));
/// simulation.Do(() => cart.Tell(new Add("tea")));
/// simulation.RunFor(TimeSpan.FromHours(1));
/// </code>
/// </example>
public sealed class Simulation : IDisposable
{
    /// <summary>How many steps may follow each other without the clock moving on, before a run is given up as stuck.</summary>
    public const int MaxStepsPerMoment = 20_000_000;

    private readonly SimulationKernel _kernel;

    /// <summary>Starts a simulation at virtual time zero.</summary>
    /// <param name="seed">Any number; each gives another history.</param>
    public Simulation(ulong seed)
        : this(new SeededRandomSource(seed))
    {
    }

    /// <summary>Starts a simulation at virtual time zero.</summary>
    /// <param name="random">Where every choice comes from.</param>
    public Simulation(IRandomSource random)
        : this(random, MaxStepsPerMoment)
    {
    }

    /// <summary>With another limit than <see cref="MaxStepsPerMoment"/>, so that a test of it need not wait so long.</summary>
    internal Simulation(IRandomSource random, int stepLimit)
    {
        ArgumentNullException.ThrowIfNull(random);
        Random = random;
        _kernel = new SimulationKernel(random.NextUInt64(), stepLimit);
        TimeProvider = new SimulationTimeProvider(_kernel);
    }

    /// <summary>The date at virtual time zero: 2000-01-01 in UTC, so that dates are the same in every run.</summary>
    public static DateTimeOffset Epoch { get; } = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The virtual time.</summary>
    public Instant Now => Instant.FromElapsed(Elapsed);

    /// <summary>The virtual time since the start, at the clock's full resolution of 100 ns.</summary>
    public TimeSpan Elapsed => _kernel.Elapsed;

    /// <summary>The virtual date and time.</summary>
    public DateTimeOffset UtcNow => _kernel.UtcNow;

    /// <summary>The virtual clock for code that takes one: <c>Task.Delay(time, simulation.TimeProvider)</c>.</summary>
    public TimeProvider TimeProvider { get; }

    /// <summary>Where the choices come from; what runs inside may draw from it too.</summary>
    public IRandomSource Random { get; }

    /// <summary>
    /// What is current while application code runs inside: its awaits go on as steps of the simulation. Actors run with
    /// none, as they do in a real system.
    /// </summary>
    public SynchronizationContext ApplicationContext => _kernel.Context;

    /// <summary>
    /// A hash over all that happened: for each message sent its receiver's path, its type and the virtual time. Two runs
    /// of one seed have equal hashes.
    /// </summary>
    public ulong HistoryHash => _kernel.HistoryHash;

    /// <summary>How many messages were sent, system messages among them.</summary>
    public long MessageCount => _kernel.MessageCount;

    /// <summary>How many steps were made: a message handled, a timer fired, a piece of application code run.</summary>
    public long StepCount => _kernel.StepCount;

    /// <summary>How many timers wait.</summary>
    public int TimerCount => _kernel.TimerCount;

    /// <summary>How often another thread reached in, also between two runs. More than zero: the history is not repeatable.</summary>
    public long ForeignPosts => _kernel.ForeignPosts.Count;

    /// <summary>The stack of the first foreign post, or null where there was none.</summary>
    public string? FirstForeignPost => _kernel.ForeignPosts.First;

    /// <summary>
    /// What runs inside but reads the real clock, or has threads of its own, as far as that can be seen: supervisor
    /// strategies that count failures within a time, and actors on dispatchers that are not the simulation's. A history with one of these may not repeat, though nothing reached in.
    /// </summary>
    public IReadOnlyList<string> Warnings => _kernel.Warnings.All;

    /// <summary>Told of what actors throw, when their supervisors are.</summary>
    public Action<(IActorRef Actor, Exception Cause)>? FailureObserver
    {
        get => _kernel.FailureObserver;
        set => _kernel.FailureObserver = value;
    }

    /// <summary>Told of every message sent, as a line: virtual time in ticks, type, receiver. For comparing two histories.</summary>
    public Action<string>? Trace
    {
        get => _kernel.Trace;
        set => _kernel.Trace = value;
    }

    /// <summary>How many actors are alive, Akka.NET's own among them.</summary>
    internal int ActorCount => _kernel.MailboxCount;

    /// <summary>
    /// The configuration of a system in this simulation, for those who make their systems themselves. The
    /// <see cref="ActorSystem.WhenTerminated"/> of such a system completes in the thread pool, so better let
    /// <see cref="CreateSystem"/> make it.
    /// </summary>
    /// <param name="hocon">Settings of your own, which win over the simulation's, but that dispatchers become the simulation's and there are no loggers; null for none.</param>
    public Config ConfigFor(string? hocon = null) => SimulationConfig.For(_kernel, hocon is null ? null : ConfigurationFactory.ParseString(hocon));

    /// <summary>Makes an actor system on this simulation's thread and clock.</summary>
    /// <param name="name">Letters, digits and '-'; better another for each system, since it is part of the history.</param>
    /// <param name="hocon">Settings of your own; null for none.</param>
    public ActorSystem CreateSystem(string name, string? hocon = null) =>
        _kernel.Do(() => _kernel.Tasks.Run(() => ActorSystem.Create(name, ConfigFor(hocon))));

    /// <summary>Does what is no step of the simulation, such as ActorOf from a test: uids and temporary names are the seed's too.</summary>
    public void Do(Action work)
    {
        ArgumentNullException.ThrowIfNull(work);
        _kernel.Do(() =>
        {
            work();
            return true;
        });
    }

    /// <summary>Does what is no step of the simulation, and gives what comes of it.</summary>
    public T Do<T>(Func<T> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        return _kernel.Do(work);
    }

    /// <summary>Runs an action once, outside of any actor, in its turn among the ready mailboxes.</summary>
    /// <param name="action">The action. What it throws comes out of the run.</param>
    public void Post(Action action)
    {
        ArgumentNullException.ThrowIfNull(action);
        _kernel.Post(action);
    }

    /// <summary>Runs an action at a virtual time, outside of any actor. Actions of one moment run in the order of these calls.</summary>
    /// <param name="delay">How long from now; not negative.</param>
    /// <param name="action">The action. What it throws comes out of the run.</param>
    /// <returns>The means to call it off.</returns>
    public ICancelable Schedule(TimeSpan delay, Action action)
    {
        ArgumentNullException.ThrowIfNull(action);
        var cancelable = new SimulationCancelable(_kernel);
        _kernel.Add(SimulationTimer.Run(() => _kernel.Context.Run(action), cancelable), delay);
        return cancelable;
    }

    /// <summary>Runs for a virtual time; afterwards exactly so much has passed.</summary>
    /// <param name="time">How long; not negative.</param>
    public void RunFor(TimeSpan time) => _kernel.Run(static () => false, time);

    /// <summary>Runs what is ready now, and what that makes ready, without letting time pass.</summary>
    public void RunReady() => _kernel.Run(static () => false, TimeSpan.Zero);

    /// <summary>Runs until a condition holds, asked after every step.</summary>
    /// <param name="condition">The condition.</param>
    /// <param name="limit">The longest virtual time to wait.</param>
    /// <returns>Whether it holds.</returns>
    public bool RunUntil(Func<bool> condition, TimeSpan limit)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return condition() || _kernel.Run(condition, limit);
    }

    /// <summary>Runs until a task has ended, and throws what it failed with.</summary>
    /// <param name="task">A task that something inside the simulation completes.</param>
    /// <param name="limit">The longest virtual time to wait.</param>
    /// <exception cref="TimeoutException">It has not ended in that time.</exception>
    public void RunUntilCompleted(Task task, TimeSpan limit)
    {
        ArgumentNullException.ThrowIfNull(task);
        if (!RunUntil(() => task.IsCompleted, limit))
        {
            throw new TimeoutException($"The task has not ended within {limit} of virtual time (it is {Elapsed} now). {_kernel.ForeignPosts.Describe()}".TrimEnd());
        }

        task.GetAwaiter().GetResult();
    }

    /// <summary>Runs until a task has ended, gives its result, and throws what it failed with.</summary>
    /// <param name="task">A task that something inside the simulation completes.</param>
    /// <param name="limit">The longest virtual time to wait.</param>
    /// <exception cref="TimeoutException">It has not ended in that time.</exception>
    public T RunUntilCompleted<T>(Task<T> task, TimeSpan limit)
    {
        RunUntilCompleted((Task)task, limit);
        return task.GetAwaiter().GetResult();
    }

    /// <summary>Throws if another thread has reached in: says what usually does that, and where the first came from.</summary>
    /// <exception cref="InvalidOperationException"><see cref="ForeignPosts"/> is more than zero.</exception>
    public void ThrowIfForeign()
    {
        if (_kernel.ForeignPosts.Describe() is { } description)
        {
            throw new InvalidOperationException(description);
        }
    }

    /// <summary>Forgets the simulation. Its systems are not terminated: they just never run again.</summary>
    public void Dispose() => _kernel.Dispose();
}
