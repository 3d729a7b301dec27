using KillaBeez.Actors.Handles;
using KillaBeez.Actors.Messages;
using KillaBeez.Actors.Substreams;
using KillaBeez.Swarm.Multiplexing;

namespace KillaBeez.Actors.Peers;

/// <content>The swarm's own substreams: whole messages for gossip and signals.</content>
internal sealed partial class PeerActor
{
    private readonly ControlSubstreams _control = new();

    /// <summary>The larger key opens the swarm's own substreams, so that each exists once.</summary>
    private void OpenControl(Instant now)
    {
        if (_environment.Identity.Id > _remote)
        {
            _control.Opened(SubstreamTypes.Signal, _mux!.Open(now, SubstreamTypes.Signal, []), isAccepted: false);
            _control.Opened(SubstreamTypes.Gossip, _mux.Open(now, SubstreamTypes.Gossip, []), isAccepted: false);
        }
    }

    private void AcceptControl(Instant now, MuxEvent e)
    {
        var expected = e.Text is SubstreamTypes.Signal or SubstreamTypes.Gossip
            && _environment.Identity.Id < _remote
            && !_control.Has(e.Text);
        if (expected)
        {
            _mux!.Accept(now, e.Id);
            _control.Opened(e.Text, e.Id, isAccepted: true);
        }
        else
        {
            _mux!.Refuse(now, e.Id, SubstreamRefusals.Reserved, "this substream is the swarm's own");
        }
    }

    private void OnSendControl(Instant now, PeerMessages.SendControl message)
    {
        if (_mux is not null)
        {
            _control.Queue(message.Type, message.Message);
        }
    }

    private void OnControlEvent(Instant now, MuxEvent e)
    {
        switch (e.Kind)
        {
            case MuxEventKind.Accepted:
                _control.Accepted(e.Id);
                break;
            case MuxEventKind.Writable:
                _control.Writable(e.Id);
                break;
            case MuxEventKind.Data:
                using (e.Buffer)
                {
                    var received = _control.Receive(e.Id, e.Buffer.Span);
                    if (!received)
                    {
                        _session.Abort(now, Swarm.Sessions.SessionEndCode.ProtocolViolation);
                        return;
                    }

                    _control.NoteReceived(e.Id, e.Buffer.Length);
                }

                while (_control.TryTake(out var type, out var message))
                {
                    var receipt = new GuardianMessages.ControlHandled(_remote, new PeerMessages.ControlReceipt(_mux!, message.Length));
                    Context.Parent.Tell(new GuardianMessages.ControlReceived(_remote, type, message, receipt));
                }

                ReturnControlCredit(now);

                break;
            case MuxEventKind.Refused or MuxEventKind.Reset or MuxEventKind.Closed or MuxEventKind.RemoteClosedWrite:
                // Without them the node could not be part of the mesh; nobody closes them while the session lives.
                _session.Abort(now, Swarm.Sessions.SessionEndCode.ProtocolViolation);
                break;
            default:
                break;
        }
    }

    private void OnControlReceipt(Instant now, PeerMessages.ControlReceipt message)
    {
        if (ReferenceEquals(message.Session, _mux))
        {
            _control.NoteHandled(message.Bytes);
            ReturnControlCredit(now);
        }
    }

    private void ReturnControlCredit(Instant now)
    {
        while (_control.TryTakeCredit(out var id, out var bytes))
        {
            _mux!.Consumed(now, id, bytes);
        }
    }

    /// <summary>Hands what is queued to the multiplexer, as far as the peer's credit allows.</summary>
    private bool WriteControl(Instant now)
    {
        var wrote = false;
        while (_mux is not null && _control.TryPeekOutgoing(out var id, out var bytes))
        {
            var taken = _mux.Write(now, id, bytes);
            wrote |= taken > 0;
            _control.Took(id, taken);
        }

        return wrote;
    }
}
