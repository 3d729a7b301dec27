using KillaBeez.Actors.Handles;
using KillaBeez.Actors.Logging;
using KillaBeez.Actors.Messages;
using KillaBeez.Actors.Transport;
using KillaBeez.Swarm.Calls;
using KillaBeez.Swarm.Sessions;
using KillaBeez.Swarm.Signaling;
using KillaBeez.Swarm.Signaling.Post;

namespace KillaBeez.Actors.Peers;

/// <summary>
/// One remote node: calls it, keeps its session and multiplexer, and moves what the links bring to the substreams
/// and back. It turns its engines after every message: nothing here waits.
/// </summary>
/// <remarks>
/// Links and substreams are its children. A link that fails is gone, and the call engine calls anew with growing
/// pauses while the session waits; a substream that fails costs itself only (docs/supervision.md). What there is to
/// know of either is in the parts: <see cref="PeerCallers"/>, <see cref="PeerLinks"/>, <see cref="PeerSession"/>.
/// </remarks>
internal sealed class PeerActor : UntypedActor, IWithTimers
{
    /// <summary>How often the round trip to a connected peer is measured, for the map of the mesh.</summary>
    private static readonly TimeSpan _measureInterval = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan _tombstoneTime = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan _firstRedialPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _longestRedialPause = TimeSpan.FromSeconds(20);

    private readonly PeerScope _scope;
    private readonly CallEngine _calls;
    private readonly SessionEngine _session;
    private readonly PeerCallers _callers;
    private readonly PeerLinks _links;

    /// <summary>What belongs to the session that there is now, if there is one.</summary>
    private PeerSession? _current;

    /// <summary>The way to send signals: that of the peer's last one, or that which the mesh heard of.</summary>
    private SignalWay? _way;
    private Instant _armed = Instant.Never;
    private bool _isShuttingDown;
    private bool _isIdle;

    /// <summary>Calls that failed since the session last had a link.</summary>
    private int _redials;

