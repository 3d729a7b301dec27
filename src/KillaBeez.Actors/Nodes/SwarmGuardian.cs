using KillaBeez.Actors.Gossip;
using KillaBeez.Actors.Handles;
using KillaBeez.Actors.Healing;
using KillaBeez.Actors.Logging;
using KillaBeez.Actors.Messages;
using KillaBeez.Actors.Peers;
using KillaBeez.Actors.Settings;
using KillaBeez.Actors.Signaling;
using KillaBeez.Actors.Transport;
using KillaBeez.Messages;
using KillaBeez.Swarm.Healing;
using KillaBeez.Swarm.Signaling;

namespace KillaBeez.Actors.Nodes;

/// <summary>
/// The top of one node: makes its subsystems and carries messages between them; it decides nothing that they do.
/// </summary>
/// <remarks>
/// <code>
///   Starting --(Begin)--> Running --(Stop, all peers told)--> stopped
///      '------(LaunchFailed)--> Failed --> stopped
/// </code>
/// It is there before its node's sockets are, so that commands can be told at once; until then they wait. What it is made
/// of lies in its <see cref="NodeLaunch"/>, which outlives a restart.
/// </remarks>
internal sealed class SwarmGuardian : ReceiveActor
{
    private sealed record StopLimit : ILateMessage
    {
        public static readonly StopLimit Instance = new();
    }

    private static readonly TimeSpan _stopLimit = TimeSpan.FromSeconds(2);

    /// <summary>Commands that wait for the start; more are refused.</summary>
    private const int MaxWaitingCommands = 10_000;

    private const string CommandsName = "commands";

    private readonly NodeLaunch _launch;
    private readonly Dictionary<PeerId, Peer> _connected = [];
    private readonly ILoggingAdapter _log = Context.GetLogger();

    // All of these are set by Run, before the first message that needs them is received.
    private SwarmEnvironment _environment = null!;
    private SwarmEventHub _events = null!;
    private PeerDirectory _directory = null!;
    private IActorRef _commands = null!;
    private IActorRef _signaling = null!;
    private IActorRef _peers = null!;
    private IActorRef _gossip = null!;
    private IActorRef _healing = null!;

    /// <summary>Commands told before the node runs. A stash would read the whole configuration for its size, at every node's start.</summary>
    private readonly Queue<(SwarmCommand Command, IActorRef From)> _waiting = new();
    private bool _isStopping;
    private bool _isRestarting;

    public SwarmGuardian(NodeLaunch launch)
    {
        _launch = launch;
        if (launch.Parts is { } parts)
        {
            Run(parts);
        }
        else
        {
            Start();
        }
    }

    private void Start()
    {
        Receive<GuardianMessages.Begin>(_ =>
        {
            Become(() => Run(_launch.Parts!));
            while (_waiting.TryDequeue(out var waiting))
            {
                _commands.Tell(waiting.Command, waiting.From);
            }
        });
        Receive<GuardianMessages.LaunchFailed>(m =>
        {
            SwarmLog.StartFailed(_log, m.Reason);
            var reason = $"the node could not be started: {m.Reason}";
            Become(() => Receive<SwarmCommand>(command => Refuse(command, Sender, KillaBeezError.Closed, reason)));
            RefuseWaiting(reason);
            Self.Tell(PoisonPill.Instance);
        });
        Receive<SwarmCommand>(command =>
        {
            if (_waiting.Count < MaxWaitingCommands)
            {
                _waiting.Enqueue((command, Sender));
            }
            else
            {
                Refuse(command, Sender, KillaBeezError.LimitExceeded, $"the node has not started yet, and {MaxWaitingCommands} commands wait for it");
            }
        });
    }

    private void RefuseWaiting(string reason)
    {
        while (_waiting.TryDequeue(out var waiting))
        {
            Refuse(waiting.Command, waiting.From, KillaBeezError.Closed, reason);
        }
    }

    private static void Refuse(SwarmCommand command, IActorRef from, KillaBeezError error, string reason)
    {
        if (command.Failure(error, reason) is { } answer)
        {
            from.Tell(answer);
        }
    }

