using KillaBeez.Actors.Tests.Worlds;

namespace KillaBeez.Actors.Tests.Nodes;

/// <summary>Calls between nodes.</summary>
public sealed class CallTests
{
    [Fact]
    public void CallAsync_ConnectedAlready_GivesTheSamePeer()
    {
        var (world, a, b, bAtA, aAtB) = World.Pair();
        using var _ = world;
        Assert.Same(bAtA, world.Run(() => a.CallAsync(b.Id)));
        Assert.Same(aAtB, world.Run(() => b.CallAsync(a.Id)));
        Assert.Equal(1, world.Network.LinkCount);
    }

    [Fact]
    public void CallAsync_ManyAtOnce_MakeOneConnection()
    {
        using var world = new World();
        var (a, b) = (world.Swarm.AddNode(), world.Swarm.AddNode());
        world.RunFor(1);
        var peers = world.Run(() => Task.WhenAll(Enumerable.Range(0, 50).Select(_ => a.CallAsync(b.Id))));
        Assert.Single(peers.Distinct());
        world.RunFor(5);
        Assert.Equal(1, world.Network.LinkCount);
    }

    [Fact]
    public void CallAsync_BothAtTheSameMoment_AlwaysMakesOneConnection()
    {
        for (ulong seed = 1; seed <= 200; seed++)
        {
            using var world = new World(seed);
            var (a, b) = (world.Swarm.AddNode(), world.Swarm.AddNode());
            world.RunFor(1);
            var (atA, atB) = (world.Record(a), world.Record(b));
            var peers = world.Run(() => Task.WhenAll(a.CallAsync(b.Id), b.CallAsync(a.Id)));
            world.RunFor(30);

            Assert.True(world.Network.LinkCount == 1, $"seed {seed}: there are {world.Network.LinkCount} links");
            Assert.Same(peers[0], Assert.Single(a.Node.Peers));
            Assert.Same(peers[1], Assert.Single(b.Node.Peers));
            Assert.Single(atA.OfType<PeerConnectedEvent>());
            Assert.Single(atB.OfType<PeerConnectedEvent>());
            Assert.True(world.Run(() => peers[0].PingAsync()) > TimeSpan.Zero);
            Assert.True(world.Swarm.ForeignPosts == 0, $"seed {seed}: the history does not repeat");
        }
    }

    [Fact]
    public void CallAsync_OwnKey_IsTheCallersMistake()
    {
        using var world = new World();
        var a = world.Swarm.AddNode();
        Assert.Throws<ArgumentException>(() => world.Run(() => a.CallAsync(a.Id)));
    }

    /// <summary>Who is called may just be coming, so nobody knowing the key is no answer before the call's time is over.</summary>
    [Fact]
    public void CallAsync_UnknownKey_IsUnknownWhenItsTimeIsOver()
    {
        using var world = new World();
        var a = world.Swarm.AddNode(new SwarmOptions { CallTimeout = TimeSpan.FromSeconds(7) });
        using var nobody = KillaBeez.KeyPair.Generate(new SeededRandomSource(99));
        world.RunFor(1);
        var error = world.Fails(() => a.CallAsync(nobody.Id));
        Assert.Equal(KillaBeezError.PeerUnknown, error.Error);
        Assert.Contains(nobody.Id.ToString(), error.Message, StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromSeconds(8), world.Swarm.Now);
    }

    [Fact]
    public void CallAsync_BytesThatAreNoKey_Fails()
    {
        using var world = new World();
        var a = world.Swarm.AddNode();
        var bytes = new byte[32];
        bytes[0] = 2;
        Assert.Equal(KillaBeezError.InvalidKey, world.Fails(() => a.CallAsync(new PeerId(bytes))).Error);
        Assert.Equal(KillaBeezError.InvalidKey, world.Fails(() => a.CallAsync(default)).Error);
    }

    [Fact]
    public void CallAsync_NoExchangeListens_FailsWithTheReason()
    {
        using var world = new World();
        world.Swarm.Exchange.Stop();
        var (a, b) = (world.Swarm.AddNode(new SwarmOptions { CallTimeout = TimeSpan.FromSeconds(5) }), world.Swarm.AddNode());
        var error = world.Fails(() => a.CallAsync(b.Id));
        Assert.Equal(KillaBeezError.ExchangeUnreachable, error.Error);
        Assert.Contains("nobody listens there", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CallAsync_BeforeTheExchangeIsConnected_WaitsForIt()
    {
        using var world = new World();
        var b = world.Swarm.AddNode();
        world.RunFor(1);
        var a = world.Swarm.AddNode();
        Assert.True(world.Run(() => a.CallAsync(b.Id)).IsConnected);
    }

    [Fact]
    public void CallAsync_ExchangeStopsInTheMiddle_SucceedsOrFailsButEnds()
    {
        for (var stopAfterMs = 0; stopAfterMs < 200; stopAfterMs += 5)
        {
            using var world = new World((ulong)stopAfterMs + 1);
            var (a, b) = (world.Swarm.AddNode(), world.Swarm.AddNode());
            world.RunFor(1);
            Task<Peer>? call = null;
            world.Swarm.Simulation.Post(() => call = a.CallAsync(b.Id));
            world.RunFor(stopAfterMs / 1000.0);
            world.Swarm.Exchange.Stop();
            world.Until(() => call!.IsCompleted, "the call ends", TimeSpan.FromSeconds(31));
            Assert.True(call!.IsCompletedSuccessfully || call.Exception!.InnerException is KillaBeezException { Error: KillaBeezError.ExchangeUnreachable or KillaBeezError.CallTimeout });
            Assert.Equal(0, a.Node.PendingCalls);
        }
    }

    [Fact]
    public void CallAsync_CalledNodeIsDead_TimesOut()
    {
        using var world = new World();
        var (a, b) = (world.Swarm.AddNode(new SwarmOptions { CallTimeout = TimeSpan.FromSeconds(10) }), world.Swarm.AddNode());
        world.RunFor(1);
        world.Swarm.Network.Partition([a.Id], [b.Id]);
        var start = world.Swarm.Now;
        var error = world.Fails(() => a.CallAsync(b.Id));
        Assert.Equal(KillaBeezError.CallTimeout, error.Error);
        Assert.InRange((world.Swarm.Now - start).TotalSeconds, 5, 10.1);
    }

    [Fact]
    public void CallAsync_Cancelled_EndsTheWaitAtOnce()
    {
        using var world = new World();
        var (a, b) = (world.Swarm.AddNode(), world.Swarm.AddNode());
        world.RunFor(1);
        world.Swarm.Network.Partition([a.Id], [b.Id]);
        using var cancellation = new CancellationTokenSource();
        Task<Peer>? call = null;
        world.Swarm.Simulation.Post(() => call = a.CallAsync(b.Id, cancellation.Token));
        world.RunFor(2);
        world.Swarm.Simulation.Post(cancellation.Cancel);
        world.RunFor(0.001);
        Assert.True(call!.IsCanceled);
        Assert.Equal(0, a.Node.PendingCalls);
    }
}
