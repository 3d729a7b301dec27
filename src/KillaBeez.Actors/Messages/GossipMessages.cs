using KillaBeez.Swarm.Gossip;

namespace KillaBeez.Actors.Messages;

/// <summary>Between the guardian and gossip.</summary>
internal static class GossipMessages
{
    /// <summary>A peer is connected.</summary>
    public sealed record PeerUp(PeerId Peer) : ILateMessage;

    /// <summary>A peer is connected no more.</summary>
    public sealed record PeerDown(PeerId Peer) : ILateMessage;

    /// <summary>The round trip to a peer was measured.</summary>
    public sealed record RoundTrip(PeerId Peer, TimeSpan RoundTripTime) : ILateMessage;

    /// <summary>A message of a peer's; the receipt is given back, and lets the peer send more.</summary>
    public sealed record Received(PeerId From, byte[] Message, GuardianMessages.ControlHandled Receipt) : ILateMessage;

    /// <summary>A call is under way.</summary>
    public sealed record CallStarted(PeerId Peer) : ILateMessage;

    /// <summary>A call has failed.</summary>
    public sealed record CallEnded(PeerId Peer) : ILateMessage;

    /// <summary>Asks which connected peers could carry a signal to somebody.</summary>
    public sealed record FindCarriers(PeerId Target) : ILateMessage;

    /// <summary>Asks what the engine has counted; answered on the actor's thread.</summary>
    public sealed record AskStatistics(Action<GossipStatistics> Answer) : IInternalMessage;

    /// <summary>To the guardian: gossip begins anew, and knows nobody.</summary>
    public sealed record Started : ILateMessage
    {
        public static readonly Started Instance = new();
    }

    /// <summary>To the guardian: a message for a peer's gossip.</summary>
    public sealed record Send(PeerId To, byte[] Message) : ILateMessage;

    /// <summary>To the guardian: the mesh wants a connection that this side begins, through the peer it heard of it from.</summary>
    public sealed record CallWanted(PeerId Target, PeerId Via) : ILateMessage;

    /// <summary>To the guardian: the mesh wants a connection that the other side begins, which is asked to.</summary>
    public sealed record InformWanted(PeerId Target, PeerId Via) : ILateMessage;

    /// <summary>To the guardian, for the parent of the peers: what gossip has learned of keys, in order.</summary>
    public sealed record KeysChanged(IReadOnlyList<KeyChange> Changes) : ILateMessage;

    /// <summary>To the guardian: connected peers that could carry a signal on, the best first.</summary>
    public sealed record Carriers(PeerId Target, IReadOnlyList<PeerId> Peers) : ILateMessage;
}

/// <summary>What gossip has learned of one key.</summary>
/// <param name="Key">The key.</param>
/// <param name="IsKnown">Whether it is connected or named by a connected peer.</param>
/// <param name="HasRoom">Whether it may take further links, as far as that is known.</param>
internal readonly record struct KeyChange(PeerId Key, bool IsKnown, bool HasRoom);
