using Akka.Actor;
using KillaBeez.Messages;

namespace KillaBeez.Architecture.Tests.Docs.Examples;

// <actor>
/// <summary>Greets whoever is called, and answers whoever greets.</summary>
internal sealed class Greeter : ReceiveActor
{
    public Greeter(PeerId friend)
    {
        var swarm = KillaBeezSwarm.Get(Context.System).Guardian;
        swarm.Tell(new Subscribe(Self));
        swarm.Tell(new Listen("greeting"));
        swarm.Tell(new OpenSubstream(friend, "greeting"));

        Receive<CurrentSwarmState>(now => Console.WriteLine($"I am {now.Self}, {now.Peers.Length} peers are here"));
        Receive<PeerConnectedEvent>(e => Console.WriteLine($"{e.Peer} is here"));
        Receive<PeerDisconnectedEvent>(e => Console.WriteLine($"{e.Peer} is gone: {e.Reason}"));
        ReceiveAsync<SubstreamOffered>(async offer => await GreetAsync(offer.Accept()));
        ReceiveAsync<SubstreamOpened>(async opened => await GreetAsync(opened.Substream));
        Receive<SubstreamRefused>(refused => Console.WriteLine(refused.Reason));
    }

    private static async Task GreetAsync(Substream substream)
    {
        await substream.Output.WriteAsync("hello"u8.ToArray());
        await substream.DisposeAsync();
    }
}
// </actor>

internal static class AkkaExamples
{
    public static async Task NamedAsync(ActorSystem system)
    {
        // <named>
        SwarmNode node = await KillaBeezSwarm.Get(system).Started;
        SwarmNode edge = await KillaBeezSwarm.Get(system).StartAsync("edge");
        // </named>
        await Task.WhenAll(node.WhenStopped, edge.WhenStopped);
    }
}
