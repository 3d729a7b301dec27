using Akka.Dispatch;

namespace KillaBeez.TestKit.Kernel;

/// <summary>
/// Tasks as steps of a simulation. Actor systems are made under it, since what they attach to the end of their last actor,
/// ActorSystem.WhenTerminated among it, goes to whatever scheduler was current then: else that were the thread pool's.
/// </summary>
internal sealed class SimulationTaskScheduler(SimulationKernel kernel) : TaskScheduler
{
    public override int MaximumConcurrencyLevel => 1;

    /// <summary>Does something at once, with this scheduler current.</summary>
    public T Run<T>(Func<T> work)
    {
        var task = new Task<T>(work);
        task.RunSynchronously(this);
        return task.GetAwaiter().GetResult();
    }

    protected override void QueueTask(Task task) => kernel.Ready(new ActionRunnable(() => TryExecuteTask(task)));

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        !taskWasPreviouslyQueued && kernel.ForeignPosts.IsHome && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks() => [];
}
