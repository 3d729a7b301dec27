using System.Collections.Concurrent;
using System.Globalization;
using Akka.Dispatch;
using Akka.Dispatch.SysMsg;

namespace KillaBeez.TestKit.Kernel;

/// <summary>
/// Runs what the plugged-in dispatchers and schedulers of any number of actor systems hand it, on one thread and one
/// virtual clock, one message a step.
/// </summary>
/// <remarks>
/// Each time a mailbox becomes ready it gets a priority: a keyed hash of the seed, its actor's path and how often that
/// actor was ready before. The least runs next. So it does not matter in which order Akka.NET made several mailboxes
/// ready within one step, which depends on hash sets of random uids and of strings, whose hashes differ from process
/// to process. For the same reason the history adds up what one step sends, and chains only the steps.
/// </remarks>
internal sealed class SimulationKernel : IDisposable
{
    // Distinct numbers for the kinds of steps that are no actor's.
    private const ulong PostedStep = 0x42;
    private const ulong RunnableStep = 0x43;
    private const ulong TimerStep = 0x71;
    private const ulong PriorityStride = 0x9E3779B97F4A7C15;

    private static readonly ConcurrentDictionary<string, SimulationKernel> _live = new();
    private static long _lastId;

    private readonly ulong _seed;
    private readonly Lock _lock = new();
    private readonly PriorityQueue<Work, (ulong Priority, long Number)> _ready = new();
    private readonly TimerQueue _timers = new();
    private readonly MailboxTable _mailboxes = new();
    private readonly Random _akkaRandom;
    private readonly int _stepLimit;
    private ulong _postCount;
    private ulong _sentInStep;
    private long _lastNumber;
    private bool _isRunning;

    /// <param name="seed">What decides.</param>
    /// <param name="stepLimit">How many steps a moment may have before the run is given up.</param>
    public SimulationKernel(ulong seed, int stepLimit)
    {
        _seed = SimulationHash.Mix(seed);
        _stepLimit = stepLimit;
        _akkaRandom = new Random(unchecked((int)_seed));
        Context = new ApplicationContext(this);
        Tasks = new SimulationTaskScheduler(this);
        Id = Interlocked.Increment(ref _lastId).ToString(CultureInfo.InvariantCulture);
        _live[Id] = this;
    }

    /// <summary>How configuration refers to this kernel.</summary>
    public string Id { get; }

    public long NowTicks { get; private set; }

    public TimeSpan Elapsed => new(NowTicks);

    public DateTimeOffset UtcNow => Simulation.Epoch.AddTicks(NowTicks);

    public ulong HistoryHash { get; private set; } = SimulationHash.Start;

    public long MessageCount { get; private set; }

    public long StepCount { get; private set; }

    public int TimerCount
    {
        get
        {
            lock (_lock)
            {
                return _timers.Count;
            }
        }
    }

    public int MailboxCount => _mailboxes.Count;

    public ForeignPosts ForeignPosts { get; } = new();

    public SimulationWarnings Warnings { get; } = new();

    public ApplicationContext Context { get; }

    public SimulationTaskScheduler Tasks { get; }

    /// <summary>Told of each message sent, for tests that compare two histories entry by entry.</summary>
    public Action<string>? Trace { get; set; }

    /// <summary>Told of what actors throw, as their supervisors are.</summary>
    public Action<(IActorRef Actor, Exception Cause)>? FailureObserver { get; set; }

    /// <summary>The kernel that a configuration refers to.</summary>
    public static SimulationKernel Of(string? id) => id is not null && _live.TryGetValue(id, out var kernel)
        ? kernel
        : throw new InvalidOperationException("The simulation of this actor system has been disposed, or its configuration does not come from Simulation.ConfigFor.");

    public void Dispose() => _live.TryRemove(Id, out _);

