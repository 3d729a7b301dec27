using KillaBeez.Actors.Gossip;
using KillaBeez.Actors.Links;
using KillaBeez.Actors.Nodes;
using KillaBeez.Actors.Peers;
using KillaBeez.Actors.Signaling;

namespace KillaBeez.Actors.Tests.Worlds;

/// <summary>
/// Makes actors throw, each by a message that none of its kind ever gets. A Kill would not do: the default strategy
/// stops what was killed, and restarts what has thrown.
/// </summary>
internal static class Crash
{
    public static void Guardian(IActorRef actor) => Tell(actor, new SwarmGuardian.ExchangeState(int.MaxValue, IsReady: true, Reason: null));

    public static void Exchange(IActorRef actor) => Tell(actor, new ExchangeActor.Send(null!));

    public static void Peer(IActorRef actor) => Tell(actor, new PeerActor.LinkMessages(default, null!, null!, 0));

    public static void Cipher(IActorRef actor) => Tell(actor, new CipherSessionActor.Received(null!));

    public static void Substream(IActorRef actor) => Tell(actor, new Status.Failure(new InvalidOperationException("a crash for a test")));

    public static void Subsystem(SimulatedNode node, string name) => Tell(
        ActorTree.Find(node, $"swarm/{name}")!,
        name switch
        {
            "signaling" => new SignalingActor.ToExchange(int.MaxValue, null!),
            "gossip" => new GossipActor.Received(default, null!, null!),
            _ => new PeersActor.ToPeer(node.Id, null!, Create: true),
        });

    private static void Tell(IActorRef actor, object message) => actor.Tell(message, ActorRefs.NoSender);
}
