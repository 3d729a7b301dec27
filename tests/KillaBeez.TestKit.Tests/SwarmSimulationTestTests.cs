using KillaBeez.TestKit.Tests.Simulations;

namespace KillaBeez.TestKit.Tests;

/// <summary>The base class as a user's tests have it: actors of their own beside a node.</summary>
public sealed class SwarmSimulationTestTests() : SwarmSimulationTest(seed: 7, hocon: "lobby.size = 3")
{
    [Fact]
    public void ActorBesideANode_SharesTheVirtualClock()
    {
        var node = Swarm.AddNode(hocon: "lobby.name = blue");
        var config = node.System.Settings.Config;
        Assert.Equal((3, "blue"), (config.GetInt("lobby.size"), config.GetString("lobby.name")));

        var probe = CreateProbe(node);
        probe.Send(node.System.ActorOf(EchoActor.Of(TimeSpan.FromMinutes(10)), "lobby"), "join");
        probe.ExpectNoMsg(TimeSpan.FromMinutes(9));
        Assert.Equal("join", probe.ExpectMsg<string>(TimeSpan.FromMinutes(1)));
        Assert.Equal(TimeSpan.FromMinutes(10), Swarm.Now);
        Swarm.Simulation.ThrowIfForeign();
    }

    /// <summary>A node comes back with its key, on another machine or after a crash: everybody reaches it again.</summary>
    [Fact]
    public void KilledNode_AddedWithTheSameKey_IsCalledAndCalls()
    {
        var limit = TimeSpan.FromSeconds(30);
        using var key = KeyPair.Generate();
        var (a, b) = (Swarm.AddNode(), Swarm.AddNode(new SwarmOptions { KeyPair = key }));
        Swarm.RunFor(TimeSpan.FromSeconds(1));
        Swarm.Run(() => a.CallAsync(b.Id), limit);
        b.Kill();
        Swarm.RunFor(TimeSpan.FromMinutes(3));
        Assert.Empty(a.PeerIds);

        var again = Swarm.AddNode(new SwarmOptions { KeyPair = key });
        Swarm.RunFor(TimeSpan.FromSeconds(1));
        Swarm.Run(() => a.CallAsync(again.Id), limit);
        Assert.Equal([again.Id], a.PeerIds);
        var third = Swarm.AddNode();
        Swarm.RunFor(TimeSpan.FromSeconds(1));
        Swarm.Run(() => again.CallAsync(third.Id), limit);
        Swarm.Simulation.ThrowIfForeign();
    }

    /// <summary>It is there again before anybody has noticed that it was gone; its old links stay dead.</summary>
    [Fact]
    public void KilledNode_AddedWithTheSameKeyAtOnce_IsCalledInTheEnd()
    {
        using var key = KeyPair.Generate();
        var (a, b) = (Swarm.AddNode(), Swarm.AddNode(new SwarmOptions { KeyPair = key }));
        Swarm.RunFor(TimeSpan.FromSeconds(1));
        Swarm.Run(() => a.CallAsync(b.Id), TimeSpan.FromSeconds(30));
        b.Kill();
        var again = Swarm.AddNode(new SwarmOptions { KeyPair = key });
        Swarm.RunFor(TimeSpan.FromMinutes(3));
        Swarm.Run(() => again.CallAsync(a.Id), TimeSpan.FromSeconds(30));
        Assert.Equal([a.Id], again.PeerIds);
        Assert.Equal([again.Id], a.PeerIds);
    }
}
