namespace KillaBeez.Swarm.Signaling.Routing;

/// <summary>What came over the <c>signal</c> substreams of connected peers.</summary>
internal abstract record SignalRouterEvent
{
    private SignalRouterEvent()
    {
    }

    /// <summary>A signal for this node; genuine, fresh and new (it has passed the gate).</summary>
    internal sealed record SignalReceived(SealedSignal Signal, PeerId Via) : SignalRouterEvent;

    /// <summary>A signal of this node was not carried.</summary>
    internal sealed record Undeliverable(SignalId Id, UndeliverableReason Reason, PeerId Via) : SignalRouterEvent;

    /// <summary>A peer says that a peer of its own would like to be called by this node, through it.</summary>
    internal sealed record Informed(PeerId About, PeerId Via) : SignalRouterEvent;

    /// <summary>The peer's substream carried what no node sends: the owner resets the substream.</summary>
    internal sealed record Violated(PeerId Peer, string Reason) : SignalRouterEvent;
}
