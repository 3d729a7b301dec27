namespace KillaBeez.TestKit.Kernel;

/// <summary>
/// Counts what reaches into a simulation from another thread than the one that drives it, and keeps the stack of the
/// first: with it a history does not repeat. Thread-safe.
/// </summary>
internal sealed class ForeignPosts
{
    /// <summary>What is in a stack, and what to do about it; the first that is found counts.</summary>
    private static readonly (string Sign, string Advice)[] _advices =
    [
        ("Akka.Actor.CoordinatedShutdown",
            "CoordinatedShutdown runs its phases on the thread pool, with deadlines of the real clock. Inside of a simulation end a system with Terminate."),
        ("Akka.Pattern.CircuitBreaker",
            "A CircuitBreaker goes on in the thread pool and reads the real clock. Keep it out of what is simulated."),
        ("System.Threading.TimerQueue",
            "A timer of the real clock fired, such as that of Task.Delay, CancellationTokenSource.CancelAfter or WaitAsync. Give it Simulation.TimeProvider, or use the actor's own timers."),
        ("Akka.Dispatch.Mailbox.Run",
            "An actor runs on a dispatcher with threads of its own. Take the dispatcher's type out of the configuration, or name one of the simulation's; Simulation.Warnings says which actor it is where that was seen."),
        ("PipeTo",
            "A task that was piped to an actor had completed on the thread pool: it came from Task.Run, ContinueWith or WaitAsync, or was completed by another thread. Ask(...).PipeTo(...) by itself is fine; else await the task in ReceiveAsync, or send a message that is answered to its Sender."),
        ("Akka.Dispatch.ActorTaskScheduler",
            "What an actor awaits in ReceiveAsync was completed by another thread: by Task.Run, by ConfigureAwait(false) on what completes inside, or by real input and output."),
        ("ApplicationContext.Post",
            "What application code awaits inside was completed by another thread: by Task.Run, by ConfigureAwait(false) on what completes inside, or by real input and output."),
        ("System.Threading.ThreadPoolWorkQueue",
            "Code on the thread pool told an actor something. Inside of a simulation use no Task.Run, no Parallel and no ConfigureAwait(false) on what completes inside."),
    ];

    private int _home = Environment.CurrentManagedThreadId;
    private long _count;
    private string? _first;

    public long Count => Interlocked.Read(ref _count);

    /// <summary>The stack of the first one, or null.</summary>
    public string? First => Volatile.Read(ref _first);

    /// <summary>Whether the calling thread is the one that drives.</summary>
    public bool IsHome => Volatile.Read(ref _home) == Environment.CurrentManagedThreadId;

    /// <summary>From now on the calling thread drives.</summary>
    public void MoveHere() => Volatile.Write(ref _home, Environment.CurrentManagedThreadId);

    /// <summary>Something is posted by the calling thread.</summary>
    public void Note()
    {
        if (!IsHome)
        {
            if (_first is null)
            {
                Interlocked.CompareExchange(ref _first, Environment.StackTrace, null);
            }

            Interlocked.Increment(ref _count);
        }
    }

    /// <summary>What happened and how it is avoided, or null where nothing has.</summary>
    public string? Describe()
    {
        if (Count == 0)
        {
            return null;
        }

        var stack = First!;
        var times = Count == 1 ? "once" : $"{Count} times";
        return $"Another thread reached into the simulation {times}, so its history does not repeat. {Advice(stack)} The first came from:{Environment.NewLine}{stack}";
    }

    private static string Advice(string stack)
    {
        foreach (var (sign, advice) in _advices)
        {
            if (stack.Contains(sign, StringComparison.Ordinal))
            {
                return advice;
            }
        }

        return "Whatever is done to a system from outside goes through Simulation.Do, on the thread that runs the simulation.";
    }
}
