using KillaBeez.Actors.Messages;
using KillaBeez.Swarm.Calls;
using KillaBeez.Swarm.Signaling;
using KillaBeez.Swarm.Signaling.Post;

namespace KillaBeez.Actors.Nodes;

/// <content>Signals: between whoever sends and opens them and the peers they are from and for.</content>
internal sealed partial class SwarmGuardian
{
    private void ReceiveSignals()
    {
        Receive<GuardianMessages.SendSignal>(_signaling.Forward);
        Receive<GuardianMessages.AskCounters>(_signaling.Forward);
        Receive<GossipMessages.FindCarriers>(_gossip.Forward);
        Receive<GossipMessages.Carriers>(_signaling.Forward);
        Receive<GossipMessages.Admission>(OnAdmission);
        Receive<PeersMessages.SignalArrived>(OnSignalArrived);
        Receive<PeersMessages.Informed>(m => AskAdmission(m.About, new PeerMessages.Connect(Reply: null, m.By), default, new SignalWay.Carrier(m.By)));
    }

    private void OnSignalArrived(PeersMessages.SignalArrived arrived)
    {
        var message = new PeerMessages.SignalReceived(arrived.Content, arrived.Way);
        if (arrived.Content.Kind is SignalKind.Offer or SignalKind.Inform && !_connected.ContainsKey(arrived.From))
        {
            AskAdmission(arrived.From, message, arrived.Content.Call, arrived.Way);
        }
        else
        {
            TellPeer(arrived.From, message, create: false);
        }
    }

    private void AskAdmission(PeerId peer, IInternalMessage message, SignalCallId call, SignalWay way) =>
        _gossip.Tell(new GossipMessages.AskAdmission(peer, new GossipMessages.Admission(peer, message, call, way, IsGranted: false)));

    private void OnAdmission(GossipMessages.Admission admission)
    {
        if (admission.IsGranted)
        {
            TellPeer(admission.Peer, admission.Message, create: true);
        }
        else if (admission.Call != default)
        {
            // The caller is told, so that it does not call again and again.
            var refusal = new SignalContent { Kind = SignalKind.Goodbye, Call = admission.Call, Body = CallEngine.RefusedReason };
            _signaling.Tell(new GuardianMessages.SendSignal(admission.Peer, refusal, admission.Way, IsAwaited: false));
        }
    }
}