    /// <summary>
    /// Does something on the driving thread: meanwhile no synchronization context is current, as in an actor of a real
    /// system, and Akka.NET's random numbers are the seed's.
    /// </summary>
    public T Do<T>(Func<T> work)
    {
        var context = SynchronizationContext.Current;
        var random = AkkaRandom.Swap(_akkaRandom);
        SynchronizationContext.SetSynchronizationContext(null);
        if (!_isRunning)
        {
            ForeignPosts.MoveHere();
        }

        try
        {
            return work();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
            AkkaRandom.Swap(random);
        }
    }

    /// <summary>Runs application code as a step of its own, under <see cref="Context"/>.</summary>
    public void Post(Action action)
    {
        ForeignPosts.Note();
        lock (_lock)
        {
            Enqueue(new Work(Run: null, Mailbox: null, action), SimulationHash.Mix(_seed ^ SimulationHash.Mix(++_postCount << 1)));
        }
    }

    /// <summary>A mailbox, or something else that a dispatcher was given, is ready to run.</summary>
    public void Ready(IRunnable run)
    {
        lock (_lock)
        {
            if (run is Mailbox mailbox && _mailboxes.Find(mailbox) is { } known)
            {
                known.ReadyCount++;
                Enqueue(new Work(run, known, Action: null), SimulationHash.Mix(_seed ^ SimulationHash.Mix(known.Hash + (known.ReadyCount * PriorityStride))));
            }
            else
            {
                ForeignPosts.Note();
                Enqueue(new Work(run, Mailbox: null, Action: null), SimulationHash.Mix(_seed ^ SimulationHash.Mix((++_postCount << 1) | 1)));
            }
        }
    }

    /// <summary>
    /// An answer is on its way to an Ask, which has no mailbox: it arrives in a step of its own, so that what waits for it
    /// goes on by itself and not in the middle of whoever answers.
    /// </summary>
    public void Answer(SimulatedMailbox asker, object? message, IRunnable arrive)
    {
        NoteSent(asker.Hash, asker.Path, message?.GetType() ?? typeof(object));
        lock (_lock)
        {
            asker.ReadyCount++;
            Enqueue(new Work(arrive, asker, Action: null), SimulationHash.Mix(_seed ^ SimulationHash.Mix(asker.Hash + (asker.ReadyCount * PriorityStride))));
        }
    }

    /// <summary>An actor has come to life.</summary>
    public void Attach(ActorCell cell)
    {
        lock (_lock)
        {
            _mailboxes.Add(cell.Mailbox!, cell.Self.Path);
        }
    }

    /// <summary>An actor has ended.</summary>
    public void Detach(Mailbox mailbox)
    {
        lock (_lock)
        {
            _mailboxes.Remove(mailbox);
        }
    }

    /// <summary>A message is on its way to an actor.</summary>
    public void NoteSent(ActorCell cell, object message) => NoteSent(cell, message.GetType());

    /// <summary>A system message is on its way to an actor.</summary>
    public void NoteSystemSent(ActorCell cell, SystemMessage message)
    {
        switch (message)
        {
            case Failed failed:
                FailureObserver?.Invoke((failed.Child, failed.Cause));
                Warnings.LookAtFailure(cell);
                break;
            case Supervise supervise:
                Warnings.LookAtChild(supervise.Child);
                break;
        }

        NoteSent(cell, message.GetType());
    }

    /// <summary>Sets a timer.</summary>
    public void Add(SimulationTimer timer, TimeSpan delay)
    {
        ForeignPosts.Note();
        lock (_lock)
        {
            timer.DueTicks = NowTicks + Math.Clamp(delay.Ticks, 0, long.MaxValue - NowTicks);
            _timers.Add(timer);
        }
    }

