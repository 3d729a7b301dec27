using System.Text;
using KillaBeez.Messages;
using Xunit.Abstractions;

namespace KillaBeez.TestKit.Xunit2.Tests;

/// <summary>The example of docs/testkit.md, as it stands there.</summary>
// <greeter>
public sealed class GreeterTests(ITestOutputHelper output) : SwarmTestKit("akka.test.single-expect-default = 120s", output)
{
    [Fact]
    public async Task Opener_IsGreetedByName()
    {
        Sys.ActorOf(Props.Create(() => new Greeter(Swarm, TestActor)));
        ExpectMsg<Listening>();

        SwarmNode bob = await StartPeerAsync();
        Peer us = await bob.CallAsync(Node.Id);
        Substream substream = await us.OpenAsync("greet", "Bob"u8.ToArray());
        using var reader = new StreamReader(substream.AsStream());

        Assert.Equal("Hello, Bob", await reader.ReadToEndAsync());
        Assert.Equal("greeted Bob", ExpectMsg<string>());
    }

    /// <summary>An actor of the application, which tells somebody what it does.</summary>
    private sealed class Greeter : ReceiveActor
    {
        public Greeter(IActorRef swarm, IActorRef audience)
        {
            Receive<Listening>(audience.Forward);
            ReceiveAsync<SubstreamOffered>(async offered =>
            {
                var name = Encoding.UTF8.GetString(offered.Metadata.Span);
                var substream = offered.Accept();
                await substream.Output.WriteAsync(Encoding.UTF8.GetBytes($"Hello, {name}"));
                await substream.Output.CompleteAsync();
                audience.Tell($"greeted {name}");
            });
            swarm.Tell(new Listen("greet"));
        }
    }
}
// </greeter>
