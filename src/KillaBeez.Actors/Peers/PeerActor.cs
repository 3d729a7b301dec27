using KillaBeez.Actors.Handles;
using KillaBeez.Actors.Messages;
using KillaBeez.Actors.Replies;
using KillaBeez.Actors.Transport;
using KillaBeez.Swarm.Calls;
using KillaBeez.Swarm.Multiplexing;
using KillaBeez.Swarm.Sessions;

namespace KillaBeez.Actors.Peers;

/// <summary>
/// One remote node: calls it, keeps its session and multiplexer, and moves what the links bring to the substreams
/// and back. It owns three engines and turns them after every message: nothing here waits.
/// </summary>
/// <remarks>
/// Links and substreams are its children. A link that fails is gone, and the call engine calls anew with growing
/// pauses while the session waits; a substream that fails costs itself only (docs/supervision.md).
/// </remarks>
internal sealed partial class PeerActor : ReceiveActor, IWithTimers
{
    private sealed record Tick : ILateMessage
    {
        public static readonly Tick Instance = new();
    }

    private sealed record WaiterLimit(PendingReply<Peer> Waiter) : ILateMessage;

    private sealed record IdleDue : ILateMessage
    {
        public static readonly IdleDue Instance = new();
    }

    private sealed record Measure : ILateMessage
    {
        public static readonly Measure Instance = new();
    }

    private sealed record Redial : ILateMessage
    {
        public static readonly Redial Instance = new();
    }

    /// <summary>How often the round trip to a connected peer is measured, for the map of the mesh.</summary>
    private static readonly TimeSpan _measureInterval = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan _tombstoneTime = TimeSpan.FromSeconds(60);

    private readonly SwarmEnvironment _environment;
    private readonly PeerId _remote;
    private readonly ISwarmEvents _events;
    private readonly CallEngine _calls;
    private readonly SessionEngine _session;
    private readonly List<PendingReply<Peer>> _waiters = [];

    private Peer? _peer;
    private MuxEngine? _mux;
    private PeerId? _via;
    private string? _signalProblem;
    private bool _isShuttingDown;
    private bool _isIdle;

