using System.Reflection;

namespace KillaBeez.TestKit.Kernel;

/// <summary>
/// What runs in a simulation and reads the real clock or has threads of its own, where it can be seen without reaching in:
/// no foreign post gives it away, the history just does not repeat. Thread-safe.
/// </summary>
internal sealed class SimulationWarnings
{
    /// <summary>So that a long run that says the same of very many actors stays readable.</summary>
    private const int MaxWarnings = 100;

    private static readonly PropertyInfo? _strategy = typeof(ActorBase).GetProperty("SupervisorStrategyInternal", BindingFlags.Instance | BindingFlags.NonPublic);
    private static readonly PropertyInfo? _actor = typeof(ActorCell).GetProperty("Actor", BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public);

    private readonly Lock _lock = new();
    private readonly HashSet<string> _known = [];
    private readonly HashSet<string> _simulatedDispatchers = [];
    private readonly List<string> _all = [];

    /// <summary>All so far, each once.</summary>
    public IReadOnlyList<string> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _all];
            }
        }
    }

    /// <summary>A supervisor is told that a child failed.</summary>
    public void LookAtFailure(ActorCell supervisor)
    {
        if (_actor?.GetValue(supervisor) is not ActorBase actor || _strategy?.GetValue(actor) is not { } strategy)
        {
            return;
        }

        var (windowMs, retries) = strategy switch
        {
            OneForOneStrategy one => (one.WithinTimeRangeMilliseconds, one.MaxNumberOfRetries),
            AllForOneStrategy all => (all.WithinTimeRangeMilliseconds, all.MaxNumberOfRetries),
            _ => (-1, -1),
        };
        if (windowMs > 0 && retries > 0)
        {
            Add($"The supervisor strategy of {supervisor.Self.Path} counts failures within {windowMs} ms of the real clock, not of virtual time. Use one without a window, or count by Context.System.Scheduler.");
        }
    }

    /// <summary>An actor is told that it has a new child.</summary>
    public void LookAtChild(IActorRef child)
    {
        if (child is not ActorRefWithCell { Underlying: { } cell })
        {
            return;
        }

        var id = cell.Props.Dispatcher;
        lock (_lock)
        {
            if (_simulatedDispatchers.Contains(id))
            {
                return;
            }
        }

        var dispatchers = cell.System.Dispatchers;
        if (!dispatchers.HasDispatcher(id))
        {
            return;
        }

        if (dispatchers.Lookup(id) is ISimulatedDispatcher)
        {
            lock (_lock)
            {
                _simulatedDispatchers.Add(id);
            }
        }
        else
        {
            Add($"The actor {child.Path} runs on the dispatcher {id}, which has threads of its own: it is not simulated. Simulation.ConfigFor and CreateSystem replace those of their HOCON; this one was added later.");
        }
    }

    private void Add(string warning)
    {
        lock (_lock)
        {
            if (_all.Count < MaxWarnings && _known.Add(warning))
            {
                _all.Add(warning);
            }
        }
    }
}

/// <summary>Marks the dispatchers that belong to a simulation.</summary>
internal interface ISimulatedDispatcher;
