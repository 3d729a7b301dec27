using KillaBeez.Actors.Handles;
using KillaBeez.Actors.Links;
using KillaBeez.Actors.Messages;
using KillaBeez.Actors.Replies;
using KillaBeez.Swarm.Multiplexing;
using KillaBeez.Swarm.Sessions;

namespace KillaBeez.Actors.Peers;

/// <summary>
/// What lives as long as one session with a peer: the application's <see cref="Peer"/>, the multiplexer, the substreams,
/// and how it all ends in order. The next session has another of these, so nothing of the old one can reach it.
/// </summary>
internal sealed class PeerSession : IDisposable
{
    /// <summary>To the actor itself: it is waited no longer for a session that closes.</summary>
    public sealed record DrainLimit : ILateMessage
    {
        public static readonly DrainLimit Instance = new();
    }

    /// <summary>How long a session that closes waits for bytes that the peer gives no credit for.</summary>
    private static readonly TimeSpan _drainLimit = TimeSpan.FromSeconds(5);

    private readonly PeerScope _scope;
    private readonly MuxEngine _mux;
    private readonly PeerControl _control;
    private readonly Dictionary<uint, PendingReply<TimeSpan>> _pings = [];
    private readonly List<PendingReply<bool>> _closeWaiters = [];

    /// <summary>A frame that the session did not take: its replay buffer is full.</summary>
    private PooledBuffer? _blockedFrame;
    private bool _isClosing;
    private bool _hasClosed;

    public PeerSession(PeerScope scope)
    {
        _scope = scope;
        _mux = new MuxEngine(new MuxOptions(), usesOddIds: scope.HasLargerKey);
        Peer = new Peer(scope.Remote, new PeerCommands(scope.Context.Self), scope.Environment.DispatchEventsInline);
        _control = new PeerControl(scope, _mux);
        Substreams = new PeerSubstreams(scope, Peer, _mux);
    }

    /// <summary>The peer as the application knows it in this session.</summary>
    public Peer Peer { get; }

    public PeerSubstreams Substreams { get; }

    public Instant NextTimeout => _mux.NextTimeout;

    /// <summary>Whether anybody wanted a session to end as it did.</summary>
    public static PeerEnd EndOf(SessionEvent ended) => ended.Code switch
    {
        SessionEndCode.Closed or SessionEndCode.Aborted or SessionEndCode.ProtocolViolation => PeerEnd.Closed,
        SessionEndCode.ShuttingDown => ended.ByPeer ? PeerEnd.Left : PeerEnd.Closed,
        _ => PeerEnd.Lost,
    };

    public void HandleTimeout(Instant now) => _mux.HandleTimeout(now);

    /// <summary>Opens what this side has to open, and measures the first round trip.</summary>
    public void Begin(Instant now)
    {
        _control.Open(now);
        _mux.Ping(now);
    }

    /// <summary>Measures the round trip, for the map of the mesh.</summary>
    public void Measure(Instant now) => _mux.Ping(now);

    /// <summary>Measures the round trip, for the application; false where too many are under way.</summary>
    public bool TryPing(Instant now, PendingReply<TimeSpan> reply)
    {
        var number = _mux.Ping(now);
        if (number is not null)
        {
            _pings[number.Value] = reply;
        }

        return number is not null;
    }

    public void QueueControl(PeerMessages.SendControl message) => _control.Queue(message.Type, message.Message);

    public void HandleControlReceipt(Instant now, PeerMessages.ControlReceipt receipt) => _control.HandleReceipt(now, receipt);

    /// <summary>Takes a frame of the peer's, and what comes of it.</summary>
    public void HandleFrame(Instant now, ReadOnlySpan<byte> frame)
    {
        _mux.HandleFrame(now, frame);
        Turn(now);
    }