    public PeerActor(SwarmEnvironment environment, PeerId remote, ISwarmEvents events)
    {
        _environment = environment;
        _remote = remote;
        _events = events;
        _calls = new CallEngine(environment.Identity.Id, remote, CallOptions.Default, environment.Random);
        _session = new SessionEngine(
            new SessionOptions
            {
                ResumeWindow = environment.Options.ResumeWindow,
                TombstoneTime = environment.Options.ResumeWindow > _tombstoneTime ? environment.Options.ResumeWindow : _tombstoneTime,
            },
            environment.Random);

        Handle<PeerMessages.Connect>(OnConnect);
        Handle<PeerMessages.SignalReceived>(OnSignal);
        Handle<PeerMessages.SignalUndeliverable>(OnSignalUndeliverable);
        Receive<PeerMessages.SignalDelayed>(m => _signalProblem = m.Reason);
        Handle<PeerMessages.BrokeProtocol>((now, _) => _session.Abort(now, SessionEndCode.ProtocolViolation));
        Handle<PeerMessages.CloseSession>(OnCloseSession);
        Handle<PeerMessages.Shutdown>((now, _) => OnShutdown(now));
        Handle<Tick>((now, _) => OnTick(now));
        Handle<Measure>((now, _) => _mux?.Ping(now));
        Handle<WaiterLimit>((_, m) => OnWaiterLimit(m.Waiter));
        Handle<Redial>((now, _) => _calls.Call(now));
        Receive<IdleDue>(_ => Context.Parent.Tell(PeerMessages.Idle.Instance));
        Receive<PeerMessages.StopIfIdle>(_ => OnStopIfIdle());
        HandleLinkMessages();
        HandleSubstreamMessages();
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private static Instant Now => Instant.FromElapsed(Context.System.Scheduler.HighResMonotonicClock);

    /// <summary>Links and substreams are not restarted in place: their ends are handled, and links are called anew.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(null, null, _ => Directive.Stop);

    protected override void PostStop()
    {
        FailWaiters(KillaBeezError.Closed, "The node stopped, or the peer failed.");
        foreach (var link in _links.Values)
        {
            link.ReleasePlace(_environment.PendingLinks);
        }

        EndSubstreams(new KillaBeezException(KillaBeezError.SessionLost, $"The session with {_remote.ToShortString()} ended with its actor."), areStopped: true);
        EndPeer("the peer's actor stopped");
        _mux?.Dispose();
        DropBlockedFrame();
        _session.Dispose();
    }

    /// <summary>Every message is handled with the time of now, and the engines are turned after it.</summary>
    private void Handle<T>(Action<Instant, T> handler) => Receive<T>(message =>
    {
        var now = Now;
        handler(now, message);
        Turn(now);
    });

    private void OnConnect(Instant now, PeerMessages.Connect message)
    {
        _via = message.Via ?? _via;
        if (_isShuttingDown)
        {
            message.Reply?.TrySetException(new KillaBeezException(KillaBeezError.Closed, "The node is stopping."));
            return;
        }

        if (_peer is not null)
        {
            if (message.Reply is not null)
            {
                Answer(message.Reply, _peer);
            }

            return;
        }

        if (message.Reply is not null)
        {
            _waiters.Add(message.Reply);
            Timers.StartSingleTimer(message.Reply, new WaiterLimit(message.Reply), _environment.Options.CallTimeout);
        }

        _signalProblem = null;
        _linkProblem = null;
        _calls.Call(now);
    }

    /// <summary>The guardian answers, after it has put the peer among the node's peers: who called finds it there.</summary>
    private static void Answer(PendingReply<Peer> waiter, Peer peer) => Context.Parent.Tell(new GuardianMessages.CallAnswered(waiter, peer));

    private void OnSignalUndeliverable(Instant now, PeerMessages.SignalUndeliverable message)
    {
        _signalProblem = message.Reason;
        _calls.SignalUndeliverable(now, message.Call, message.Failure);
    }

    private void OnCloseSession(Instant now, PeerMessages.CloseSession message)
    {
        if (!ReferenceEquals(message.Peer, _peer))
        {
            message.Reply.TrySetResult(true);
            return;
        }

        _closeWaiters.Add(message.Reply);
        BeginClose(now);
    }

    private void OnShutdown(Instant now)
    {
        _isShuttingDown = true;
        FailWaiters(KillaBeezError.Closed, "The node is stopping.");
        _session.Abort(now, SessionEndCode.ShuttingDown);
        foreach (var link in _links.Values)
        {
            if (link.Cipher is null)
            {
                link.Actor.Tell(new LinkMessages.Close("the node is stopping"));
            }
        }
    }

    private void OnWaiterLimit(PendingReply<Peer> waiter)
    {
        if (_waiters.Remove(waiter))
        {
            waiter.TrySetException(_signalProblem is null
                ? new KillaBeezException(KillaBeezError.CallTimeout, $"{_remote.ToShortString()} was called but no connection came about in time{(_linkProblem is { } problem ? $": {problem.Reason}" : "")}.")
                : new KillaBeezException(KillaBeezError.ExchangeUnreachable, $"The call to {_remote} could not be sent: {_signalProblem}."));
        }
    }

    private void OnTick(Instant now)
    {
        _armed = Instant.Never;
        _calls.HandleTimeout(now);
        _session.HandleTimeout(now);
        _mux?.HandleTimeout(now);
    }

    private void OnStopIfIdle()
    {
        if (IsQuiet)
        {
            Context.Stop(Self);
        }
        else
        {
            Context.Parent.Tell(PeerMessages.BusyAgain.Instance);
        }
    }

    private bool IsQuiet => _peer is null && _waiters.Count == 0 && _links.Count == 0 && !_calls.IsInProgress;

    /// <summary>Moves everything that can move between the engines, then sets the timer to the next deadline.</summary>
    private void Turn(Instant now)
    {
        while (TurnCalls(now) | TurnSession(now) | TurnMux(now) | WriteControl(now) | WriteFrames(now) | FinishClose(now))
        {
        }

        var next = Instant.Min(_calls.NextTimeout, _session.NextTimeout);
        if (_mux is not null)
        {
            next = Instant.Min(next, _mux.NextTimeout);
        }

        ArmTimer(now, next);
        if (_isShuttingDown && _links.Count == 0)
        {
            Context.Stop(Self);
        }

        NoteIdleness();
    }

    private Instant _armed = Instant.Never;

    private void ArmTimer(Instant now, Instant next)
    {
        // A timer that fires early does no harm, so a later deadline does not move it.
        if (next < _armed)
        {
            _armed = next;
            Timers.StartSingleTimer(nameof(Tick), Tick.Instance, next <= now ? TimeSpan.Zero : next - now);
        }
    }

    private void NoteIdleness()
    {
        if (IsQuiet == _isIdle || _isShuttingDown)
        {
            return;
        }

        _isIdle = !_isIdle;
        if (_isIdle)
        {
            // Kept for a while: the next session's Hello tells how the last one ended (session.md, R28).
            Timers.StartSingleTimer(nameof(IdleDue), IdleDue.Instance, _tombstoneTime);
        }
        else
        {
            Timers.Cancel(nameof(IdleDue));
        }
    }

    private void FailWaiters(KillaBeezError error, string reason)
    {
        foreach (var waiter in _waiters)
        {
            waiter.TrySetException(new KillaBeezException(error, reason));
        }

        _waiters.Clear();
    }
}
