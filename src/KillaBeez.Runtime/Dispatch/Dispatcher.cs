namespace KillaBeez.Runtime.Internals;

/// <summary>Decides when and on which thread a mailbox runs.</summary>
internal abstract class Dispatcher
{
    /// <summary>How many messages an actor may handle before another gets the thread.</summary>
    public abstract int Throughput { get; }

    /// <summary>Runs the work item once, later.</summary>
    public abstract void Schedule(IThreadPoolWorkItem work);

    /// <summary>Whether everything runs on one thread: then nothing may be left to the thread pool.</summary>
    public virtual bool IsSimulated => false;

    /// <summary>Called in a simulation for every message before its handler; the history is written here.</summary>
    public virtual void Observe(ActorCell cell, object message)
    {
    }

    /// <summary>Runs an action once, later, outside of any actor.</summary>
    public void Post(Action action) => Schedule(new PostedAction(action));

    private sealed class PostedAction(Action action) : IThreadPoolWorkItem
    {
        public void Execute() => action();
    }
}

/// <summary>The production dispatcher: the process's thread pool.</summary>
internal sealed class ThreadPoolDispatcher : Dispatcher
{
    public static ThreadPoolDispatcher Instance { get; } = new();

    public override int Throughput => 30;

    // The global queue is first in, first out: busy actors cannot starve others, as they could on a worker's own stack.
    public override void Schedule(IThreadPoolWorkItem work) => ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false);
}
