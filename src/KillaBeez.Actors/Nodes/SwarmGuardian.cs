using KillaBeez.Actors.Gossip;
using KillaBeez.Actors.Peers;
using KillaBeez.Actors.Signaling;
using KillaBeez.Actors.Substreams;
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
    /// <summary>Calls a peer; the reply comes when its session has begun.</summary>
    public sealed record CallPeer(PeerId Target, PendingReply<Peer> Reply);

    /// <summary>Stops the node; the reply comes when every peer was told.</summary>
    public sealed record Stop(PendingReply<bool> Reply);

    public sealed record PeerUp(Peer Peer);

    /// <summary>A call has its peer.</summary>
    public sealed record CallAnswered(PendingReply<Peer> Reply, Peer Peer);

    public sealed record PeerDown(Peer Peer, string Reason);

    public sealed record CallBegan(PeerId Target);

    public sealed record CallFailed(PeerId Target);

    public sealed record RoundTripMeasured(PeerId Peer, TimeSpan RoundTrip);

    /// <summary>A message, or with signals a piece of the stream, of one of the swarm's own substreams.</summary>
    /// <param name="From">The peer.</param>
    /// <param name="Type">The substream.</param>
    /// <param name="Message">The bytes.</param>
    /// <param name="Receipt">Goes back when the message was taken from the last queue.</param>
    public sealed record ControlReceived(PeerId From, string Type, byte[] Message, ControlHandled Receipt);

    /// <summary>
    /// A message of a peer's no longer waits anywhere. Until then its bytes count against what the peer may send,
    /// so that it cannot fill the queues between the actors.
    /// </summary>
    public sealed record ControlHandled(PeerId From, PeerActor.ControlReceipt Receipt);

    /// <summary>Gossip begins anew, and knows nobody.</summary>
    public sealed record GossipStarted
    {
        public static readonly GossipStarted Instance = new();
    }

    public sealed record SendGossip(PeerId To, byte[] Message);

    /// <summary>The mesh wants a connection that this side begins, through the peer it heard of it from.</summary>
    public sealed record CallWanted(PeerId Target, PeerId Via);

    /// <summary>The mesh wants a connection that the other side begins: it is asked to.</summary>
    public sealed record InformWanted(PeerId Target, PeerId Via);

    private sealed record StopLimit
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

    private PendingReply<bool>? _stopping;

    public SwarmGuardian(SwarmEnvironment environment, SwarmEventHub events, PeerDirectory directory)
    {
        _environment = environment;
        _events = events;
        _directory = directory;
        _exchangeReady = new bool[environment.Options.Exchanges.Count];
        _gate = new SignalGate(environment.Identity.Id);
        _router = new SignalRouterEngine(environment.Identity.Id, _gate);
        _signaling = Context.ActorOf(Props.Create(() => new SignalingActor(environment)), "signaling");
        _peers = Context.ActorOf(Props.Create(() => new PeersActor(environment, events)), "peers");
        _gossip = Context.ActorOf(Props.Create(() => new GossipActor(environment)), "gossip");

        Receive<CallPeer>(m => TellPeer(m.Target, new PeerActor.Connect(m.Reply, Via: null), create: true));
        Receive<PeerUp>(OnPeerUp);
        Receive<CallAnswered>(m => m.Reply.TrySetResult(m.Peer));
        Receive<PeerDown>(OnPeerDown);
        Receive<CallBegan>(m => _gossip.Tell(new GossipActor.CallStarted(m.Target)));
        Receive<CallFailed>(m => _gossip.Tell(new GossipActor.CallEnded(m.Target)));
        Receive<RoundTripMeasured>(m => _gossip.Tell(new GossipActor.RoundTrip(m.Peer, m.RoundTrip)));
        Receive<ControlReceived>(OnControl);
        Receive<ControlHandled>(m => TellPeer(m.From, m.Receipt, create: false));
        Receive<GossipStarted>(_ => OnGossipStarted());
        Receive<SendGossip>(m => TellPeer(m.To, new PeerActor.SendControl(SubstreamTypes.Gossip, m.Message), create: false));
        Receive<CallWanted>(m => TellPeer(m.Target, new PeerActor.Connect(Reply: null, m.Via), create: true));
        Receive<InformWanted>(OnInformWanted);
        Receive<Stop>(OnStop);
        Receive<StopLimit>(_ => FinishStop());
        Receive<PeersActor.AllStopped>(_ => FinishStop());
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
            OnPeerDown(new PeerDown(peer, "the node's guardian stopped"));
        }

        _stopping?.TrySetResult(true);
    }

    private void TellPeer(PeerId peer, object message, bool create) => _peers.Tell(new PeersActor.ToPeer(peer, message, create));

    private void OnPeerUp(PeerUp message)
    {
        _connected[message.Peer.Id] = message.Peer;
        _router.PeerConnected(message.Peer.Id);
        _directory.Add(message.Peer);
        _gossip.Tell(new GossipActor.PeerUp(message.Peer.Id));
        _events.Publish(new PeerConnectedEvent(message.Peer));
    }

    private void OnPeerDown(PeerDown message)
    {
        if (_connected.TryGetValue(message.Peer.Id, out var present) && ReferenceEquals(present, message.Peer))
        {
            _connected.Remove(message.Peer.Id);
            _router.PeerDisconnected(message.Peer.Id);
            _gossip.Tell(new GossipActor.PeerDown(message.Peer.Id));
        }

        if (_directory.Remove(message.Peer))
        {
            _events.Publish(new PeerDisconnectedEvent(message.Peer, message.Reason));
        }
    }

    private void OnGossipStarted()
    {
        // In an order of their own, not the dictionary's: a simulation repeats it.
        foreach (var peer in _connected.Keys.Order())
        {
            _gossip.Tell(new GossipActor.PeerUp(peer));
        }
    }

    private void OnControl(ControlReceived message)
    {
        if (message.Type == SubstreamTypes.Gossip)
        {
            _gossip.Tell(new GossipActor.Received(message.From, message.Message, message.Receipt));
        }
        else
        {
            Self.Tell(message.Receipt);
            OnRoutedData(message.From, message.Message);
        }
    }

    private void OnInformWanted(InformWanted message)
    {
        _router.Inform(message.Via, message.Target);
        TurnRouter();
    }

    private void OnStop(Stop message)
    {
        _stopping = message.Reply;
        _peers.Tell(PeersActor.ShutdownAll.Instance);
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