    /// <summary>Hands what the multiplexer says to the substreams.</summary>
    public bool Turn(Instant now)
    {
        var turned = false;
        while (_mux.TryPollEvent(out var e))
        {
            turned = true;
            if (_control.Owns(e.Id))
            {
                _control.Handle(now, e);
                continue;
            }

            switch (e.Kind)
            {
                case MuxEventKind.RemoteOpened when SubstreamTypes.IsReserved(e.Text): _control.RemoteOpened(now, e); break;
                case MuxEventKind.RemoteOpened: Substreams.RemoteOpened(e); break;
                case MuxEventKind.PingAnswered: OnPingAnswered(e); break;
                case MuxEventKind.Violation: _scope.Session.Abort(now, SessionEndCode.ProtocolViolation); break;
                default: Substreams.Handle(now, e); break;
            }
        }

        return turned;
    }

    public bool WriteControl(Instant now) => _control.Write(now);

    /// <summary>Moves frames from the multiplexer to the session.</summary>
    public bool WriteFrames(Instant now)
    {
        if (_blockedFrame is { } blocked)
        {
            if (!_scope.Session.TryWrite(now, blocked.Span))
            {
                return false;
            }

            DropBlockedFrame();
        }

        var wrote = false;
        var frame = Scratch.Frame;
        while (_mux.TryPollTransmit(now, frame, out var bytes))
        {
            if (!_scope.Session.TryWrite(now, frame.AsSpan(0, bytes)))
            {
                _blockedFrame = PooledBuffer.CopyOf(frame.AsSpan(0, bytes));
                return wrote;
            }

            wrote = true;
        }

        return wrote;
    }

    /// <summary>The application closes the session; the reply comes when it is over.</summary>
    public void Close(Instant now, PendingReply<bool> reply)
    {
        _closeWaiters.Add(reply);
        BeginClose(now);
    }

    /// <summary>
    /// No more substreams; what the application has written is taken from its pipes, what the multiplexer holds goes
    /// out, and then the session's last frame (R27). Only what the peer gives no credit for is given up.
    /// </summary>
    public void BeginClose(Instant now)
    {
        if (_isClosing)
        {
            return;
        }

        _isClosing = true;
        _mux.GoAway(now);
        Substreams.Drain();
        _scope.Timers.StartSingleTimer(nameof(DrainLimit), DrainLimit.Instance, _drainLimit);
    }

    /// <summary>Closes the session once nothing waits any more; true where it did so now.</summary>
    public bool FinishClose(Instant now)
    {
        if (!_isClosing || _hasClosed || !Substreams.AreDrained || _blockedFrame is not null || _mux.QueuedBytes > 0)
        {
            return false;
        }

        _hasClosed = true;
        _scope.Session.Close(now);
        return true;
    }

    /// <summary>The session is over, and all who wait for something of it are told.</summary>
    /// <param name="reason">Why, for people.</param>
    /// <param name="end">Whether that was wanted.</param>
    /// <param name="error">What the substreams fail with; null where it was closed in order.</param>
    /// <param name="areStopped">Whether the actor and its children have stopped.</param>
    public void End(string reason, PeerEnd end, KillaBeezException? error, bool areStopped = false)
    {
        Substreams.End(error, areStopped);
        _scope.Timers.Cancel(nameof(DrainLimit));
        foreach (var reply in _pings.Values)
        {
            reply.TrySetException(new KillaBeezException(KillaBeezError.SessionLost, "The session ended before the answer came."));
        }

        _pings.Clear();
        foreach (var waiter in _closeWaiters)
        {
            waiter.TrySetResult(true);
        }

        _closeWaiters.Clear();
        Peer.SetDisconnected(reason);
        _scope.Context.Parent.Tell(new GuardianMessages.PeerDown(Peer, reason, end));
        Dispose();
    }

    public void Dispose()
    {
        _mux.Dispose();
        DropBlockedFrame();
    }

    private void OnPingAnswered(MuxEvent e)
    {
        Peer.SetRoundTripTime(e.RoundTripTime);
        _scope.Context.Parent.Tell(new GuardianMessages.RoundTripMeasured(_scope.Remote, e.RoundTripTime));
        if (_pings.Remove(e.Code, out var reply))
        {
            reply.TrySetResult(e.RoundTripTime);
        }
    }

    private void DropBlockedFrame()
    {
        _blockedFrame?.Dispose();
        _blockedFrame = null;
    }
}
