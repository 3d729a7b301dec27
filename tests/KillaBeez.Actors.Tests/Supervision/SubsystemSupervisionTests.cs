using KillaBeez.Actors.Tests.Worlds;

namespace KillaBeez.Actors.Tests.Supervision;

/// <summary>The guardian's children and the guardian itself: each fails without taking the node along.</summary>
public sealed class SubsystemSupervisionTests
{
    [Fact]
    public void ExchangeActor_Failed_ComesBackAfterAPause()
    {
        var (world, a, b, bAtA, _) = World.Pair();
        using var __ = world;
        var events = world.Record(a);
        events.Clear();

        Crash.Exchange(ActorTree.Find(a, "killabeez/signaling/exchange-0/connection")!);
        world.RunFor(0.5);
        Assert.Null(ActorTree.Find(a, "killabeez/signaling/exchange-0/connection"));
        var lost = Assert.IsType<ExchangeStateEvent>(Assert.Single(events));
        Assert.False(lost.IsReady);

        world.Until(() => events.OfType<ExchangeStateEvent>().Any(e => e.IsReady), "the exchange is connected again", World.Soon);
        Assert.True(bAtA.IsConnected);
        var c = world.Swarm.AddNode();
        Assert.True(world.Run(() => c.CallAsync(a.Id)).IsConnected, "calls come through the exchange again");
    }

    [Theory]
    [InlineData("signaling")]
    [InlineData("gossip")]
    [InlineData("peers")]
    public void ChildOfTheGuardian_Failed_IsRestarted(string child)
    {
        using var world = new World(3);
        var nodes = Enumerable.Range(0, 3).Select(_ => world.Swarm.AddNode()).ToArray();
        world.Connect(nodes[0], nodes[1]);

        Crash.Subsystem(nodes[0], child);
        world.RunFor(0.1);
        Assert.NotNull(ActorTree.Find(nodes[0], $"killabeez/{child}"));

        // The whole mesh comes about: calls, signals through the exchange and gossip all work.
        world.Run(() => nodes[2].CallAsync(nodes[1].Id));
        world.Run(() => nodes[0].CallAsync(nodes[1].Id));
        world.Until(() => nodes.All(n => n.PeerIds.Count() == 2), $"the mesh is whole after {child} failed");
    }

    [Fact]
    public void Gossip_Restarted_IsToldWhoIsConnected()
    {
        using var world = new World(5);
        var nodes = Enumerable.Range(0, 2).Select(_ => world.Swarm.AddNode()).ToArray();
        world.Connect(nodes[0], nodes[1]);
        Crash.Subsystem(nodes[0], "gossip");
        world.RunFor(1);

        // The third node is found through nodes[0], which must still tell nodes[1] about it without any exchange.
        var third = world.Swarm.AddNode();
        world.Run(() => third.CallAsync(nodes[0].Id));
        world.Swarm.Exchange.Stop();
        world.Until(() => nodes[1].PeerIds.Contains(third.Id), "gossip joins the third to the second", TimeSpan.FromSeconds(60));
    }

    [Fact]
    public void Guardian_Failed_BeginsAnew()
    {
        var (world, a, b, bAtA, _) = World.Pair();
        using var __ = world;
        var events = world.Record(a);
        Crash.Guardian(a.Node.Guardian);
        world.Until(() => !bAtA.IsConnected, "the peer is disconnected", World.Soon);
        world.Until(() => events.OfType<PeerDisconnectedEvent>().Any(e => e.Peer == bAtA), "the end is told", World.Soon);
        var again = world.Run(() => a.CallAsync(b.Id));
        Assert.NotSame(bAtA, again);
        Assert.True(world.Run(() => again.PingAsync()) > TimeSpan.Zero);
        Assert.Same(again, Assert.Single(a.Node.Peers));
    }
}
