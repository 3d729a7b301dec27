using KillaBeez.Actors.Handles;
using KillaBeez.Actors.Logging;
using KillaBeez.Actors.Messages;
using KillaBeez.Actors.Replies;
using KillaBeez.Actors.Settings;
using KillaBeez.Actors.Transport;

namespace KillaBeez.Actors.Peers;

/// <summary>
/// The parent of every peer's actor: makes them when they are needed, and decides what happens when one fails.
/// A failed peer loses its session and its actor; who fails again and again is quarantined for longer and longer.
/// </summary>
internal sealed class PeersActor : ReceiveActor
{
    private readonly SwarmEnvironment _environment;
    private readonly ISwarmEvents _events;
    private readonly Dictionary<PeerId, Entry> _entries = [];
    private readonly Dictionary<IActorRef, PeerId> _keys = [];
    private readonly PeerQuarantine _quarantine = new();
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private bool _isShuttingDown;

    public PeersActor(SwarmEnvironment environment, ISwarmEvents events)
    {
        _environment = environment;
        _events = events;
        Receive<PeersMessages.ToPeer>(OnToPeer);
        Receive<PeersMessages.ShutdownAll>(_ => OnShutdownAll());
        Receive<Terminated>(OnTerminated);
        Receive<PeerMessages.Idle>(_ => OnIdle(Sender));
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
    }

    private void OnToPeer(PeersMessages.ToPeer message)
    {
        if (_entries.TryGetValue(message.Remote, out var entry))
        {
            if (!entry.IsStopping)
            {
                entry.Deliver(message, Sender);
            }
            else if (!entry.Keep(message))
            {
                Refuse(message, KillaBeezError.LimitExceeded, "too many calls wait for the peer's former state to end");
            }

            return;
        }

        if (!message.Create)
        {
            return;
        }

        if (_isShuttingDown)
        {
            Refuse(message, KillaBeezError.Closed, "the node is stopping");
            return;
        }

        if (_entries.Count >= _environment.Options.MaxPeers)
        {
            Refuse(message, KillaBeezError.LimitExceeded, $"this node keeps at most {_environment.Options.MaxPeers} peers");
        }
        else if (_quarantine.IsQuarantined(Now, message.Remote))
        {
            Refuse(message, KillaBeezError.ProtocolViolation, $"{message.Remote.ToShortString()} failed repeatedly and is not called for a while");
        }
        else if (!KeyPair.TryToX25519(message.Remote, stackalloc byte[PeerId.SizeBytes]))
        {
            // Anybody can gossip or be given 32 bytes that are no key.
            Refuse(message, KillaBeezError.InvalidKey, $"{message.Remote} is not a public key that anybody can hold");
        }
        else
        {
            Create(message.Remote).Deliver(message, Sender);
        }
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

    private void OnTerminated(Terminated terminated)
    {
        if (!_keys.Remove(terminated.ActorRef, out var remote) || !_entries.Remove(remote, out var entry))
        {
            return;
        }

        entry.FailCallers(KillaBeezError.LinkFailed, $"The call to {remote.ToShortString()} failed at this side.");
        foreach (var kept in entry.Kept)
        {
            Self.Tell(kept, ActorRefs.NoSender);
        }

        ReportIfAllStopped();
    }

    private void OnShutdownAll()
    {
        _isShuttingDown = true;
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
            foreach (var kept in entry.Kept)
            {
                entry.Deliver(kept, ActorRefs.NoSender);
            }

            entry.Kept.Clear();
        }
    }

    private void Refuse(PeersMessages.ToPeer message, KillaBeezError error, string reason)
    {
        if (message.Message is PeerMessages.Connect { Reply: { } reply })
        {
            SwarmLog.CallFailed(_log, message.Remote, reason, isAwaited: true);
            reply.TrySetException(new KillaBeezException(error, $"The call was not made: {reason}."));
        }
        else if (message.Message is PeerMessages.SignalReceived)
        {
            SwarmLog.SignalNotTaken(_log, message.Remote, reason);
        }
    }

    private sealed class Entry(IActorRef actor)
    {
        private const int MaxKeptMessages = 16;

        private readonly List<PendingReply<Peer>> _callers = [];

        public IActorRef Actor { get; } = actor;

        public bool IsStopping { get; set; }

        /// <summary>What came while the old actor was stopping, for the next one.</summary>
        public List<PeersMessages.ToPeer> Kept { get; } = [];

        /// <summary>False where too many are kept already.</summary>
        public bool Keep(PeersMessages.ToPeer message)
        {
            if (Kept.Count >= MaxKeptMessages)
            {
                return false;
            }

            Kept.Add(message);
            return true;
        }

        public void Deliver(PeersMessages.ToPeer message, IActorRef? sender)
        {
            if (message.Message is PeerMessages.Connect { Reply: { } reply })
            {
                _callers.RemoveAll(caller => caller.IsCompleted);
                _callers.Add(reply);
            }

            Actor.Tell(message.Message, sender!);
        }

        /// <summary>Who called and has no answer yet gets this one: the actor may have died with the question in its mailbox.</summary>
        public void FailCallers(KillaBeezError error, string reason)
        {
            _callers.ForEach(caller => caller.TrySetException(new KillaBeezException(error, reason)));
            _callers.Clear();
        }
    }
}
