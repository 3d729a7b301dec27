using KillaBeez.Actors.Handles;
using KillaBeez.Actors.Messages;
using KillaBeez.Actors.Substreams;
using KillaBeez.Swarm.Multiplexing;
using KillaBeez.Swarm.Sessions;

namespace KillaBeez.Actors.Peers;

/// <summary>The swarm's own substreams of one session: whole messages for gossip and signals.</summary>
internal sealed class PeerControl(PeerScope scope, MuxEngine mux)
{
    private readonly ControlSubstreams _substreams = new();

    public bool Owns(SubstreamId id) => _substreams.Owns(id);

    /// <summary>The larger key opens the swarm's own substreams, so that each exists once.</summary>
    public void Open(Instant now)
    {
        if (scope.HasLargerKey)
        {
            _substreams.Opened(SubstreamTypes.Signal, mux.Open(now, SubstreamTypes.Signal, []), isAccepted: false);
            _substreams.Opened(SubstreamTypes.Gossip, mux.Open(now, SubstreamTypes.Gossip, []), isAccepted: false);
        }
    }

    /// <summary>The peer opens a substream with a name of the swarm's own.</summary>
    public void RemoteOpened(Instant now, MuxEvent e)
    {
        var expected = e.Text is SubstreamTypes.Signal or SubstreamTypes.Gossip && !scope.HasLargerKey && !_substreams.Has(e.Text);
        if (expected)
        {
            mux.Accept(now, e.Id);
            _substreams.Opened(e.Text, e.Id, isAccepted: true);
        }
        else
        {
            mux.Refuse(now, e.Id, SubstreamRefusals.Reserved, "this substream is the swarm's own");
        }
    }

    public void Queue(string type, byte[] message) => _substreams.Queue(type, message);

    /// <summary>Something happened to one of the substreams that this owns.</summary>
    public void Handle(Instant now, MuxEvent e)
    {
        switch (e.Kind)
        {
            case MuxEventKind.Accepted:
                _substreams.Accepted(e.Id);
                break;
            case MuxEventKind.Writable:
                _substreams.Writable(e.Id);
                break;
            case MuxEventKind.Data:
                OnData(now, e);
                break;
            case MuxEventKind.Refused or MuxEventKind.Reset or MuxEventKind.Closed or MuxEventKind.RemoteClosedWrite:
                // Without them the node could not be part of the mesh; nobody closes them while the session lives.
                scope.Session.Abort(now, SessionEndCode.ProtocolViolation);
                break;
            default:
                break;
        }
    }

    public void HandleReceipt(Instant now, PeerMessages.ControlReceipt receipt)
    {
        if (ReferenceEquals(receipt.Session, mux))
        {
            _substreams.NoteHandled(receipt.Bytes);
            ReturnCredit(now);
        }
    }

    /// <summary>Hands what is queued to the multiplexer, as far as the peer's credit allows.</summary>
    public bool Write(Instant now)
    {
        var wrote = false;
        while (_substreams.TryPeekOutgoing(out var id, out var bytes))
        {
            var taken = mux.Write(now, id, bytes);
            wrote |= taken > 0;
            _substreams.Took(id, taken);
        }

        return wrote;
    }

    private void OnData(Instant now, MuxEvent e)
    {
        using (e.Buffer)
        {
            if (!_substreams.Receive(e.Id, e.Buffer.Span))
            {
                scope.Session.Abort(now, SessionEndCode.ProtocolViolation);
                return;
            }

            _substreams.NoteReceived(e.Id, e.Buffer.Length);
        }

        while (_substreams.TryTake(out var type, out var message))
        {
            var receipt = new GuardianMessages.ControlHandled(scope.Remote, new PeerMessages.ControlReceipt(mux, message.Length));
            scope.Context.Parent.Tell(new GuardianMessages.ControlReceived(scope.Remote, type, message, receipt));
        }

        ReturnCredit(now);
    }

    private void ReturnCredit(Instant now)
    {
        while (_substreams.TryTakeCredit(out var id, out var bytes))
        {
            mux.Consumed(now, id, bytes);
        }
    }
}
