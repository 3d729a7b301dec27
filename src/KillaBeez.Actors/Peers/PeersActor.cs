using KillaBeez.Actors.Handles;
using KillaBeez.Actors.Logging;
using KillaBeez.Actors.Messages;
using KillaBeez.Actors.Replies;
using KillaBeez.Actors.Settings;
using KillaBeez.Actors.Transport;
using KillaBeez.Swarm.Admission;
using KillaBeez.Swarm.Gossip;

namespace KillaBeez.Actors.Peers;

/// <summary>
/// The parent of every peer's actor, and the table of the remote keys that cost this node something: makes the actors
/// when they are needed and admitted (PeersActor.Admission.cs), and decides what happens when one fails. A failed peer
/// loses its session and its actor; who fails again and again is quarantined for longer and longer.
/// </summary>
internal sealed partial class PeersActor : ReceiveActor
{
    private readonly SwarmEnvironment _environment;
    private readonly ISwarmEvents _events;
    private readonly Dictionary<PeerId, Entry> _entries = [];
    private readonly Dictionary<IActorRef, PeerId> _keys = [];
    private readonly PeerQuarantine _quarantine = new();
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly ICallJudge _judge;
    private readonly AdmissionEngine _admission;
    private bool _isShuttingDown;

    public PeersActor(SwarmEnvironment environment, ISwarmEvents events, ICallJudge judge)
    {
        _environment = environment;
        _judge = judge;
        _events = events;
        var gossip = new GossipOptions { Incarnation = 0, MeshDegree = environment.Options.MeshDegree };
        _admission = new AdmissionEngine(environment.Identity.Id, new AdmissionOptions
        {
            MaxPlaces = environment.Options.MaxPeers,
            MeshDegree = gossip.MeshDegree,
            AcceptedDegree = gossip.AcceptedDegree,
            RingNeighbours = gossip.RingNeighbours,
        });
        Receive<PeersMessages.ToPeer>(OnToPeer);
        ReceiveAdmission();
        Receive<PeersMessages.ShutdownAll>(_ => OnShutdownAll());
        Receive<Terminated>(OnTerminated);
        Receive<PeerMessages.Idle>(_ => OnIdle(Sender));
        Receive<PeerMessages.Quiet>(_ => OnQuiet(Sender));
        Receive<PeerMessages.BusyAgain>(_ => OnBusyAgain(Sender));

        // What a peer's actor tells its parent is for the guardian.
        ReceiveAny(message => Context.Parent.Forward(message));
    }

    private static Instant Now => Instant.FromElapsed(Context.System.Scheduler.HighResMonotonicClock);

    protected override SupervisorStrategy SupervisorStrategy()
    {
        return new OneForOneStrategy(null, null, _ =>
        {
            // Half of a session cannot be resumed, so the actor goes; the peer is called or calls anew.
            if (_keys.TryGetValue(Sender, out var remote))
            {
                var (failures, duration) = _quarantine.NoteFailure(Now, remote);
                if (duration > TimeSpan.Zero)
                {
                    SwarmLog.Quarantined(_log, remote, failures, duration);
                }

                // What comes before it has ended is for its successor.
                _entries[remote].IsStopping = true;
            }

            return Directive.Stop;
        });
    }

    protected override void PostStop()
    {
        foreach (var entry in _entries.Values)
        {
            entry.FailCallers(KillaBeezError.Closed, "The node stopped, or all its peers failed.");
        }

        ForgetQuestions();
    }

    private void OnToPeer(PeersMessages.ToPeer message)
    {
        if (_entries.TryGetValue(message.Remote, out var entry) && entry.IsStopping)
        {
            if (!entry.Keep(message))
            {
                Refuse(message, KillaBeezError.LimitExceeded, "too many calls wait for the peer's former state to end");
            }
        }
        else if (message.Message is PeerMessages.Connect { Reply: not null } || (entry is null && message.Create))
        {
            OnWantedCall(message, entry);
        }
        else
        {
            entry?.Deliver(message.Message);
        }
    }

    /// <summary>The application calls, or the mesh does.</summary>
    private void OnWantedCall(PeersMessages.ToPeer message, Entry? entry)
    {
        var connect = message.Message as PeerMessages.Connect;
        if (entry is null)
        {
            if (_isShuttingDown)
            {
                Refuse(message, KillaBeezError.Closed, "the node is stopping");
                return;
            }

            if (ProblemOf(message.Remote) is var (error, reason))
            {
                Refuse(message, error, reason);
                return;
            }
        }

        var decision = connect?.Reply is not null
            ? _admission.CallByApplication(message.Remote)
            : Judged().CallByMesh(Now, message.Remote, connect?.Via);
        if (decision.Verdict == AdmissionVerdict.Accept)
        {
            entry ??= Create(message.Remote);
            Stand(message.Remote, entry);

            // Who is called by the application need not be thought about any more: its own offer goes first.
            HandleWaiting(message.Remote);
            entry.Deliver(message.Message);
        }
        else if (decision.Verdict == AdmissionVerdict.Ask)
        {
            Ask(message.Remote, connect?.Via, isByApplication: false, message);
        }
        else
        {
            Refuse(message, KillaBeezError.LimitExceeded, decision.Reason);
        }
    }

