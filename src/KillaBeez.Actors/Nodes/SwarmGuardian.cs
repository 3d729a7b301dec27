using KillaBeez.Actors.Gossip;
using KillaBeez.Actors.Handles;
using KillaBeez.Actors.Logging;
using KillaBeez.Actors.Messages;
using KillaBeez.Actors.Peers;
using KillaBeez.Actors.Replies;
using KillaBeez.Actors.Signaling;
using KillaBeez.Actors.Transport;
using KillaBeez.Swarm.Signaling;
using KillaBeez.Swarm.Signaling.Routing;

namespace KillaBeez.Actors.Nodes;

/// <summary>
/// The top of one node: makes its subsystems and carries messages between them. Signals go through here, both
/// ways (SwarmGuardian.Signals.cs).
/// </summary>
internal sealed partial class SwarmGuardian : ReceiveActor
{
    private sealed record StopLimit : ILateMessage
    {
        public static readonly StopLimit Instance = new();
    }

    private static readonly TimeSpan _stopLimit = TimeSpan.FromSeconds(2);

    private readonly SwarmEnvironment _environment;
    private readonly SwarmEventHub _events;
    private readonly PeerDirectory _directory;
    private readonly Dictionary<PeerId, Peer> _connected = [];
    private readonly IActorRef _signaling;
    private readonly IActorRef _peers;
    private readonly IActorRef _gossip;
    private readonly ILoggingAdapter _log = Context.GetLogger();

    private PendingReply<bool>? _stopping;

    public SwarmGuardian(SwarmEnvironment environment, SwarmEventHub events, PeerDirectory directory)
    {
        _environment = environment;
        _events = events;
        _directory = directory;
        events.LogTo(_log);
        _exchangeReady = new bool?[environment.Options.Exchanges.Count];
        _gate = new SignalGate(environment.Identity.Id);
        _router = new SignalRouterEngine(environment.Identity.Id, _gate);
        _signaling = Context.ActorOf(Props.Create(() => new SignalingActor(environment)), "signaling");
        _peers = Context.ActorOf(Props.Create(() => new PeersActor(environment, events)), "peers");
        _gossip = Context.ActorOf(Props.Create(() => new GossipActor(environment)), "gossip");

        Receive<GuardianMessages.CallPeer>(m => TellPeer(m.Target, new PeerMessages.Connect(m.Reply, Via: null), create: true));
        Receive<GuardianMessages.PeerUp>(OnPeerUp);
        Receive<GuardianMessages.CallAnswered>(m => m.Reply.TrySetResult(m.Peer));
        Receive<GuardianMessages.PeerDown>(OnPeerDown);
        Receive<GuardianMessages.CallBegan>(m => _gossip.Tell(new GossipMessages.CallStarted(m.Target)));
        Receive<GuardianMessages.CallFailed>(m => _gossip.Tell(new GossipMessages.CallEnded(m.Target)));
        Receive<GuardianMessages.RoundTripMeasured>(m => _gossip.Tell(new GossipMessages.RoundTrip(m.Peer, m.RoundTrip)));
        Receive<GuardianMessages.ControlReceived>(OnControl);
        Receive<GuardianMessages.ControlHandled>(m => TellPeer(m.From, m.Receipt, create: false));
        Receive<GossipMessages.Started>(_ => OnGossipStarted());
        Receive<GossipMessages.Send>(m => TellPeer(m.To, new PeerMessages.SendControl(SubstreamTypes.Gossip, m.Message), create: false));
        Receive<GossipMessages.CallWanted>(m => TellPeer(m.Target, new PeerMessages.Connect(Reply: null, m.Via), create: true));
        Receive<GossipMessages.InformWanted>(OnInformWanted);
        Receive<GuardianMessages.Stop>(OnStop);
        Receive<StopLimit>(_ => FinishStop());
        Receive<PeersMessages.AllStopped>(_ => FinishStop());
        ReceiveSignals();
    }

    private static Instant Now => Instant.FromElapsed(Context.System.Scheduler.HighResMonotonicClock);

    private static long UnixMs => Context.System.Scheduler.Now.ToUnixTimeMilliseconds();

    /// <summary>
    /// The subsystems hold no state that a restart could not make again: peers end with their parent and are
    /// called anew, gossip hears everything again, exchanges reconnect.
    /// </summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(null, null, _ => Directive.Restart);

    /// <summary>
    /// At the end everything below has stopped, at a restart it is stopping, and what it says then is not heard: the
    /// peers that are left are taken leave of here.
    /// </summary>
    protected override void PostStop()
    {
        foreach (var peer in _connected.OrderBy(connected => connected.Key).Select(connected => connected.Value).ToArray())
        {
            peer.SetDisconnected("the node's guardian stopped");
            OnPeerDown(new GuardianMessages.PeerDown(peer, "the node's guardian stopped"));
        }

        _stopping?.TrySetResult(true);
    }

    private void TellPeer(PeerId peer, IInternalMessage message, bool create) => _peers.Tell(new PeersMessages.ToPeer(peer, message, create));

    private void OnPeerUp(GuardianMessages.PeerUp message)
    {
        _connected[message.Peer.Id] = message.Peer;
        _router.PeerConnected(message.Peer.Id);
        _directory.Add(message.Peer);
        _gossip.Tell(new GossipMessages.PeerUp(message.Peer.Id));
        SwarmLog.PeerUp(_log, message.Peer.Id);
        _events.Publish(new PeerConnectedEvent(message.Peer));
    }

    private void OnPeerDown(GuardianMessages.PeerDown message)
    {
        if (_connected.TryGetValue(message.Peer.Id, out var present) && ReferenceEquals(present, message.Peer))
        {
            _connected.Remove(message.Peer.Id);
            _router.PeerDisconnected(message.Peer.Id);
            _gossip.Tell(new GossipMessages.PeerDown(message.Peer.Id));
        }

        if (_directory.Remove(message.Peer))
        {
            SwarmLog.PeerDown(_log, message.Peer.Id, message.Reason);
            _events.Publish(new PeerDisconnectedEvent(message.Peer, message.Reason));
        }
    }

    private void OnGossipStarted()
    {
        // In an order of their own, not the dictionary's: a simulation repeats it.
        foreach (var peer in _connected.Keys.Order())
        {
            _gossip.Tell(new GossipMessages.PeerUp(peer));
        }
    }

    private void OnControl(GuardianMessages.ControlReceived message)
    {
        if (message.Type == SubstreamTypes.Gossip)
        {
            _gossip.Tell(new GossipMessages.Received(message.From, message.Message, message.Receipt));
        }
        else
        {
            Self.Tell(message.Receipt);
            OnRoutedData(message.From, message.Message);
        }
    }

    private void OnInformWanted(GossipMessages.InformWanted message)
    {
        _router.Inform(message.Via, message.Target);
        TurnRouter();
    }

    private void OnStop(GuardianMessages.Stop message)
    {
        _stopping = message.Reply;
        _peers.Tell(PeersMessages.ShutdownAll.Instance);
        Context.System.Scheduler.ScheduleTellOnceCancelable(_stopLimit, Self, StopLimit.Instance, Self);
    }

    private void FinishStop()
    {
        if (_stopping is not null)
        {
            Context.Stop(Self);
        }
    }
}
