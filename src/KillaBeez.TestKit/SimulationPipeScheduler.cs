using System.IO.Pipelines;

namespace KillaBeez.TestKit;

/// <summary>
/// Runs the continuations of code that reads and writes substreams: in a step of the simulation of their own, and
/// with no synchronization context. So those that captured the simulation's are posted to it, and those that gave it
/// up with ConfigureAwait(false), as the framework's streams do, go on at once instead of on the thread pool.
/// </summary>
internal sealed class SimulationPipeScheduler(Simulation simulation) : PipeScheduler
{
    public override void Schedule(Action<object?> action, object? state) => simulation.Post(() =>
    {
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            action(state);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    });
}
