using Akka.Streams;
using Akka.Streams.Stage;

namespace KillaBeez.Streams;

/// <summary>A stage with one timer, on the materializer's scheduler, that lets elements through.</summary>
internal abstract class ScheduledLogic<T> : TimerGraphStageLogic, IInHandler, IOutHandler
{
    private static readonly object _timer = new();

    protected ScheduledLogic(FlowShape<T, T> shape)
        : base(shape)
    {
        In = shape.Inlet;
        Out = shape.Outlet;
        SetHandler(In, this);
        SetHandler(Out, this);
    }

    protected Inlet<T> In { get; }

    protected Outlet<T> Out { get; }

    /// <summary>The scheduler's time: that of the machine, or a simulation's.</summary>
    protected TimeSpan Now => ((ActorMaterializer)Materializer).System.Scheduler.HighResMonotonicClock;

    public abstract void OnPush();

    public virtual void OnUpstreamFinish() => CompleteStage();

    public void OnUpstreamFailure(Exception e) => FailStage(e);

    public virtual void OnPull() => Pull(In);

    public void OnDownstreamFinish(Exception cause) => InternalOnDownstreamFinish(cause);

    protected void WakeAfter(TimeSpan time) => ScheduleOnce(_timer, time);

    protected abstract void OnWake();

    protected sealed override void OnTimer(object timerKey) => OnWake();
}
