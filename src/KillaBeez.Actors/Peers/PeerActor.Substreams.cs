using KillaBeez.Actors.Handles;
using KillaBeez.Actors.Messages;
using KillaBeez.Actors.Replies;
using KillaBeez.Actors.Substreams;
using KillaBeez.Swarm.Multiplexing;
using KillaBeez.Swarm.Sessions;

namespace KillaBeez.Actors.Peers;

/// <content>The application's substreams.</content>
internal sealed partial class PeerActor
{
    private sealed record ResetSubstream(MuxEngine Mux, SubstreamId Id, uint Code) : ILateMessage;

    private sealed record AnswerSubstream(MuxEngine Mux, SubstreamId Id, (uint Code, string Reason)? Refusal) : ILateMessage;

    private readonly Dictionary<SubstreamId, Entry> _substreams = [];
    private readonly Dictionary<IActorRef, SubstreamId> _substreamIds = [];
    private readonly Dictionary<uint, PendingReply<TimeSpan>> _pings = [];

    private void HandleSubstreamMessages()
    {
        Handle<PeerMessages.OpenSubstream>(OnOpenSubstream);
        Handle<SubstreamMessages.Write>(OnSubstreamWrite);
        Handle<SubstreamMessages.Consumed>((now, m) =>
        {
            if (IsFromItsActor(m.Id))
            {
                _mux!.Consumed(now, m.Id, m.Bytes);
            }
        });
        Handle<SubstreamMessages.CloseWrite>((now, m) =>
        {
            if (IsFromItsActor(m.Id))
            {
                _mux!.CloseWrite(now, m.Id);
            }
        });
        Handle<SubstreamMessages.Drained>((_, _) => _draining.Remove(Sender));
        Handle<DrainLimit>((_, _) => _draining.Clear());
        Handle<ResetSubstream>(OnResetSubstream);
        Handle<AnswerSubstream>(OnAnswerSubstream);
        Handle<PeerMessages.Ping>(OnPing);
        Handle<PeerMessages.SendControl>(OnSendControl);
        Handle<PeerMessages.ControlReceipt>(OnControlReceipt);
        Handle<Terminated>(OnTerminated);
    }

    private void OnOpenSubstream(Instant now, PeerMessages.OpenSubstream message)
    {
        if (_mux is null || !ReferenceEquals(message.Peer, _peer))
        {
            message.Reply.TrySetException(new KillaBeezException(KillaBeezError.SessionLost, $"The session with {_remote.ToShortString()} is over."));
            return;
        }

        if (!_mux.TryOpen(now, message.Type, message.Metadata.Span, out var id, out var error))
        {
            message.Reply.TrySetException(new KillaBeezException(KillaBeezError.LimitExceeded, $"No more substreams can be opened to {_remote.ToShortString()}: {error}."));
            return;
        }

        _substreams.Add(id, MakeSubstream(id, message.Type, message.Metadata, message.Reply));
    }

    private Entry MakeSubstream(SubstreamId id, string type, ReadOnlyMemory<byte> metadata, PendingReply<Substream>? reply)
    {
        var pipes = new SubstreamPipes(_environment.ApplicationScheduler);
        var actor = Context.ActorOf(Props.Create(() => new SubstreamActor(id, pipes)), $"sub-{id.Value}");
        Context.Watch(actor);
        var (self, mux) = (Self, _mux!);
        var substream = new Substream(_peer!, type, metadata, pipes, code => self.Tell(new ResetSubstream(mux, id, code), ActorRefs.NoSender));
        _substreamIds.Add(actor, id);
        return new Entry(actor, substream, pipes, reply);
    }

    /// <summary>
    /// Numbers begin anew with every session: a late message of an old session's substream must not reach the
    /// one that has its number now.
    /// </summary>
    private bool IsFromItsActor(SubstreamId id) => _substreams.TryGetValue(id, out var entry) && entry.Actor.Equals(Sender);

    private void OnSubstreamWrite(Instant now, SubstreamMessages.Write message)
    {
        if (!IsFromItsActor(message.Id))
        {
            return;
        }

        var taken = 0;
        foreach (var segment in message.Data)
        {
            var written = _mux!.Write(now, message.Id, segment.Span);
            taken += written;
            if (written < segment.Length)
            {
                break;
            }
        }

        Sender.Tell(new SubstreamMessages.Written(taken));
    }

    private void OnResetSubstream(Instant now, ResetSubstream message)
    {
        if (ReferenceEquals(message.Mux, _mux))
        {
            _mux.Reset(now, message.Id, Math.Min(message.Code, MuxResetCode.FirstReserved - 1));
            FinishSubstream(message.Id, new KillaBeezException(KillaBeezError.SubstreamReset, $"The substream was reset at this side with code {message.Code}."));
        }
    }

    private void OnAnswerSubstream(Instant now, AnswerSubstream message)
    {
        if (!ReferenceEquals(message.Mux, _mux) || !_substreams.TryGetValue(message.Id, out var entry))
        {
            return;
        }

        if (message.Refusal is { } refusal)
        {
            _mux.Refuse(now, message.Id, refusal.Code, refusal.Reason);
            FinishSubstream(message.Id, new KillaBeezException(KillaBeezError.SubstreamRefused, "The substream was refused at this side."));
        }
        else
        {
            _mux.Accept(now, message.Id);
            entry.Actor.Tell(SubstreamMessages.Start.Instance);
        }
    }

    private void OnPing(Instant now, PeerMessages.Ping message)
    {
        var number = ReferenceEquals(message.Peer, _peer) ? _mux?.Ping(now) : null;
        if (number is null)
        {
            message.Reply.TrySetException(new KillaBeezException(
                KillaBeezError.LimitExceeded, $"{_remote.ToShortString()} is not connected, or too many pings are under way."));
        }
        else
        {
            _pings[number.Value] = message.Reply;
        }
    }

