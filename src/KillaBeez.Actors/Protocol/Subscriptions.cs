using System.Collections.Immutable;

namespace KillaBeez.Messages;

/// <summary>
/// From now on an actor is told what happens at the node: first one <see cref="CurrentSwarmState"/>, then every
/// <see cref="SwarmEvent"/>. It ends with <see cref="Unsubscribe"/> and with the subscriber, which is watched.
/// </summary>
/// <param name="Subscriber">Who is told.</param>
/// <exception cref="ArgumentException">It is null or Nobody.</exception>
public sealed record Subscribe(IActorRef Subscriber) : SwarmCommand
{
    /// <summary>Who is told.</summary>
    public IActorRef Subscriber { get; } = Somebody(Subscriber, nameof(Subscriber));

    internal override object? Failure(KillaBeezError error, string reason) => null;
}

/// <summary>An actor is told nothing more of the node.</summary>
/// <param name="Subscriber">Who was told so far.</param>
/// <exception cref="ArgumentException">It is null or Nobody.</exception>
public sealed record Unsubscribe(IActorRef Subscriber) : SwarmCommand
{
    /// <summary>Who was told so far.</summary>
    public IActorRef Subscriber { get; } = Somebody(Subscriber, nameof(Subscriber));

    internal override object? Failure(KillaBeezError error, string reason) => null;
}

/// <summary>What is the case at the node when a subscription begins.</summary>
/// <param name="Self">The node's key.</param>
/// <param name="Peers">The connected peers, by their keys' order.</param>
/// <param name="Exchanges">The last state of each exchange that has reported one.</param>
/// <param name="FailedIceServers">The last failure of each STUN and TURN server that had one.</param>
public sealed record CurrentSwarmState(
    PeerId Self,
    ImmutableArray<Peer> Peers,
    ImmutableArray<ExchangeStateEvent> Exchanges,
    ImmutableArray<IceServerFailedEvent> FailedIceServers) : INoSerializationVerificationNeeded;

/// <summary>Asks who is connected. Answered by <see cref="ConnectedPeers"/>.</summary>
public sealed record GetPeers : SwarmCommand
{
    internal override object Failure(KillaBeezError error, string reason) => new ConnectedPeers([]);
}

/// <summary>The answer to <see cref="GetPeers"/>.</summary>
/// <param name="Peers">The connected peers, by their keys' order.</param>
public sealed record ConnectedPeers(ImmutableArray<Peer> Peers) : INoSerializationVerificationNeeded;