    /// <summary>Why a key gets no actor, whoever wants it to; null where nothing speaks against it.</summary>
    private (KillaBeezError Error, string Reason)? ProblemOf(PeerId remote)
    {
        if (_quarantine.IsQuarantined(Now, remote))
        {
            return (KillaBeezError.ProtocolViolation, $"{remote.ToShortString()} failed repeatedly and is not called for a while");
        }

        // Anybody can gossip or be given 32 bytes that are no key.
        return KeyPair.TryToX25519(remote, stackalloc byte[PeerId.SizeBytes])
            ? null
            : (KillaBeezError.InvalidKey, $"{remote} is not a public key that anybody can hold");
    }

    private Entry Create(PeerId remote)
    {
        var (environment, events) = (_environment, _events);
        var actor = Context.ActorOf(SwarmProps.Of(() => new PeerActor(environment, remote, events)), remote.ToString());
        Context.Watch(actor);
        var entry = new Entry(actor);
        _entries.Add(remote, entry);
        _keys.Add(actor, remote);
        return entry;
    }

    /// <summary>Tells a peer's actor because of whom it costs something, where that has changed.</summary>
    private void Stand(PeerId remote, Entry entry)
    {
        var origin = _admission.OriginOf(remote);
        if (entry.Standing != origin)
        {
            entry.Standing = origin;
            entry.Deliver(new PeerMessages.Standing(origin));
        }
    }

    private void OnTerminated(Terminated terminated)
    {
        if (!_keys.Remove(terminated.ActorRef, out var remote) || !_entries.Remove(remote, out var entry))
        {
            return;
        }

        _admission.Removed(remote);
        entry.FailCallers(KillaBeezError.LinkFailed, $"The call to {remote.ToShortString()} failed at this side.");
        foreach (var kept in entry.TakeKept())
        {
            HandleKept(kept);
        }

        ReportIfAllStopped();
    }

    private void OnShutdownAll()
    {
        _isShuttingDown = true;
        ForgetQuestions();
        foreach (var entry in _entries.Values)
        {
            entry.Actor.Tell(PeerMessages.Shutdown.Instance);
        }

        ReportIfAllStopped();
    }

    private void ReportIfAllStopped()
    {
        if (_isShuttingDown && _entries.Count == 0)
        {
            Context.Parent.Tell(PeersMessages.AllStopped.Instance);
        }
    }

    /// <summary>
    /// An idle actor asks to be stopped. What comes from now on waits for its successor, unless the actor has got
    /// something to do in between.
    /// </summary>
    private void OnIdle(IActorRef actor)
    {
        if (_keys.TryGetValue(actor, out var remote))
        {
            _entries[remote].IsStopping = true;
            actor.Tell(PeerMessages.StopIfIdle.Instance);
        }
    }

    private void OnBusyAgain(IActorRef actor)
    {
        if (_keys.TryGetValue(actor, out var remote))
        {
            var entry = _entries[remote];
            entry.IsStopping = false;
            foreach (var kept in entry.TakeKept())
            {
                // In their order, and before anything that comes after them.
                HandleKept(kept);
            }
        }
    }

    private void Refuse(PeersMessages.ToPeer message, KillaBeezError error, string reason)
    {
        if (message.Message is PeerMessages.Connect { Reply: { } reply })
        {
            SwarmLog.CallFailed(_log, message.Remote, reason, isAwaited: true);
            reply.TrySetException(new KillaBeezException(error, $"The call was not made: {reason}."));
        }
    }

    private void HandleKept(IInternalMessage message)
    {
        if (message is PeersMessages.SignalArrived signal)
        {
            OnSignalArrived(signal);
        }
        else if (message is PeersMessages.Informed informed)
        {
            OnInformed(informed);
        }
        else
        {
            OnToPeer((PeersMessages.ToPeer)message);
        }
    }

    private sealed class Entry(IActorRef actor)
    {
        private readonly List<PendingReply<Peer>> _callers = [];
        private readonly List<IInternalMessage> _kept = [];

        public IActorRef Actor { get; } = actor;

        public bool IsStopping { get; set; }

        /// <summary>What the actor was told last; null before it was told anything.</summary>
        public AdmissionOrigin? Standing { get; set; }

        /// <summary>Puts away what came while the old actor was stopping, for the next one; false where there is too much.</summary>
        public bool Keep(IInternalMessage message)
        {
            if (_kept.Count >= AdmissionLimits.WaitingPerQuestion)
            {
                return false;
            }

            _kept.Add(message);
            return true;
        }

        public IInternalMessage[] TakeKept()
        {
            IInternalMessage[] kept = [.. _kept];
            _kept.Clear();
            return kept;
        }

        public void Deliver(IInternalMessage message)
        {
            if (message is PeerMessages.Connect { Reply: { } reply })
            {
                _callers.RemoveAll(caller => caller.IsCompleted);
                _callers.Add(reply);
            }

            Actor.Tell(message, ActorRefs.NoSender);
        }

        /// <summary>Who called and has no answer yet gets this one: the actor may have died with the question in its mailbox.</summary>
        public void FailCallers(KillaBeezError error, string reason)
        {
            _callers.ForEach(caller => caller.TrySetException(new KillaBeezException(error, reason)));
            _callers.Clear();
        }
    }
}
