using System.Diagnostics.CodeAnalysis;

namespace KillaBeez.Runtime;

/// <summary>
/// The orderly end of an actor system: tasks in phases, while the actors still answer; then the actors stop. A task
/// that fails or takes longer than its phase may is left behind, and the next phase begins.
/// </summary>
public sealed class CoordinatedShutdown
{
    /// <summary>The first phase: before the service stops to take new work.</summary>
    public const string PhaseBeforeServiceUnbind = "before-service-unbind";

    /// <summary>Take no new work.</summary>
    public const string PhaseServiceUnbind = "service-unbind";

    /// <summary>Wait for the work under way.</summary>
    public const string PhaseServiceRequestsDone = "service-requests-done";

    /// <summary>End the service.</summary>
    public const string PhaseServiceStop = "service-stop";

    /// <summary>The last phase while actors live.</summary>
    public const string PhaseBeforeActorSystemTerminate = "before-actor-system-terminate";

    /// <summary>The actors stop.</summary>
    public const string PhaseActorSystemTerminate = "actor-system-terminate";

    /// <summary>How long the tasks of one phase may take together.</summary>
    internal static readonly TimeSpan PhaseTimeout = TimeSpan.FromSeconds(5);

    private static readonly string[] Phases =
    [
        PhaseBeforeServiceUnbind,
        PhaseServiceUnbind,
        PhaseServiceRequestsDone,
        PhaseServiceStop,
        PhaseBeforeActorSystemTerminate,
        PhaseActorSystemTerminate,
    ];

    private readonly ActorSystem _system;
    private readonly Lock _gate = new();
    private readonly List<(string Phase, string Name, Func<Task<Done>> Run)> _tasks = [];
    private readonly TaskCompletionSource<Done> _completed;
    private Reason? _reason;

    internal CoordinatedShutdown(ActorSystem system)
    {
        _system = system;
        _completed = system.NewCompletion(options => new TaskCompletionSource<Done>(options));
    }

    /// <summary>Why the shutdown runs, or null before it does.</summary>
    public Reason? ShutdownReason => _reason;

    /// <summary>The shutdown of a system.</summary>
    /// <param name="sys">The system.</param>
    public static CoordinatedShutdown Get(ActorSystem sys)
    {
        ArgumentNullException.ThrowIfNull(sys);
        return sys.Shutdown;
    }

    /// <summary>Adds a task to a phase. The tasks of one phase run side by side.</summary>
    /// <param name="phase">One of the phases.</param>
    /// <param name="taskName">What it is called in diagnostics.</param>
    /// <param name="task">Starts it.</param>
    /// <exception cref="ArgumentException">There is no such phase.</exception>
    public void AddTask(string phase, string taskName, Func<Task<Done>> task)
    {
        ArgumentNullException.ThrowIfNull(task);
        if (!Phases.Contains(phase))
        {
            throw new ArgumentException($"There is no phase '{phase}'", nameof(phase));
        }

        lock (_gate)
        {
            _tasks.Add((phase, taskName, task));
        }
    }

    /// <summary>Runs the phases, once: a second call returns the same end.</summary>
    /// <param name="reason">Why.</param>
    /// <returns>Completes when the actor system has terminated.</returns>
    public Task<Done> Run(Reason reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        if (Interlocked.CompareExchange(ref _reason, reason, null) is null)
        {
            _system.Dispatcher.Post(() => _ = RunPhases());
        }

        return _completed.Task;
    }

    private async Task RunPhases()
    {
        foreach (var phase in Phases)
        {
            List<(string Phase, string Name, Func<Task<Done>> Run)> tasks;
            lock (_gate)
            {
                tasks = _tasks.FindAll(task => task.Phase == phase);
            }

            if (tasks.Count > 0)
            {
                await RunPhase(tasks.ConvertAll(task => RunTask(task.Run)));
            }
        }

        _system.StopGuardian();
        await _system.WhenTerminated;
        _system.Complete(() => _completed.TrySetResult(Done.Instance));
    }

    private async Task RunPhase(List<Task> tasks)
    {
        var timeout = _system.NewCompletion(options => new TaskCompletionSource(options));
        var alarm = _system.InternalScheduler.Schedule(new ActionEntry(() => timeout.TrySetResult()), PhaseTimeout);
        await Task.WhenAny(Task.WhenAll(tasks), timeout.Task);
        alarm.Cancel();
    }

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "A task that fails must not keep the system from ending.")]
    private async Task RunTask(Func<Task<Done>> run)
    {
        try
        {
            await run();
        }
        catch (Exception e)
        {
            _system.ReportFailure(_system.DeadLetters, e, null);
        }
    }

    /// <summary>Why a system shuts down.</summary>
    [SuppressMessage("Design", "CA1034:Nested types should not be visible", Justification = "Akka's names.")]
    public abstract class Reason
    {
        private protected Reason()
        {
        }
    }

    /// <summary>The process ends.</summary>
    [SuppressMessage("Design", "CA1034:Nested types should not be visible", Justification = "Akka's names.")]
    public sealed class ClrExitReason : Reason
    {
        private ClrExitReason()
        {
        }

        /// <summary>The only instance.</summary>
        public static Reason Instance { get; } = new ClrExitReason();
    }

    /// <summary><see cref="ActorSystem.Terminate"/> was called.</summary>
    [SuppressMessage("Design", "CA1034:Nested types should not be visible", Justification = "Akka's names.")]
    public sealed class ActorSystemTerminateReason : Reason
    {
        private ActorSystemTerminateReason()
        {
        }

        /// <summary>The only instance.</summary>
        public static Reason Instance { get; } = new ActorSystemTerminateReason();
    }
}