    public PeerActor(SwarmEnvironment environment, PeerId remote, ISwarmEvents events)
    {
        _calls = new CallEngine(environment.Identity.Id, remote, CallOptions.Default, environment.Random);
        _session = new SessionEngine(
            new SessionOptions
            {
                ResumeWindow = environment.Options.ResumeWindow,
                TombstoneTime = environment.Options.ResumeWindow > _tombstoneTime ? environment.Options.ResumeWindow : _tombstoneTime,
            },
            environment.Random);
        _scope = new PeerScope(environment, remote, events, Context, this) { Calls = _calls, Session = _session };
        _callers = new PeerCallers(_scope);
        _links = new PeerLinks(_scope);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private static Instant Now => Instant.FromElapsed(Context.System.Scheduler.HighResMonotonicClock);

    private bool IsQuiet => _current is null && _callers.IsEmpty && _links.IsEmpty && !_calls.IsInProgress;

    /// <summary>Links and substreams are not restarted in place: their ends are handled, and links are called anew.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(null, null, _ => Directive.Stop);

    protected override void PostStop()
    {
        _callers.FailAll(KillaBeezError.Closed, "The node stopped, or the peer failed.");
        _links.ReleasePlaces();
        EndSession(
            "the peer's actor stopped",
            PeerEnd.Lost,
            new KillaBeezException(KillaBeezError.SessionLost, $"The session with {_scope.Remote.ToShortString()} ended with its actor."),
            areStopped: true);
        _scope.Finishing.EndAll();
        _session.Dispose();
    }

    /// <summary>Every message is handled with the time of now, and the engines are turned after it.</summary>
    protected override void OnReceive(object message)
    {
        var now = Now;
        switch (message)
        {
            case PeerMessages.SignalDelayed m: _callers.NoteSignalProblem(m.Failure, m.Reason); return;
            case PeerMessages.Standing m: _scope.Origin = m.Origin; return;
            case PeerTimer.IdleDue: Context.Parent.Tell(PeerMessages.Idle.Instance); return;
            case PeerMessages.StopIfIdle: OnStopIfIdle(); return;
        }

        if (HandleSubstreams(now, message) || HandleLinks(now, message) || HandleCalls(now, message) || HandleSession(now, message))
        {
            Turn(now);
        }
        else
        {
            Unhandled(message);
        }
    }

    private bool HandleSubstreams(Instant now, object message)
    {
        switch (message)
        {
            case SubstreamMessages.Write m: _current?.Substreams.Write(now, m); return true;
            case SubstreamMessages.Consumed m: _current?.Substreams.Consumed(now, m); return true;
            case SubstreamMessages.ReaderGone m: _current?.Substreams.StopReading(now, m); return true;
            case SubstreamMessages.CloseWrite m: _current?.Substreams.CloseWrite(now, m); return true;
            case SubstreamMessages.Drained: _current?.Substreams.NoteDrained(Sender); return true;
            case PeerMessages.OpenSubstream m: OnOpenSubstream(now, m); return true;
            case PeerSubstreams.Answer m: _current?.Substreams.HandleAnswer(now, m); return true;
            case PeerSubstreams.Reset m: _current?.Substreams.HandleReset(now, m); return true;
            case PeerSession.DrainLimit: _current?.Substreams.GiveUpDraining(); return true;
            default: return false;
        }
    }

    private bool HandleLinks(Instant now, object message)
    {
        switch (message)
        {
            case CipherMessages.Opened m: OnMessages(now, m); return true;
            case CipherMessages.Took m: _session.LinkTook(now, m.Id, m.Bytes); return true;
            case CipherMessages.Hello m: _links.HelloReceived(now, m); return true;
            case LinkMessages.Description m: _links.Described(now, m); return true;
            case LinkMessages.Candidate m: _calls.LocalCandidate(now, m.Call, m.Text); return true;
            case LinkMessages.Up m: _links.Up(now, m); return true;
            case LinkMessages.Down m: OnLinkDown(now, m); return true;
            case Terminated m: OnTerminated(now, m); return true;
            default: return false;
        }
    }

    private bool HandleCalls(Instant now, object message)
    {
        switch (message)
        {
            case PeerMessages.Connect m: OnConnect(now, m); return true;
            case PeerMessages.SignalReceived m: OnSignal(now, m); return true;
            case PeerMessages.SignalUndeliverable m: OnSignalUndeliverable(now, m); return true;
            case PeerCallers.WaitLimit m: _callers.Expire(m.Caller); return true;
            case PeerTimer.Redial: _calls.Call(now); return true;
            default: return false;
        }
    }

    private bool HandleSession(Instant now, object message)
    {
        switch (message)
        {
            case PeerTimer.Tick: OnTick(now); return true;
            case PeerTimer.Measure: _current?.Measure(now); return true;
            case PeerMessages.SendControl m: _current?.QueueControl(m); return true;
            case PeerMessages.ControlReceipt m: _current?.HandleControlReceipt(now, m); return true;
            case PeerMessages.BrokeProtocol: _session.Abort(now, SessionEndCode.ProtocolViolation); return true;
            case PeerMessages.CloseSession m: OnCloseSession(now, m); return true;
            case PeerMessages.Ping m: OnPing(now, m); return true;
            case PeerMessages.Shutdown: OnShutdown(now); return true;
            default: return false;
        }
    }

    private void OnConnect(Instant now, PeerMessages.Connect message)
    {
        _way = message.Via is { } via ? new SignalWay.Carrier(via) : _way;
        if (_isShuttingDown)
        {
            message.Reply?.TrySetException(new KillaBeezException(KillaBeezError.Closed, "The node is stopping."));
            return;
        }

        if (_current is { } session)
        {
            if (message.Reply is not null)
            {
                _callers.Answer(message.Reply, session.Peer);
            }

            return;
        }

        if (message.Reply is not null)
        {
            _callers.Add(message.Reply);
        }

        _callers.ForgetProblems();
        _calls.Call(now, byApplication: message.Reply is not null);
    }

    private void OnSignal(Instant now, PeerMessages.SignalReceived message)
    {
        // Answers go the way the question came.
        _way = message.Way;
        _callers.ForgetSignalProblem();
        if (message.Content is { Kind: SignalKind.Goodbye, Body: CallEngine.ClosedReason })
        {
            _callers.NoteGivenUpByPeer();
        }

        _calls.HandleSignal(now, message.Content);
    }

    private void OnSignalUndeliverable(Instant now, PeerMessages.SignalUndeliverable message)
    {
        _callers.NoteSignalProblem(message.Failure, message.Reason);
        _calls.SignalUndeliverable(now, message.Call, message.Failure);
    }

    private void OnMessages(Instant now, CipherMessages.Opened message)
    {
        using var plaintexts = message.Plaintexts;
        for (var i = 0; i < plaintexts.Count; i++)
        {
            _session.MessageReceived(now, message.Id, plaintexts[i]);

            // Frames are delivered as they come, so that at most one message's worth waits in the engines.
            TurnSession(now);
        }

        message.Link.ReleaseReceived(message.ReceivedBytes);
    }

    private void OnOpenSubstream(Instant now, PeerMessages.OpenSubstream message)
    {
        if (IsCurrent(message.Peer))
        {
            _current!.Substreams.Open(now, message);
        }
        else
        {
            message.Reply.TrySetException(new KillaBeezException(KillaBeezError.SessionLost, $"The session with {_scope.Remote.ToShortString()} is over."));
        }
    }

    private void OnCloseSession(Instant now, PeerMessages.CloseSession message)
    {
        if (IsCurrent(message.Peer))
        {
            _current!.Close(now, message.Reply);
        }
        else
        {
            message.Reply.TrySetResult(true);
        }
    }

    private void OnPing(Instant now, PeerMessages.Ping message)
    {
        if (!IsCurrent(message.Peer) || !_current!.TryPing(now, message.Reply))
        {
            message.Reply.TrySetException(new KillaBeezException(
                KillaBeezError.LimitExceeded, $"{_scope.Remote.ToShortString()} is not connected, or too many pings are under way."));
        }
    }

    /// <summary>Whether this is the peer of the session that there is, and not of one that is over.</summary>
    private bool IsCurrent(Peer peer) => ReferenceEquals(peer, _current?.Peer);

    private void OnLinkDown(Instant now, LinkMessages.Down message)
    {
        if (message.Failure is { } failure)
        {
            _callers.NoteLinkProblem(failure, message.Reason);
        }

        _links.Down(now, message.Id, message.Reason);
    }

    private void OnTerminated(Instant now, Terminated terminated)
    {
        if (!_links.TryEnd(now, terminated.ActorRef))
        {
            _scope.Finishing.Ended(terminated.ActorRef);
            _current?.Substreams.Terminated(now, terminated.ActorRef);
        }
    }

    private void OnShutdown(Instant now)
    {
        _isShuttingDown = true;
        _callers.FailAll(KillaBeezError.Closed, "The node is stopping.");
        _session.Abort(now, SessionEndCode.ShuttingDown);
        _links.CloseAttempts("the node is stopping");
    }

    private void OnTick(Instant now)
    {
        _armed = Instant.Never;
        _calls.HandleTimeout(now);
        _session.HandleTimeout(now);
        _current?.HandleTimeout(now);
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

    /// <summary>Moves everything that can move between the engines, then sets the timer to the next deadline.</summary>
    private void Turn(Instant now)
    {
        while (TurnCalls(now) | TurnSession(now) | TurnStreams(now))
        {
        }

        ArmTimer(now, Instant.Min(Instant.Min(_calls.NextTimeout, _session.NextTimeout), _current?.NextTimeout ?? Instant.Never));
        if (_isShuttingDown && _links.IsEmpty)
        {
            Context.Stop(Self);
        }

        NoteIdleness();
    }

    private bool TurnCalls(Instant now)
    {
        var turned = false;
        while (_calls.TryPollEvent(out var e))
        {
            turned = true;
            switch (e.Kind)
            {
                case CallEventKind.StartOffering: _links.Start(now, e.Call, offer: null); break;
                case CallEventKind.StartAnswering: _links.Start(now, e.Call, e.Body); break;
                case CallEventKind.ApplyAnswer: _links.Tell(e.Call, new LinkMessages.AcceptAnswer(e.Body)); break;
                case CallEventKind.ApplyCandidate: _links.Tell(e.Call, new LinkMessages.AddCandidate(e.Body)); break;
                case CallEventKind.DropAttempt: _links.Drop(now, e.Call); break;
                case CallEventKind.Disconnected: OnDisconnected(now, e.Call); break;
                case CallEventKind.SendSignal: Context.Parent.Tell(new GuardianMessages.SendSignal(_scope.Remote, e.Signal!, _way, IsAwaited: !_callers.IsEmpty)); break;
                case CallEventKind.Failed: OnCallFailed(e.Failure, e.Body); break;
                default: break;
            }
        }

        return turned;
    }

    private void OnDisconnected(Instant now, SignalCallId call)
    {
        _links.Drop(now, call);
        if (!_callers.IsEmpty)
        {
            // Who called while the last session's link was still there waits for a link of the next one.
            _calls.Call(now);
        }
    }

    /// <summary>
    /// Sends what the session has to say, then hears what happened in it: a link is only closed after the last
    /// message for it has gone out.
    /// </summary>
    private bool TurnSession(Instant now)
    {
        var turned = _links.SendMessages(now);
        while (_session.TryPollEvent(out var e))
        {
            turned = true;
            switch (e.Kind)
            {
                case SessionEventKind.Started: OnSessionStarted(now); break;
                case SessionEventKind.LinkAttached:
                    _redials = 0;
                    _links.Attached(now, e.Link);
                    break;
                case SessionEventKind.Frame: OnFrame(now, e); break;
                case SessionEventKind.Stalled: OnStalled(); break;
                case SessionEventKind.Resumed: OnResumed(); break;
                case SessionEventKind.PeerClosing: _current?.BeginClose(now); break;
                case SessionEventKind.Ended: OnSessionEnded(e); break;
                case SessionEventKind.NeedLink when !_isShuttingDown: _calls.Call(now); break;
                case SessionEventKind.CloseLink: _links.Close(e.Link, $"session: {e.CloseReason}"); break;
                default: break;
            }
        }

        return turned;
    }

    /// <summary>The multiplexer and what is around it, in the order in which bytes come and go.</summary>
    private bool TurnStreams(Instant now) =>
        _current is { } session && (session.Turn(now) | session.WriteControl(now) | session.WriteFrames(now) | session.FinishClose(now));

    private void OnSessionStarted(Instant now)
    {
        var session = _current = new PeerSession(_scope);
        Context.Parent.Tell(new GuardianMessages.PeerUp(session.Peer));
        _callers.AnswerAll(session.Peer);
        session.Begin(now);
        Timers.StartPeriodicTimer(nameof(PeerTimer.Measure), PeerTimer.Measure.Instance, _measureInterval);
    }

    private void OnFrame(Instant now, SessionEvent e)
    {
        using var frame = e.Frame;
        _current?.HandleFrame(now, frame.Span);
    }

    private void OnSessionEnded(SessionEvent e)
    {
        var reason = e.ByPeer ? $"{e.Code} (by the peer)" : e.Code.ToString();
        if (!string.IsNullOrEmpty(e.Text))
        {
            reason += $": {e.Text}";
        }

        EndSession(reason, PeerSession.EndOf(e), e.Code == SessionEndCode.Closed
            ? null
            : new KillaBeezException(KillaBeezError.SessionLost, $"The session with {_scope.Remote.ToShortString()} ended: {reason}. {e.FramesConfirmed} frames were surely received."));
        Timers.Cancel(nameof(PeerTimer.Redial));
        Timers.Cancel(nameof(PeerTimer.Measure));
    }

    private void EndSession(string reason, PeerEnd end, KillaBeezException? error, bool areStopped = false)
    {
        // Nothing that is done because the session ends may take it for one that goes on.
        var session = _current;
        _current = null;
        session?.End(reason, end, error, areStopped);
    }

    private void OnCallFailed(CallFailure failure, string body)
    {
        _callers.CallFailed(failure, body);
        Context.Parent.Tell(new GuardianMessages.CallFailed(_scope.Remote, failure));
        if (_current is not null)
        {
            // The session still waits for a link: go on calling until its window is over, with growing pauses.
            var pause = GrowingPause.Draw(_firstRedialPause, _longestRedialPause, _redials++, _scope.Environment.Random);
            Timers.StartSingleTimer(nameof(PeerTimer.Redial), PeerTimer.Redial.Instance, pause);
        }
    }

    private void OnStalled()
    {
        if (_current is { } session)
        {
            SwarmLog.PeerStalled(_scope.Log, _scope.Remote);
            _scope.Events.Publish(new PeerStalledEvent(session.Peer));
        }
    }

    private void OnResumed()
    {
        if (_current is { } session)
        {
            SwarmLog.PeerResumed(_scope.Log, _scope.Remote);
            _scope.Events.Publish(new PeerResumedEvent(session.Peer));
        }
    }

    private void ArmTimer(Instant now, Instant next)
    {
        // A timer that fires early does no harm, so a later deadline does not move it.
        if (next < _armed)
        {
            _armed = next;
            Timers.StartSingleTimer(nameof(PeerTimer.Tick), PeerTimer.Tick.Instance, next <= now ? TimeSpan.Zero : next - now);
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
            Timers.StartSingleTimer(nameof(PeerTimer.IdleDue), PeerTimer.IdleDue.Instance, _tombstoneTime);
            Context.Parent.Tell(PeerMessages.Quiet.Instance);
        }
        else
        {
            Timers.Cancel(nameof(PeerTimer.IdleDue));
        }
    }
}