    private bool TurnMux(Instant now)
    {
        var turned = false;
        while (_mux is not null && _mux.TryPollEvent(out var e))
        {
            turned = true;
            if (_control.Owns(e.Id))
            {
                OnControlEvent(now, e);
                continue;
            }

            _substreams.TryGetValue(e.Id, out var entry);
            switch (e.Kind)
            {
                case MuxEventKind.RemoteOpened: OnRemoteOpened(now, e); break;
                case MuxEventKind.Accepted: OnAccepted(now, e.Id, entry); break;
                case MuxEventKind.Refused:
                    FinishSubstream(e.Id, new KillaBeezException(KillaBeezError.SubstreamRefused, $"The peer refused the substream with code {e.Code}: {e.Text}"));
                    break;
                case MuxEventKind.Data: OnData(e, entry); break;
                case MuxEventKind.Writable: entry?.Actor.Tell(SubstreamMessages.Writable.Instance); break;
                case MuxEventKind.RemoteClosedWrite: entry?.Actor.Tell(SubstreamMessages.RemoteEnd.Instance); break;
                case MuxEventKind.Reset:
                    FinishSubstream(e.Id, new KillaBeezException(KillaBeezError.SubstreamReset, $"The substream was reset with code {e.Code:X}."));
                    break;
                case MuxEventKind.Closed: FinishSubstream(e.Id, error: null); break;
                case MuxEventKind.PingAnswered: OnPingAnswered(e); break;
                case MuxEventKind.Violation: _session.Abort(now, SessionEndCode.ProtocolViolation); break;
                default: break;
            }
        }

        return turned;
    }

    private void OnRemoteOpened(Instant now, MuxEvent e)
    {
        if (SubstreamTypes.IsReserved(e.Text))
        {
            AcceptControl(now, e);
            return;
        }

        var entry = MakeSubstream(e.Id, e.Text, e.Metadata, reply: null);
        _substreams.Add(e.Id, entry);
        var (self, mux, id) = (Self, _mux!, e.Id);
        _events.Offer(entry.Substream, refusal => self.Tell(new AnswerSubstream(mux, id, refusal), ActorRefs.NoSender));
    }

    private void OnAccepted(Instant now, SubstreamId id, Entry? entry)
    {
        if (entry is null)
        {
            return;
        }

        entry.Actor.Tell(SubstreamMessages.Start.Instance);
        if (entry.Reply?.TrySetResult(entry.Substream) == false)
        {
            // The opener has given up meanwhile.
            _mux!.Reset(now, id, SubstreamRefusals.Abandoned);
            FinishSubstream(id, new KillaBeezException(KillaBeezError.SubstreamReset, "The opener gave up."));
        }
    }

    private static void OnData(MuxEvent e, Entry? entry)
    {
        if (entry is null)
        {
            e.Buffer.Dispose();
        }
        else
        {
            entry.Actor.Tell(new SubstreamMessages.Incoming(e.Buffer));
        }
    }

    private void OnPingAnswered(MuxEvent e)
    {
        _peer?.SetRoundTripTime(e.RoundTripTime);
        Context.Parent.Tell(new GuardianMessages.RoundTripMeasured(_remote, e.RoundTripTime));
        if (_pings.Remove(e.Code, out var reply))
        {
            reply.TrySetResult(e.RoundTripTime);
        }
    }

    private void OnTerminated(Instant now, Terminated terminated)
    {
        _draining.Remove(terminated.ActorRef);
        if (!TryEndLink(now, terminated.ActorRef))
        {
            OnSubstreamTerminated(now, terminated);
        }
    }

    /// <summary>A substream's actor that ended by itself has failed: the peer must know.</summary>
    private void OnSubstreamTerminated(Instant now, Terminated terminated)
    {
        if (_substreamIds.Remove(terminated.ActorRef, out var id) && _substreams.Remove(id, out var entry))
        {
            _mux?.Reset(now, id, SubstreamRefusals.Failed);
            entry.Pipes.Complete(new KillaBeezException(KillaBeezError.SubstreamReset, "The substream failed at this side."));
            entry.Reply?.TrySetException(new KillaBeezException(KillaBeezError.SubstreamReset, "The substream failed at this side."));
        }
    }

    private void FinishSubstream(SubstreamId id, KillaBeezException? error)
    {
        if (_substreams.Remove(id, out var entry))
        {
            entry.Actor.Tell(new SubstreamMessages.Finish(error));
            if (error is not null)
            {
                entry.Reply?.TrySetException(error);
            }
        }
    }

    private void EndSubstreams(KillaBeezException? error, bool areStopped = false)
    {
        foreach (var entry in _substreams.Values)
        {
            if (areStopped)
            {
                entry.Pipes.Complete(error);
            }
            else
            {
                entry.Actor.Tell(new SubstreamMessages.Finish(error));
            }

            entry.Reply?.TrySetException(error ?? new KillaBeezException(KillaBeezError.SessionLost, "The session was closed."));
        }

        _substreams.Clear();
        _draining.Clear();
        Timers.Cancel(nameof(DrainLimit));
        foreach (var reply in _pings.Values)
        {
            reply.TrySetException(new KillaBeezException(KillaBeezError.SessionLost, "The session ended before the answer came."));
        }

        _pings.Clear();
        _control.Clear();
    }

    private sealed record Entry(IActorRef Actor, Substream Substream, SubstreamPipes Pipes, PendingReply<Substream>? Reply);
}
