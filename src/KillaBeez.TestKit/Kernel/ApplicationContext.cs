namespace KillaBeez.TestKit.Kernel;

/// <summary>
/// Where application code runs that is inside of a simulation but in no actor: what it awaits goes on as a step of the
/// simulation.
/// </summary>
internal sealed class ApplicationContext(SimulationKernel kernel) : SynchronizationContext
{
    public override void Post(SendOrPostCallback d, object? state) => kernel.Post(() => d(state));

    public override void Send(SendOrPostCallback d, object? state) =>
        throw new NotSupportedException("A simulation has one thread and cannot wait for itself: use Post.");

    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Runs application code; afterwards no context is current, as between all steps.</summary>
    public void Run(Action action)
    {
        SetSynchronizationContext(this);
        try
        {
            action();
        }
        finally
        {
            SetSynchronizationContext(null);
        }
    }
}
