using KillaBeez.Actors.Tests.Worlds;

namespace KillaBeez.Actors.Tests.Nodes;

/// <summary>Calls while exchanges and carriers come, go, know nothing yet or say nothing at all.</summary>
public sealed class SignalWaysTests
{
    private const ulong Seeds = 100;
    private static readonly Uri _second = new("ws://second.simulated/");

    /// <summary>Case S1: README's own sequence, with the exchange becoming ready at every moment of the call.</summary>
    [Fact]
    public void CallAsync_RightAfterTheStart_AlwaysConnects()
    {
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            using var world = new World(seed);
            var b = world.Swarm.AddNode();
            world.RunFor(1);
            var a = world.Swarm.AddNode();
            world.RunFor(0.001 * (seed % 100));
            Assert.Equal(b.Id, world.Run(() => a.CallAsync(b.Id)).Id);
            Assert.True(world.Swarm.Now < TimeSpan.FromSeconds(3), $"seed {seed}: {world.Swarm.Now}");
        }
    }

    /// <summary>Case S2: that nobody knows a key yet is final only with the call's time.</summary>
    [Theory]
    [InlineData(0.1)]
    [InlineData(3)]
    [InlineData(15)]
    public void CallAsync_CalleeSubscribesLater_Connects(double seconds)
    {
        using var world = new World();
        world.Swarm.AddExchange(_second);
        using var key = KillaBeez.KeyPair.Generate(new SeededRandomSource(5));
        var a = world.Swarm.AddNode(new SwarmOptions { Exchanges = { world.Swarm.Exchange.Uri, _second } });
        world.RunFor(1);
        Task<Peer>? call = null;
        world.Swarm.Simulation.Post(() => call = a.CallAsync(key.Id));
        world.RunFor(seconds);
        Assert.False(call!.IsCompleted);
        var b = world.Swarm.AddNode(new SwarmOptions { KeyPair = key, Exchanges = { _second } });
        world.Until(() => call.IsCompleted, "the call is answered", TimeSpan.FromSeconds(5));
        Assert.Equal(b.Id, world.Swarm.Simulation.RunUntilCompleted(call, TimeSpan.Zero).Id);
    }

    /// <summary>Case S3: an exchange that stands still costs no second.</summary>
    [Fact]
    public void CallAsync_FirstExchangeStandsStill_ConnectsThroughTheSecond()
    {
        using var world = new World();
        world.Swarm.AddExchange(_second);
        var options = new SwarmOptions { Exchanges = { world.Swarm.Exchange.Uri, _second } };
        var (a, b, c) = (world.Swarm.AddNode(options), world.Swarm.AddNode(options), world.Swarm.AddNode(options));
        world.RunFor(1);
        world.Swarm.Exchange.Freeze();

        var began = world.Swarm.Now;
        world.Run(() => a.CallAsync(b.Id));
        Assert.True(world.Swarm.Now - began < TimeSpan.FromSeconds(1), $"the first call took {world.Swarm.Now - began}");

        began = world.Swarm.Now;
        world.Run(() => a.CallAsync(c.Id));
        Assert.True(world.Swarm.Now - began < TimeSpan.FromSeconds(0.5), $"the next call took {world.Swarm.Now - began}");
    }

    /// <summary>Case S4: whoever introduced two nodes may die; their session goes on over another way.</summary>
    [Fact]
    public void Session_IntroducerDiesAndTheLinkIsCut_GoesOnOverTheExchange()
    {
        using var world = new World();
        var (a, b, introducer) = (world.Swarm.AddNode(), world.Swarm.AddNode(), world.Swarm.AddNode());
        world.Connect(a, introducer);
        world.Connect(b, introducer);
        world.Until(() => a.PeerIds.Contains(b.Id) && b.PeerIds.Contains(a.Id), "the introduced are connected");
        world.RunFor(5);
        var peer = a.Node.Peers.Single(p => p.Id == b.Id);

        introducer.Kill();
        world.Network.CutLinks(a.Id, b.Id);
        world.RunFor(5);
        Assert.True(peer.IsConnected);
        Assert.True(world.Run(() => peer.PingAsync()) > TimeSpan.Zero);
    }
}
