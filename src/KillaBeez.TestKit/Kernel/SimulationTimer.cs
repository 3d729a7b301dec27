using Akka.Dispatch;

namespace KillaBeez.TestKit.Kernel;

/// <summary>Something that happens at a virtual time, once or again and again.</summary>
internal sealed class SimulationTimer
{
    private readonly Action _fire;

    private SimulationTimer(Action fire, ICancelable? cancelable, TimeSpan interval)
    {
        _fire = fire;
        Cancelable = cancelable;
        IntervalTicks = interval.Ticks;
    }

    /// <summary>The virtual time at which it fires next.</summary>
    public long DueTicks { get; set; }

    /// <summary>0 for once.</summary>
    public long IntervalTicks { get; }

    public bool IsCanceled => Cancelable?.IsCancellationRequested == true;

    private ICancelable? Cancelable { get; }

    public static SimulationTimer Tell(ICanTell receiver, object message, IActorRef sender, ICancelable? cancelable, TimeSpan interval = default) =>
        new(() => receiver.Tell(message, sender), cancelable, interval);

    public static SimulationTimer Run(Action action, ICancelable? cancelable, TimeSpan interval = default) => new(action, cancelable, interval);

    public static SimulationTimer Run(IRunnable runnable, ICancelable? cancelable, TimeSpan interval = default) => new(runnable.Run, cancelable, interval);

    public void Fire() => _fire();
}
