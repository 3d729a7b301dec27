using KillaBeez.Actors.Links;
using KillaBeez.Actors.Messages;
using KillaBeez.Actors.Replies;
using KillaBeez.Swarm.Links;
using KillaBeez.Swarm.Multiplexing;
using KillaBeez.Swarm.Sessions;

namespace KillaBeez.Actors.Peers;

/// <content>The session: from links to frames, and from frames to links.</content>
internal sealed partial class PeerActor
{

    private readonly List<PendingReply<bool>> _closeWaiters = [];

    /// <summary>A frame that the session did not take: its replay buffer is full.</summary>
    private PooledBuffer? _blockedFrame;
    private bool _isClosing;
    private bool _hasClosed;

    /// <summary>How long a session that closes waits for bytes that the peer gives no credit for.</summary>
    private static readonly TimeSpan _drainLimit = TimeSpan.FromSeconds(5);

    /// <summary>The substreams that may still hold bytes of the application's.</summary>
    private readonly HashSet<IActorRef> _draining = [];

    private sealed record DrainLimit : ILateMessage
    {
        public static readonly DrainLimit Instance = new();
    }

    /// <summary>
    /// Sends what the session has to say, then hears what happened in it: a link is only closed after the last
    /// message for it has gone out.
    /// </summary>
    private bool TurnSession(Instant now)
    {
        var turned = SendMessages(now);
        while (_session.TryPollEvent(out var e))
        {
            turned = true;
            switch (e.Kind)
            {
                case SessionEventKind.Started: OnSessionStarted(now); break;
                case SessionEventKind.LinkAttached: OnLinkAttached(now, e.Link); break;
                case SessionEventKind.Frame: OnFrame(now, e); break;
                case SessionEventKind.Stalled: Publish(peer => new PeerStalledEvent(peer)); break;
                case SessionEventKind.Resumed: Publish(peer => new PeerResumedEvent(peer)); break;
                case SessionEventKind.PeerClosing: BeginClose(now); break;
                case SessionEventKind.Ended: OnSessionEnded(e); break;
                case SessionEventKind.NeedLink: OnNeedLink(now); break;
                case SessionEventKind.CloseLink:
                    if (_links.TryGetValue(e.Link, out var link))
                    {
                        link.Actor.Tell(new LinkMessages.Close($"session: {e.CloseReason}"));
                    }

                    break;
                default: break;
            }
        }

        return turned;
    }

    private void OnSessionStarted(Instant now)
    {
        (_isClosing, _hasClosed) = (false, false);
        _mux = new MuxEngine(new MuxOptions(), usesOddIds: _environment.Identity.Id > _remote);
        _peer = new Peer(_remote, new PeerCommands(Self), _environment.DispatchEventsInline);
        Context.Parent.Tell(new GuardianMessages.PeerUp(_peer));
        foreach (var waiter in _waiters)
        {
            Answer(waiter, _peer);
        }

        _waiters.Clear();
        OpenControl(now);
        _mux.Ping(now);
        Timers.StartPeriodicTimer(nameof(Measure), Measure.Instance, _measureInterval);
    }

    private void OnLinkAttached(Instant now, LinkId id)
    {
        // The newest link is the one both sides have just proven to work; older ones go when they are silent.
        _session.Use(now, id);
        _redials = 0;
        if (_links.TryGetValue(id, out var link))
        {
            link.ReleasePlace(_environment.PendingLinks);
            _calls.LinkOpened(now, link.Call);
        }
    }

    private void OnFrame(Instant now, SessionEvent e)
    {
        using var frame = e.Frame;
        _mux?.HandleFrame(now, frame.Span);
        TurnMux(now);
    }

    private void OnNeedLink(Instant now)
    {
        if (!_isShuttingDown)
        {
            _calls.Call(now);
        }
    }

    /// <summary>
    /// No more substreams; what the application has written is taken from its pipes, what the multiplexer holds goes
    /// out, and then the session's last frame (R27). Only what the peer gives no credit for is given up.
    /// </summary>
    private void BeginClose(Instant now)
    {
        if (_isClosing || _mux is null)
        {
            return;
        }

        _isClosing = true;
        _mux.GoAway(now);
        foreach (var entry in _substreams.Values)
        {
            _draining.Add(entry.Actor);
            entry.Actor.Tell(SubstreamMessages.Drain.Instance);
        }

        Timers.StartSingleTimer(nameof(DrainLimit), DrainLimit.Instance, _drainLimit);
    }

    private bool FinishClose(Instant now)
    {
        if (!_isClosing || _hasClosed || _draining.Count > 0 || _blockedFrame is not null || _mux is { QueuedBytes: > 0 })
        {
            return false;
        }

        _hasClosed = true;
        _session.Close(now);
        return true;
    }

    private void OnSessionEnded(SessionEvent e)
    {
        var reason = e.ByPeer ? $"{e.Code} (by the peer)" : e.Code.ToString();
        if (!string.IsNullOrEmpty(e.Text))
        {
            reason += $": {e.Text}";
        }

        EndSubstreams(e.Code == SessionEndCode.Closed
            ? null
            : new KillaBeezException(KillaBeezError.SessionLost, $"The session with {_remote.ToShortString()} ended: {reason}. {e.FramesConfirmed} frames were surely received."));
        EndPeer(reason);
        _mux?.Dispose();
        _mux = null;
        DropBlockedFrame();
        Timers.Cancel(nameof(Redial));
        Timers.Cancel(nameof(Measure));
    }

    private void EndPeer(string reason)
    {
        foreach (var waiter in _closeWaiters)
        {
            waiter.TrySetResult(true);
        }

        _closeWaiters.Clear();
        if (_peer is { } peer)
        {
            _peer = null;
            peer.SetDisconnected(reason);
            Context.Parent.Tell(new GuardianMessages.PeerDown(peer, reason));
        }
    }

    private void Publish(Func<Peer, SwarmEvent> make)
    {
        if (_peer is not null)
        {
            _events.Publish(make(_peer));
        }
    }

    /// <summary>Moves frames from the multiplexer to the session.</summary>
    private bool WriteFrames(Instant now)
    {
        if (_blockedFrame is { } blocked)
        {
            if (!_session.TryWrite(now, blocked.Span))
            {
                return false;
            }

            DropBlockedFrame();
        }

        var wrote = false;
        var frame = Scratch.Frame;
        while (_mux is not null && _mux.TryPollTransmit(now, frame, out var bytes))
        {
            if (!_session.TryWrite(now, frame.AsSpan(0, bytes)))
            {
                _blockedFrame = PooledBuffer.CopyOf(frame.AsSpan(0, bytes));
                return wrote;
            }

            wrote = true;
        }

        return wrote;
    }

    private void DropBlockedFrame()
    {
        _blockedFrame?.Dispose();
        _blockedFrame = null;
    }

    /// <summary>Moves messages from the session to the links' ciphers, all of one link together.</summary>
    private bool SendMessages(Instant now)
    {
        var any = false;
        var message = Scratch.Message;
        while (_session.TryPollTransmit(now, message, out var written, out var id))
        {
            if (_links.TryGetValue(id, out var link) && link.Cipher is not null)
            {
                any = true;
                (link.Outgoing ??= new MessageBatch()).AddCopy(message.AsSpan(0, written));
            }
        }

        if (any)
        {
            foreach (var link in _links.Values)
            {
                if (link.Outgoing is { } batch)
                {
                    link.Outgoing = null;
                    link.Cipher!.Tell(new CipherMessages.Send(batch));
                }
            }
        }

        return any;
    }
}
