namespace KillaBeez.Runtime;

/// <summary>
/// Runs any number of actor systems on one thread and one virtual clock. Which ready mailbox runs next is drawn from
/// the seed, one message at a time; when none is ready the clock jumps to the next timer. The same seed gives the
/// same history, to the last message, as long as nothing reaches in from other threads (see <see cref="ForeignPosts"/>):
/// in what runs inside no Task.Run, no ConfigureAwait(false), and no Task.Delay without <see cref="TimeProvider"/>.
/// </summary>
public sealed class Simulation
{
    /// <summary>How many steps may follow each other without the clock moving on, before a run is given up as stuck.</summary>
    public const int MaxStepsPerMoment = 20_000_000;

    private readonly SimulationDispatcher _dispatcher;
    private readonly SimulationTimers _timers = new();
    private readonly Scheduler _scheduler;
    private readonly SimulationSynchronizationContext _context;
    private int _stepsAtThisMoment;
    private bool _isRunning;
    private int _threadId;

    /// <summary>Starts a simulation at virtual time zero.</summary>
    /// <param name="seed">Any number; each gives another history.</param>
    public Simulation(ulong seed)
        : this(new SeededRandomSource(seed))
    {
    }

    /// <summary>Starts a simulation at virtual time zero.</summary>
    /// <param name="random">Where every choice comes from.</param>
    public Simulation(IRandomSource random)
    {
        ArgumentNullException.ThrowIfNull(random);
        Random = random;
        _dispatcher = new SimulationDispatcher(this, random);
        _scheduler = new Scheduler(_timers);
        _context = new SimulationSynchronizationContext(this);
        TimeProvider = new SimulationTimeProvider(_timers, _scheduler);
    }

    /// <summary>The date at virtual time zero: 2000-01-01 in UTC, so that dates are the same in every run.</summary>
    public static DateTimeOffset Epoch { get; } = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The virtual time.</summary>
    public Instant Now => Instant.FromElapsed(Elapsed);

    /// <summary>The virtual time since the start, at the clock's full resolution of 100 ns.</summary>
    public TimeSpan Elapsed => new(_timers.NowTicks);

    /// <summary>The virtual date and time.</summary>
    public DateTimeOffset UtcNow => _timers.UtcNow;

    /// <summary>The virtual clock for code that takes one: <c>Task.Delay(time, simulation.TimeProvider)</c>.</summary>
    public TimeProvider TimeProvider { get; }

    /// <summary>Where the choices come from; what runs inside may draw from it too.</summary>
    public IRandomSource Random { get; }

    /// <summary>
    /// A hash over all that happened: for each message handled its actor's path, its type and the virtual time. Two
    /// runs of one seed have equal hashes.
    /// </summary>
    public ulong HistoryHash => _dispatcher.HistoryHash;

    /// <summary>How many messages have been handled.</summary>
    public long MessageCount => _dispatcher.MessageCount;

    /// <summary>How many timers wait.</summary>
    public int TimerCount => _timers.Count;

    /// <summary>How often another thread reached in while the simulation ran. More than zero: the history is not repeatable.</summary>
    public long ForeignPosts => _dispatcher.ForeignPosts;

    /// <summary>The limit of <see cref="MaxStepsPerMoment"/>; a test of it need not wait so long.</summary>
    internal int StepLimit { get; init; } = MaxStepsPerMoment;

    /// <summary>Whether the simulation runs, and not on the calling thread.</summary>
    internal bool IsRunningElsewhere => _isRunning && Environment.CurrentManagedThreadId != _threadId;

    /// <summary>Makes an actor system on this simulation's thread and clock.</summary>
    /// <param name="name">Letters, digits, '-' and '_'; better another for each system, since it is part of the history.</param>
    public ActorSystem CreateSystem(string name) => new(name, _dispatcher, _timers, Random);

    /// <summary>Runs an action once, outside of any actor, in its turn among the ready mailboxes.</summary>
    /// <param name="action">The action. What it throws comes out of the run.</param>
    public void Post(Action action)
    {
        ArgumentNullException.ThrowIfNull(action);
        _dispatcher.Post(action);
    }

    /// <summary>Runs an action at a virtual time, outside of any actor. Actions of one moment run in the order of these calls.</summary>
    /// <param name="delay">How long from now; not negative.</param>
    /// <param name="action">The action. What it throws comes out of the run.</param>
    /// <returns>The means to call it off.</returns>
    public ICancelable Schedule(TimeSpan delay, Action action)
    {
        ArgumentNullException.ThrowIfNull(action);
        return _scheduler.Schedule(new ActionEntry(action), delay);
    }

    /// <summary>Runs for a virtual time; afterwards exactly so much has passed.</summary>
    /// <param name="time">How long; not negative.</param>
    public void RunFor(TimeSpan time) => Run(static () => false, time);

    /// <summary>Runs until a condition holds, asked after every step.</summary>
    /// <param name="condition">The condition.</param>
    /// <param name="limit">The longest virtual time to wait.</param>
    /// <returns>Whether it holds.</returns>
    public bool RunUntil(Func<bool> condition, TimeSpan limit)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return condition() || Run(condition, limit);
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
            throw new TimeoutException($"The task has not ended within {limit} of virtual time (now {Elapsed})");
        }

        task.GetAwaiter().GetResult();
    }

    /// <summary>Runs until a task has ended, and gives its result.</summary>
    /// <typeparam name="T">The type of the result.</typeparam>
    /// <param name="task">A task that something inside the simulation completes.</param>
    /// <param name="limit">The longest virtual time to wait.</param>
    /// <exception cref="TimeoutException">It has not ended in that time.</exception>
    public T RunUntilCompleted<T>(Task<T> task, TimeSpan limit)
    {
        RunUntilCompleted((Task)task, limit);
        return task.Result;
    }

    /// <summary>Runs without moving the clock until nothing is ready.</summary>
    public void RunReady() => Run(static () => false, TimeSpan.Zero);

    private bool Run(Func<bool> condition, TimeSpan limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, TimeSpan.Zero);
        if (_isRunning)
        {
            throw new InvalidOperationException("The simulation is running already; what runs inside cannot turn its clock");
        }

        var outer = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(_context);
        (_threadId, _isRunning) = (Environment.CurrentManagedThreadId, true);
        try
        {
            var endTicks = _timers.NowTicks + Math.Min(limit.Ticks, long.MaxValue - _timers.NowTicks);
            return RunTo(endTicks, condition);
        }
        finally
        {
            _isRunning = false;
            SynchronizationContext.SetSynchronizationContext(outer);
        }
    }

    private bool RunTo(long endTicks, Func<bool> condition)
    {
        while (true)
        {
            while (_dispatcher.RunOne())
            {
                if (NoteStep(condition))
                {
                    return true;
                }
            }

            if (_timers.NextDueTicks is var next && next > _timers.NowTicks)
            {
                _stepsAtThisMoment = 0;
                _timers.AdvanceTo(Math.Min(next, endTicks));
                if (next > endTicks)
                {
                    return false;
                }
            }

            // All that is due at this moment, so that the seed decides among what it makes ready.
            while (_timers.FireOne())
            {
                if (NoteStep(condition))
                {
                    return true;
                }
            }
        }
    }

    private bool NoteStep(Func<bool> condition)
    {
        if (++_stepsAtThisMoment > StepLimit)
        {
            throw new InvalidOperationException(
                $"{StepLimit} steps at virtual time {Elapsed} and still no end; the last message was for {_dispatcher.LastActor}");
        }

        return condition();
    }
}
