using KillaBeez.Actors.Tests.Worlds;

namespace KillaBeez.Actors.Tests.Nodes;

/// <summary>What a node tells its application, and in which order.</summary>
public sealed class EventTests
{
    [Fact]
    public void Events_OfOneLife_ComeInOrder()
    {
        using var world = new World();
        var (a, b) = (world.Swarm.AddNode(), world.Swarm.AddNode());
        var events = world.Record(a);
        var handled = new List<string>();
        a.Node.PeerConnected += (_, e) => handled.Add($"connected {e.Peer.Id} {e.Reason}");
        a.Node.PeerDisconnected += (_, e) => handled.Add($"disconnected {e.Peer.Id} {e.Reason?.Split(' ')[0]}");
        a.Node.SubstreamOpened += (_, e) => handled.Add($"opened {e.Substream.Type}");

        var (bAtA, aAtB) = world.Connect(a, b);
        var substream = world.Run(() => aAtB.OpenAsync("chat"));
        Assert.NotNull(substream);
        world.Network.CutLinks(a.Id, b.Id);
        world.RunFor(10);
        world.Run(() => aAtB.CloseAsync());
        world.RunFor(5);

        Assert.Equal(
            ["ExchangeStateEvent", "PeerConnectedEvent", "SubstreamOpenedEvent", "PeerStalledEvent", "PeerResumedEvent", "PeerDisconnectedEvent"],
            events.Select(e => e.GetType().Name));
        Assert.Equal(new ExchangeStateEvent(world.Swarm.Exchange.Uri, true, null), events[0]);
        Assert.Same(bAtA, ((PeerConnectedEvent)events[1]).Peer);
        Assert.Equal("chat", ((SubstreamOpenedEvent)events[2]).Substream.Type);
        Assert.Equal([$"connected {b.Id} ", "opened chat", $"disconnected {b.Id} Closed"], handled);
    }

    [Fact]
    public void Handler_Throwing_DoesNotDisturbTheNode()
    {
        using var world = new World();
        var (a, b) = (world.Swarm.AddNode(), world.Swarm.AddNode());
        a.Node.PeerConnected += (_, _) => throw new InvalidOperationException("the application's own");
        a.Node.PeerDisconnected += (_, _) => throw new InvalidOperationException("the application's own");
        var events = world.Record(a);
        var (bAtA, _) = world.Connect(a, b);
        Assert.True(world.Run(() => bAtA.PingAsync()) > TimeSpan.Zero);
        world.Run(() => bAtA.CloseAsync());
        world.RunFor(1);
        Assert.Single(events.OfType<PeerConnectedEvent>());
        Assert.Single(events.OfType<PeerDisconnectedEvent>());
    }

    [Fact]
    public void Events_TwoReaders_EachGetEverything()
    {
        using var world = new World();
        var (a, b) = (world.Swarm.AddNode(), world.Swarm.AddNode());
        var (first, second) = (world.Record(a), world.Record(a));
        world.Connect(a, b);
        world.RunFor(1);
        Assert.Equal(first, second);
        Assert.Equal(2, first.Count);
        Assert.Equal(0, world.Swarm.ForeignPosts);
    }

    [Fact]
    public void Events_WhenTheNodeStops_End()
    {
        using var world = new World();
        var a = world.Swarm.AddNode();
        var ended = false;
        world.Swarm.Simulation.Post(() => _ = ReadAsync());
        world.RunFor(1);
        world.Run(() => a.Node.DisposeAsync().AsTask());
        world.RunFor(0.1);
        Assert.True(ended);

        async Task ReadAsync()
        {
            await foreach (var _ in a.Node.Events)
            {
            }

            ended = true;
        }
    }

    [Fact]
    public void Events_ReaderIsASubstreamTaker()
    {
        var (world, _, b, bAtA, _) = World.Pair();
        using var __ = world;
        var events = world.Record(b);
        var opened = world.Run(() => bAtA.OpenAsync("chat"));
        world.RunFor(0.1);
        var taken = Assert.Single(events.OfType<SubstreamOpenedEvent>()).Substream;
        world.Run(async () =>
        {
            await opened.Output.WriteAllAsync("hello"u8.ToArray());
            Assert.Equal("hello"u8.ToArray(), await taken.Input.ReadAllAsync());
        });
    }
}
