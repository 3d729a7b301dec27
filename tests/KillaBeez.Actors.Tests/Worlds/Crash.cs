using KillaBeez.Actors.Messages;
using KillaBeez.Actors.Nodes;

namespace KillaBeez.Actors.Tests.Worlds;

/// <summary>
/// Makes actors throw, each by a message that none of its kind ever gets. A Kill would not do: the default strategy
/// stops what was killed, and restarts what has thrown.
/// </summary>
internal static class Crash
{
    public static void Guardian(IActorRef actor) => Tell(actor, new GuardianMessages.PeerDown(null!, "a crash for a test", PeerEnd.Lost));

    public static void Exchange(IActorRef actor) => Tell(actor, new ExchangeMessages.Send(null!));

    public static void Peer(IActorRef actor) => Tell(actor, new CipherMessages.Opened(default, null!, null!, 0));

    public static void Cipher(IActorRef actor) => Tell(actor, new CipherMessages.Received(null!));

    public static void Substream(IActorRef actor) => Tell(actor, new SubstreamMessages.ReadFailed(new InvalidOperationException("a crash for a test")));

    public static void Subsystem(SimulatedNode node, string name) => Tell(
        ActorTree.Find(node, $"killabeez/{name}")!,
        name switch
        {
            "signaling" => new ExchangeMessages.State(int.MaxValue, IsReady: true, Reason: null),
            "gossip" => new GossipMessages.Received(default, null!, null!),
            _ => new PeersMessages.ToPeer(node.Id, null!, Create: true),
        });

    public static void Commands(SimulatedNode node) => Tell(ActorTree.Find(node, "killabeez/commands")!, new CommandListeners.Offered(null!, null!));

    private static void Tell(IActorRef actor, object message) => actor.Tell(message, ActorRefs.NoSender);
}
