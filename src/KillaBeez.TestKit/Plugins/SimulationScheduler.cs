using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;
using KillaBeez.TestKit.Kernel;

namespace KillaBeez.TestKit.Plugins;

/// <summary>
/// The scheduler of a simulated actor system, on the simulation's clock; Akka.NET finds it by its name in HOCON.
/// </summary>
/// <param name="config">The system's configuration, which names the simulation.</param>
/// <param name="log">Not used.</param>
internal sealed class SimulationScheduler(Config config, ILoggingAdapter log) : SchedulerBase(config, log)
{
    // Akka.NET gives the schedulers that are IDateTimeOffsetNowTimeProvider a timer of the real clock for CancelAfter,
    // so this one must not be one.
    private readonly SimulationKernel _kernel = SimulationConfig.KernelOf(config);
    private readonly TimeSpan _clockAhead = TimeSpan.FromMilliseconds(config.GetLong(ClockAheadMsSetting));

    /// <summary>A setting for nodes whose wall clock is wrong: by how much it is ahead, or less than zero.</summary>
    internal const string ClockAheadMsSetting = "killabeez-testkit.clock-ahead-ms";

    /// <inheritdoc/>
    public override TimeSpan MonotonicClock => _kernel.Elapsed;

    /// <inheritdoc/>
    public override TimeSpan HighResMonotonicClock => _kernel.Elapsed;

    /// <inheritdoc/>
    protected override DateTimeOffset TimeNow => _kernel.UtcNow + _clockAhead;

    /// <inheritdoc/>
    protected override void InternalScheduleTellOnce(TimeSpan delay, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        _kernel.Add(SimulationTimer.Tell(receiver, message, sender, cancelable), delay);

    /// <inheritdoc/>
    protected override void InternalScheduleTellRepeatedly(TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        _kernel.Add(SimulationTimer.Tell(receiver, message, sender, cancelable, interval), initialDelay);

    /// <inheritdoc/>
    protected override void InternalScheduleOnce(TimeSpan delay, Action action, ICancelable cancelable) =>
        _kernel.Add(SimulationTimer.Run(action, cancelable), delay);

    /// <inheritdoc/>
    protected override void InternalScheduleOnce(TimeSpan delay, IRunnable action, ICancelable cancelable) =>
        _kernel.Add(SimulationTimer.Run(action, cancelable), delay);

    /// <inheritdoc/>
    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable cancelable) =>
        _kernel.Add(SimulationTimer.Run(action, cancelable, interval), initialDelay);

    /// <inheritdoc/>
    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, IRunnable action, ICancelable cancelable) =>
        _kernel.Add(SimulationTimer.Run(action, cancelable, interval), initialDelay);
}
