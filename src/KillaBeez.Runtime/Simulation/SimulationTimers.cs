namespace KillaBeez.Runtime.Internals;

/// <summary>The virtual clock.</summary>
internal sealed class SimulationTimers : TimerService
{
    private long _nowTicks;

    public override long NowTicks => _nowTicks;

    public override DateTimeOffset UtcNow => Simulation.Epoch.AddTicks(_nowTicks);

    public void AdvanceTo(long ticks) => _nowTicks = Math.Max(_nowTicks, ticks);

    protected override void OnNextDue(long dueTicks)
    {
        // The simulation looks at the next entry by itself.
    }
}

/// <summary>Brings the continuations of what runs inside back into the simulation.</summary>
internal sealed class SimulationSynchronizationContext(Simulation simulation) : SynchronizationContext
{
    public override void Post(SendOrPostCallback d, object? state) => simulation.Post(() => d(state));

    public override void Send(SendOrPostCallback d, object? state) =>
        throw new NotSupportedException("A simulation has one thread; there is nothing to wait for");

    public override SynchronizationContext CreateCopy() => this;
}
