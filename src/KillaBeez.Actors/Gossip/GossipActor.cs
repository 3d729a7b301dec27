using KillaBeez.Actors.Messages;
using KillaBeez.Actors.Transport;
using KillaBeez.Swarm.Gossip;

namespace KillaBeez.Actors.Gossip;

/// <summary>Who is connected to whom, and whom this node should be connected to.</summary>
internal sealed class GossipActor : ReceiveActor, IWithTimers
{
    private sealed record Tick : ILateMessage
    {
        public static readonly Tick Instance = new();
    }

    private const int MaxCarriers = 3;

    private readonly GossipEngine _engine;

    /// <summary>Known keys that were said to have no room for further links.</summary>
    private readonly HashSet<PeerId> _full = [];
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
        Handle<GossipMessages.PeerUp>((now, m) => _engine.PeerConnected(now, m.Peer));
        Handle<GossipMessages.PeerDown>((now, m) => _engine.PeerDisconnected(now, m.Peer));
        Handle<GossipMessages.RoundTrip>((now, m) => _engine.RttMeasured(now, m.Peer, m.RoundTripTime));
        Handle<GossipMessages.Received>((now, m) =>
        {
            Context.Parent.Tell(m.Receipt);
            _engine.HandleMessage(now, m.From, m.Message);
        });
        Handle<GossipMessages.CallStarted>((now, m) => _engine.CallInProgress(now, m.Peer));
        Handle<GossipMessages.CallEnded>((now, m) => _engine.CallFailed(now, m.Peer));
        Handle<Tick>((now, _) =>
        {
            _armed = Instant.Never;
            _engine.HandleTimeout(now);
        });
        Receive<GossipMessages.AskStatistics>(m => m.Answer(_engine.Statistics));
        Receive<GossipMessages.FindCarriers>(m => Context.Parent.Tell(
            new GossipMessages.Carriers(m.Target, [.. _engine.PeersConnectedTo(m.Target).Take(MaxCarriers)])));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Also after a restart: the engine begins without peers, and is told again who is connected.</summary>
    protected override void PreStart() => Context.Parent.Tell(GossipMessages.Started.Instance);

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
            Context.Parent.Tell(new GossipMessages.Send(to, message));
        }

        List<KeyChange>? changes = null;
        while (_engine.TryPollKnownChange(out var key, out var isKnown))
        {
            _full.Remove(key);
            (changes ??= []).Add(new KeyChange(key, isKnown, HasRoom: true));
        }

        while (_engine.TryPollEvent(out var e))
        {
            switch (e.Kind)
            {
                case GossipEventKind.MapChanged: NoteRoom(e.Target, ref changes); break;
                case GossipEventKind.CallWanted: Context.Parent.Tell(new GossipMessages.CallWanted(e.Target, e.Via)); break;
                case GossipEventKind.InformWanted: Context.Parent.Tell(new GossipMessages.InformWanted(e.Target, e.Via)); break;
                default: break;
            }
        }

        if (changes is not null)
        {
            Context.Parent.Tell(new GossipMessages.KeysChanged(changes));
        }

        var next = _engine.NextTimeout;
        if (next < _armed)
        {
            _armed = next;
            Timers.StartSingleTimer(nameof(Tick), Tick.Instance, next <= now ? TimeSpan.Zero : next - now);
        }
    }

    /// <summary>A connected peer's map has changed: it may have no more room, or have got some.</summary>
    private void NoteRoom(PeerId key, ref List<KeyChange>? changes)
    {
        var hasRoom = _engine.HasRoom(key);
        if (hasRoom == _full.Contains(key) && _engine.IsKnown(key))
        {
            _ = hasRoom ? _full.Remove(key) : _full.Add(key);
            (changes ??= []).Add(new KeyChange(key, IsKnown: true, hasRoom));
        }
    }
}
