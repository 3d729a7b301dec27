using KillaBeez.Actors.Messages;
using KillaBeez.Swarm.Healing;

namespace KillaBeez.Actors.Healing;

/// <summary>Calls peers again that were lost; the engine decides which and when.</summary>
internal sealed class HealingActor : ReceiveActor, IWithTimers
{
    private sealed record Tick : ILateMessage
    {
        public static readonly Tick Instance = new();
    }

    private readonly HealingEngine _engine;
    private Instant _armed = Instant.Never;

    /// <param name="engine">Outlives a restart, with everybody who is lost.</param>
    public HealingActor(HealingEngine engine)
    {
        _engine = engine;
        Handle<HealingMessages.PeerUp>((now, m) => _engine.PeerUp(now, m.Peer));
        Handle<HealingMessages.PeerLost>((now, m) => _engine.PeerLost(now, m.Peer, m.HasTakenLeave));
        Handle<HealingMessages.LetGo>((_, m) => _engine.LetGo(m.Peer));
        Handle<HealingMessages.CallFailed>((now, m) => _engine.CallFailed(now, m.Peer, m.Failure));
        Handle<HealingMessages.Hurry>((now, _) => _engine.Hurry(now));
        Handle<Tick>((now, _) =>
        {
            _armed = Instant.Never;
            _engine.HandleTimeout(now);
        });
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private static Instant Now => Instant.FromElapsed(Context.System.Scheduler.HighResMonotonicClock);

    /// <summary>After a restart the timer is gone, and what waits in the engine is not.</summary>
    protected override void PreStart() => Arm(Now);

    private void Handle<T>(Action<Instant, T> handler) => Receive<T>(message =>
    {
        var now = Now;
        handler(now, message);
        while (_engine.TryPollCall(out var peer))
        {
            Context.Parent.Tell(new HealingMessages.CallWanted(peer));
        }

        Arm(now);
    });

    private void Arm(Instant now)
    {
        if (_engine.NextTimeout is var next && next < _armed)
        {
            _armed = next;
            Timers.StartSingleTimer(nameof(Tick), Tick.Instance, next <= now ? TimeSpan.Zero : next - now);
        }
    }
}
