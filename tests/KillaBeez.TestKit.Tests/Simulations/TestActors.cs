namespace KillaBeez.TestKit.Tests.Simulations;

/// <summary>Does what a test says with each message.</summary>
internal sealed class LambdaActor(Action<object, IActorContext> handler) : UntypedActor
{
    public static Props Of(Action<object, IActorContext> handler) => Props.Create(() => new LambdaActor(handler));

    public static Props Of(Action<object> handler) => Of((message, _) => handler(message));

    protected override void OnReceive(object message) => handler(message, Context);
}

/// <summary>Answers with what it got, after a time.</summary>
internal sealed class EchoActor : ReceiveActor
{
    public EchoActor(TimeSpan delay) => ReceiveAny(message =>
    {
        if (delay == TimeSpan.Zero)
        {
            Sender.Tell(message);
        }
        else
        {
            Context.System.Scheduler.ScheduleTellOnce(delay, Sender, message, Self);
        }
    });

    public static Props Of(TimeSpan delay = default) => Props.Create(() => new EchoActor(delay));
}

internal sealed class TickingActor : ReceiveActor, IWithTimers
{
    public TickingActor(string name, TimeSpan period, Action<string, TimeSpan> onTick)
    {
        Receive<string>(_ => onTick(name, Context.System.Scheduler.MonotonicClock));
        Timers!.StartPeriodicTimer("t", "tick", period);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Of(string name, TimeSpan period, Action<string, TimeSpan> onTick) => Props.Create(() => new TickingActor(name, period, onTick));
}