    private void Run(NodeParts parts)
    {
        var (node, environment, events, directory) = parts;
        _environment = environment;
        _events = events;
        _directory = directory;
        events.LogTo(_log);
        node.CallJudge.LogTo(_log);
        var gate = new SignalGate(environment.Identity.Id);
        _signaling = Context.ActorOf(SwarmProps.Of(() => new SignalingActor(environment, events, gate)), "signaling");
        _peers = Context.ActorOf(SwarmProps.Of(() => new PeersActor(environment, events, node.CallJudge)), "peers");
        _gossip = Context.ActorOf(SwarmProps.Of(() => new GossipActor(environment)), "gossip");
        var healing = new HealingEngine(environment.Random);
        _healing = Context.ActorOf(SwarmProps.Of(() => new HealingActor(healing)), "healing");
        var tables = new CommandsActor.Tables();
        _commands = Context.Child(CommandsName) is { } present && !present.IsNobody()
            ? present
            : Context.ActorOf(SwarmProps.Of(() => new CommandsActor(node, tables)), CommandsName);

        Receive<SwarmCommand>(command => _commands.Forward(command));
        Receive<GuardianMessages.CallPeer>(m => TellPeer(m.Target, new PeerMessages.Connect(m.Reply, Via: null), create: true));
        Receive<GuardianMessages.PeerUp>(OnPeerUp);
        Receive<GuardianMessages.CallAnswered>(m => m.Reply.TrySetResult(m.Peer));
        Receive<GuardianMessages.PeerDown>(OnPeerDown);
        Receive<GuardianMessages.CallBegan>(m => _gossip.Tell(new GossipMessages.CallStarted(m.Target)));
        Receive<GuardianMessages.CallFailed>(m =>
        {
            _gossip.Tell(new GossipMessages.CallEnded(m.Target));
            _healing.Tell(new HealingMessages.CallFailed(m.Target, m.Failure));
        });
        Receive<HealingMessages.CallWanted>(m => TellPeer(m.Peer, new PeerMessages.Connect(Reply: null, Via: null), create: true));
        Receive<SignalingMessages.ExchangeReady>(_ => _healing.Tell(HealingMessages.Hurry.Instance));
        Receive<GuardianMessages.RoundTripMeasured>(m => _gossip.Tell(new GossipMessages.RoundTrip(m.Peer, m.RoundTrip)));
        Receive<GuardianMessages.ControlReceived>(OnControl);
        Receive<GuardianMessages.ControlHandled>(m => TellPeer(m.From, m.Receipt, create: false));
        Receive<GossipMessages.Started>(_ => OnGossipStarted());
        Receive<GossipMessages.Send>(m => TellPeer(m.To, new PeerMessages.SendControl(SubstreamTypes.Gossip, m.Message), create: false));
        Receive<GossipMessages.CallWanted>(m => TellPeer(m.Target, new PeerMessages.Connect(Reply: null, m.Via), create: true));
        Receive<GossipMessages.InformWanted>(_signaling.Forward);
        Receive<SignalingMessages.Started>(_ => OnSignalingStarted());
        Receive<PeersMessages.ToPeer>(_peers.Forward);
        Receive<GossipMessages.KeysChanged>(_peers.Forward);
        Receive<GuardianMessages.Stop>(_ => OnStop());
        Receive<StopLimit>(_ => FinishStop());
        Receive<PeersMessages.AllStopped>(_ => FinishStop());
        Receive<GuardianMessages.SendSignal>(_signaling.Forward);
        Receive<GuardianMessages.AskCounters>(_signaling.Forward);
        Receive<GossipMessages.FindCarriers>(_gossip.Forward);
        Receive<GossipMessages.Carriers>(_signaling.Forward);
        Receive<PeersMessages.SignalArrived>(_peers.Forward);
        Receive<PeersMessages.Informed>(_peers.Forward);
    }

    /// <summary>
    /// The subsystems hold no state that a restart could not make again: peers end with their parent and are
    /// called anew, gossip hears everything again, exchanges reconnect.
    /// </summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(null, null, _ => Directive.Restart);

    /// <summary>What actors have told the node, and wait for, outlives its crash: only the other subsystems begin anew.</summary>
    protected override void PreRestart(Exception reason, object message)
    {
        _isRestarting = true;
        foreach (var child in Context.GetChildren().Where(child => !child.Equals(_commands)).ToArray())
        {
            Context.Stop(child);
        }

        PostStop();
    }

    /// <summary>
    /// At the end everything below has stopped, at a restart it is stopping, and what it says then is not heard: the
    /// peers that are left are taken leave of here.
    /// </summary>
    protected override void PostStop()
    {
        foreach (var peer in _connected.OrderBy(connected => connected.Key).Select(connected => connected.Value).ToArray())
        {
            peer.SetDisconnected("the node's guardian stopped");
            OnPeerDown(new GuardianMessages.PeerDown(peer, "the node's guardian stopped", PeerEnd.Lost));
        }

        RefuseWaiting("the node's actor ended before the node had started");
        if (!_isRestarting)
        {
            _launch.End();
        }
    }

    private void TellPeer(PeerId peer, IInternalMessage message, bool create) => _peers.Tell(new PeersMessages.ToPeer(peer, message, create));

    private void OnPeerUp(GuardianMessages.PeerUp message)
    {
        _connected[message.Peer.Id] = message.Peer;
        _directory.Add(message.Peer);
        _signaling.Tell(new SignalingMessages.PeerUp(message.Peer.Id));
        _gossip.Tell(new GossipMessages.PeerUp(message.Peer.Id));
        _healing.Tell(new HealingMessages.PeerUp(message.Peer.Id));
        SwarmLog.PeerUp(_log, message.Peer.Id);
        _events.Publish(new PeerConnectedEvent(message.Peer));
    }

    private void OnPeerDown(GuardianMessages.PeerDown message)
    {
        if (_connected.TryGetValue(message.Peer.Id, out var present) && ReferenceEquals(present, message.Peer))
        {
            _connected.Remove(message.Peer.Id);
            _signaling.Tell(new SignalingMessages.PeerDown(message.Peer.Id));
            _gossip.Tell(new GossipMessages.PeerDown(message.Peer.Id));
            _healing.Tell(message.End == PeerEnd.Closed
                ? new HealingMessages.LetGo(message.Peer.Id)
                : new HealingMessages.PeerLost(message.Peer.Id, HasTakenLeave: message.End == PeerEnd.Left));
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
            _signaling.Tell(message);
        }
    }

    private void OnSignalingStarted()
    {
        foreach (var peer in _connected.Keys.Order())
        {
            _signaling.Tell(new SignalingMessages.PeerUp(peer));
        }
    }

    private void OnStop()
    {
        _isStopping = true;
        _peers.Tell(PeersMessages.ShutdownAll.Instance);
        Context.System.Scheduler.ScheduleTellOnceCancelable(_stopLimit, Self, StopLimit.Instance, Self);
    }

    private void FinishStop()
    {
        if (_isStopping)
        {
            Context.Stop(Self);
        }
    }
}
