using KillaBeez.Actors.Nodes;
using KillaBeez.Actors.Transport;
using KillaBeez.Swarm.Gossip;
using KillaBeez.Swarm.Signaling;

namespace KillaBeez.Actors.Gossip;

/// <summary>Who is connected to whom, and whom this node should be connected to.</summary>
internal sealed class GossipActor : ReceiveActor, IWithTimers
{
    public sealed record PeerUp(PeerId Peer);

    public sealed record PeerDown(PeerId Peer);

    public sealed record RoundTrip(PeerId Peer, TimeSpan RoundTripTime);

    /// <summary>A message of a peer's; the receipt is given back, and lets the peer send more.</summary>
    public sealed record Received(PeerId From, byte[] Message, SwarmGuardian.ControlHandled Receipt);

    public sealed record CallStarted(PeerId Peer);

    public sealed record CallEnded(PeerId Peer);

    /// <summary>Asks whether the node takes a connection that somebody else begins or wants begun.</summary>
    public sealed record AskAdmission(PeerId Peer, SwarmGuardian.Admission Answer);

    /// <summary>Asks which connected peers could carry a signal to somebody.</summary>
    public sealed record FindCarriers(SignalId Signal, PeerId Target);

    /// <summary>Asks what the engine has counted; answered on the actor's thread.</summary>
    public sealed record AskStatistics(Action<GossipStatistics> Answer);

    private sealed record Tick
    {
        public static readonly Tick Instance = new();
    }

    private const int MaxCarriers = 3;

    private readonly GossipEngine _engine;
    private Instant _armed = Instant.Never;

    public GossipActor(SwarmEnvironment environment)
    {
        var options = new GossipOptions
        {
            // A restarted node's maps replace those of its former life.
            Incarnation = (ulong)Context.System.Scheduler.Now.ToUnixTimeMilliseconds(),
            MeshDegree = environment.Options.MeshDegree,
        };
        _engine = new GossipEngine(environment.Identity, options, environment.Random);
        Handle<PeerUp>((now, m) => _engine.PeerConnected(now, m.Peer));
        Handle<PeerDown>((now, m) => _engine.PeerDisconnected(now, m.Peer));
        Handle<RoundTrip>((now, m) => _engine.RttMeasured(now, m.Peer, m.RoundTripTime));
        Handle<Received>((now, m) =>
        {
            Context.Parent.Tell(m.Receipt);
            _engine.HandleMessage(now, m.From, m.Message);
        });
        Handle<CallStarted>((now, m) => _engine.CallInProgress(now, m.Peer));
        Receive<AskAdmission>(m => Context.Parent.Tell(m.Answer with { IsGranted = _engine.Accepts(m.Peer) }));
        Handle<CallEnded>((now, m) => _engine.CallFailed(now, m.Peer));
        Handle<Tick>((now, _) =>
        {
            _armed = Instant.Never;
            _engine.HandleTimeout(now);
        });
        Receive<AskStatistics>(m => m.Answer(_engine.Statistics));
        Receive<FindCarriers>(m => Context.Parent.Tell(
            new SwarmGuardian.Carriers(m.Signal, [.. _engine.PeersConnectedTo(m.Target).Take(MaxCarriers)])));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Also after a restart: the engine begins without peers, and is told again who is connected.</summary>
    protected override void PreStart() => Context.Parent.Tell(SwarmGuardian.GossipStarted.Instance);

    private void Handle<T>(Action<Instant, T> handler) => Receive<T>(message =>
    {
        var now = Instant.FromElapsed(Context.System.Scheduler.HighResMonotonicClock);
        handler(now, message);
        Turn(now);
    });

    private void Turn(Instant now)
    {
        while (_engine.TryPollTransmit(out var to, out var message))
        {
            Context.Parent.Tell(new SwarmGuardian.SendGossip(to, message));
        }

        while (_engine.TryPollEvent(out var e))
        {
            switch (e.Kind)
            {
                case GossipEventKind.CallWanted: Context.Parent.Tell(new SwarmGuardian.CallWanted(e.Target, e.Via)); break;
                case GossipEventKind.InformWanted: Context.Parent.Tell(new SwarmGuardian.InformWanted(e.Target, e.Via)); break;
                default: break;
            }
        }

        var next = _engine.NextTimeout;
        if (next < _armed)
        {
            _armed = next;
            Timers.StartSingleTimer(nameof(Tick), Tick.Instance, next <= now ? TimeSpan.Zero : next - now);
        }
    }
}
