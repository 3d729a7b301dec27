namespace KillaBeez.TestKit.Tests;

/// <summary>The simulation as a user's tests see it.</summary>
public sealed class SimulatedSwarmTests
{
    [Fact]
    public void SameSeed_SameHistory_OtherSeedAnother()
    {
        Assert.Equal(History(1), History(1));
        Assert.Equal(History(2), History(2));
        Assert.NotEqual(History(1), History(2));
    }

    [Fact]
    public void Run_WorkThatThrows_ThrowsTheSame()
    {
        using var swarm = new SimulatedSwarm(1);
        Assert.Throws<InvalidOperationException>(() => swarm.Run(
            async () =>
            {
                await Task.Delay(TimeSpan.FromSeconds(1), swarm.TimeProvider);
                throw new InvalidOperationException();
            },
            TimeSpan.FromSeconds(2)));
        Assert.Equal(TimeSpan.FromSeconds(1), swarm.Now);
    }

    [Fact]
    public void Run_WorkThatDoesNotEnd_NamesTheSeed()
    {
        using var swarm = new SimulatedSwarm(42);
        var error = Assert.Throws<TimeoutException>(() => swarm.Run(() => new TaskCompletionSource().Task, TimeSpan.FromSeconds(2)));
        Assert.Contains("42", error.Message, StringComparison.Ordinal);
    }

    /// <summary>The example of docs/testkit.md: a chat that must survive a partition of ten seconds.</summary>
    [Fact]
    public void Chat_AcrossAPartition_LosesNothing()
    {
        // <chat>
        using var swarm = new SimulatedSwarm(seed: 7);
        var (alice, bob) = (swarm.AddNode(), swarm.AddNode());
        swarm.RunFor(TimeSpan.FromSeconds(1));
        Substream? atBob = null;
        bob.Node.SubstreamOpened += (_, e) => atBob = e.Substream;

        var chat = swarm.Run(
            async () =>
            {
                var peer = await alice.CallAsync(bob.Id);
                return await peer.OpenAsync("chat");
            },
            limit: TimeSpan.FromSeconds(30));

        swarm.Network.Partition([alice.Id], [bob.Id]);
        swarm.Run(async () => await chat.Output.WriteAsync("are you there?"u8.ToArray()), TimeSpan.FromSeconds(1));
        swarm.RunFor(TimeSpan.FromSeconds(20));
        Assert.False(atBob!.Input.TryRead(out _));

        swarm.Network.Heal();
        var heard = swarm.Run(async () => await atBob.Input.ReadAtLeastAsync(14), limit: TimeSpan.FromMinutes(1));
        Assert.Equal(14, heard.Buffer.Length);
        Assert.Equal(0, swarm.ForeignPosts);
        // </chat>
    }

    /// <summary>It would be on this machine's network and in real time, beside the simulated ones.</summary>
    [Fact]
    public void RealNode_InASimulatedSystem_IsRefused()
    {
        using var swarm = new SimulatedSwarm(1);
        var node = swarm.AddNode();
        var extension = KillaBeezSwarm.Get(node.System);
        var named = Assert.Throws<InvalidOperationException>(() => { _ = extension.StartAsync("edge"); });
        Assert.Contains("SimulatedSwarm.AddNode", named.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => extension.GuardianOf("edge"));

        var system = swarm.Simulation.CreateSystem("alone", "akka.loglevel = OFF");
        var first = Assert.Throws<InvalidOperationException>(() => KillaBeezSwarm.Get(system).Guardian);
        Assert.Equal(named.Message, first.Message);

        Assert.NotNull(extension.Guardian);
        swarm.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(0, swarm.ForeignPosts);
    }

    [Fact]
    public void ExchangeStopped_LosesItsConnectionsAndTakesNewOnesAfterStart()
    {
        using var swarm = new SimulatedSwarm(1);
        swarm.AddNode();
        swarm.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(1, swarm.Exchange.ConnectionCount);
        swarm.Exchange.Stop();
        Assert.False(swarm.Exchange.IsRunning);
        Assert.Equal(0, swarm.Exchange.ConnectionCount);
        swarm.Exchange.Start();
        swarm.RunFor(TimeSpan.FromSeconds(5));
        Assert.Equal(1, swarm.Exchange.ConnectionCount);
    }

    [Fact]
    public void KilledNode_IsSilent()
    {
        using var swarm = new SimulatedSwarm(1);
        var (a, b) = (swarm.AddNode(), swarm.AddNode());
        swarm.RunFor(TimeSpan.FromSeconds(1));
        swarm.Run(() => a.CallAsync(b.Id), TimeSpan.FromSeconds(10));
        b.Kill();
        b.Kill();
        Assert.False(b.IsAlive);
        swarm.RunFor(TimeSpan.FromSeconds(1));
        Assert.Contains(b.Id, a.PeerIds);
        swarm.RunFor(TimeSpan.FromSeconds(120));
        Assert.Empty(a.PeerIds);
    }

    private static ulong History(ulong seed)
    {
        using var swarm = new SimulatedSwarm(seed);
        var nodes = Enumerable.Range(0, 4).Select(_ => swarm.AddNode()).ToArray();
        swarm.RunFor(TimeSpan.FromSeconds(1));
        swarm.Run(() => Task.WhenAll(nodes[1..].Select(n => n.CallAsync(nodes[0].Id))), TimeSpan.FromSeconds(30));
        swarm.RunFor(TimeSpan.FromSeconds(20));
        Assert.Equal(0, swarm.ForeignPosts);
        return swarm.HistoryHash;
    }
}
