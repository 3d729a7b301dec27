namespace KillaBeez.TestKit.Kernel;

/// <summary>
/// Counts what reaches into a simulation from another thread than the one that drives it, and keeps the stack of the
/// first: with it a history does not repeat. Thread-safe.
/// </summary>
internal sealed class ForeignPosts
{
    private int _home = Environment.CurrentManagedThreadId;
    private long _count;
    private volatile string? _first;

    public long Count => Interlocked.Read(ref _count);

    /// <summary>The stack of the first one, or null.</summary>
    public string? First => _first;

    /// <summary>From now on the calling thread drives.</summary>
    public void MoveHere() => Volatile.Write(ref _home, Environment.CurrentManagedThreadId);

    /// <summary>Something is posted by the calling thread.</summary>
    public void Note()
    {
        if (Volatile.Read(ref _home) != Environment.CurrentManagedThreadId && Interlocked.Increment(ref _count) == 1)
        {
            _first = Environment.StackTrace;
        }
    }

    /// <summary>What happened and how it is avoided, or null where nothing has.</summary>
    public string? Describe()
    {
        if (Count == 0)
        {
            return null;
        }

        var stack = _first ?? "(its stack is just being taken)";
        return $"Another thread reached into the simulation {Count} times, so its history does not repeat. {Advice(stack)} The first came from:{Environment.NewLine}{stack}";
    }

    private static string Advice(string stack) => stack switch
    {
        _ when stack.Contains("PipeTo", StringComparison.Ordinal) =>
            "A task that was piped to an actor had completed on the thread pool: Ask(...).PipeTo(...) does so always. Await the task in ReceiveAsync, or send a message that is answered to its Sender.",
        _ when stack.Contains("TimerQueue", StringComparison.Ordinal) =>
            "A timer of the real clock fired, such as that of Ask(..., timeout), Task.Delay or CancellationTokenSource.CancelAfter. Give it the simulation's TimeProvider.",
        _ when stack.Contains("ActorTaskScheduler", StringComparison.Ordinal) || stack.Contains("SynchronizationContext", StringComparison.Ordinal) =>
            "Something that is awaited inside was completed outside: by the thread pool, another thread or the real clock.",
        _ => "Inside of a simulation use no Task.Run, no ConfigureAwait(false) on what completes inside, no blocking wait and no timer of the real clock; from outside use Simulation.Do.",
    };
}