    /// <summary>Runs until the condition holds or the virtual time is over; true where it holds.</summary>
    public bool Run(Func<bool> condition, TimeSpan limit)
    {
        if (_isRunning)
        {
            throw new InvalidOperationException("The simulation runs already; what runs inside waits with await.");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(limit, TimeSpan.Zero);

        return Do(() =>
        {
            _isRunning = true;
            try
            {
                return RunTo(NowTicks + Math.Min(limit.Ticks, long.MaxValue - NowTicks), condition);
            }
            finally
            {
                _isRunning = false;
            }
        });
    }

    private bool RunTo(long endTicks, Func<bool> condition)
    {
        var stepsNow = 0;
        while (true)
        {
            while (TryTake(out var work))
            {
                Execute(work);
                if (condition())
                {
                    return true;
                }

                CountStep(ref stepsNow, work.Mailbox);
            }

            if (!TryMoveClock(endTicks, out var moved))
            {
                return false;
            }

            stepsNow = moved ? 0 : stepsNow;

            // All that is due at this moment, so that the seed decides among what that makes ready.
            while (TryTakeDue(out var timer))
            {
                timer!.Fire();
                EndStep(TimerStep);
                if (condition())
                {
                    return true;
                }

                CountStep(ref stepsNow, mailbox: null);
            }
        }
    }

    private void CountStep(ref int stepsNow, SimulatedMailbox? mailbox)
    {
        if (++stepsNow > _stepLimit)
        {
            throw new InvalidOperationException(
                $"{_stepLimit} steps were made at {Elapsed} and there is no end of them; the last was of {mailbox?.Path.ToStringWithAddress() ?? "code outside of actors"}.");
        }
    }

    private void NoteSent(ActorCell cell, Type type)
    {
        ulong receiver;
        lock (_lock)
        {
            receiver = _mailboxes.HashOf(cell);
        }

        NoteSent(receiver, cell.Self.Path, type);
    }

    private void NoteSent(ulong receiver, ActorPath path, Type type)
    {
        ForeignPosts.Note();
        lock (_lock)
        {
            MessageCount++;
            _sentInStep += SimulationHash.Mix(receiver ^ SimulationHash.Of(type) ^ (ulong)NowTicks);
        }

        Trace?.Invoke($"{NowTicks} {type.Name} -> {path.ToStringWithAddress()}");
    }

    /// <summary>Goes to the next timer's time, or to the end where none is due before.</summary>
    private bool TryMoveClock(long endTicks, out bool moved)
    {
        lock (_lock)
        {
            if (!_timers.TryPeekDue(out var dueTicks) || dueTicks > endTicks)
            {
                NowTicks = Math.Max(NowTicks, endTicks);
                moved = false;
                return false;
            }

            moved = dueTicks > NowTicks;
            NowTicks = Math.Max(NowTicks, dueTicks);
            return true;
        }
    }

    private bool TryTake(out Work work)
    {
        lock (_lock)
        {
            return _ready.TryDequeue(out work, out _);
        }
    }

    private bool TryTakeDue(out SimulationTimer? timer)
    {
        lock (_lock)
        {
            if (_timers.TryTakeDue(NowTicks, out timer) && timer!.IntervalTicks > 0)
            {
                timer.DueTicks = NowTicks + timer.IntervalTicks;
                _timers.Add(timer);
            }

            return timer is not null;
        }
    }

    private void Execute(in Work work)
    {
        if (work.Action is null)
        {
            work.Run!.Run();
            EndStep(work.Mailbox?.Hash ?? RunnableStep);
            return;
        }

        Context.Run(work.Action);

        EndStep(PostedStep);
    }

    private void EndStep(ulong who)
    {
        StepCount++;
        HistoryHash = SimulationHash.Mix(HistoryHash ^ who ^ SimulationHash.Mix((ulong)NowTicks ^ _sentInStep));
        _sentInStep = 0;
    }

    private void Enqueue(Work work, ulong priority) => _ready.Enqueue(work, (priority, ++_lastNumber));

    /// <summary>One step: a mailbox or a runnable of a dispatcher, or an action of the application.</summary>
    private readonly record struct Work(IRunnable? Run, SimulatedMailbox? Mailbox, Action? Action);
}
