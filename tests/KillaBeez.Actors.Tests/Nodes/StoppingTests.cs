using KillaBeez.Actors.Tests.Worlds;

namespace KillaBeez.Actors.Tests.Nodes;

/// <summary>How nodes and sessions end in order.</summary>
public sealed class StoppingTests
{
    [Fact]
    public void DisposeAsync_PeersNoticeAtOnce()
    {
        using var world = new World();
        var nodes = Enumerable.Range(0, 4).Select(_ => world.Swarm.AddNode()).ToArray();
        for (var i = 1; i < nodes.Length; i++)
        {
            world.Connect(nodes[i], nodes[0]);
        }

        world.Until(() => nodes.All(n => n.PeerIds.Count() == 3), "the mesh is whole");
        var others = nodes[1..].Select(world.Record).ToArray();
        var own = world.Record(nodes[0]);
        world.Run(() => nodes[0].Node.DisposeAsync().AsTask());
        world.RunFor(0.1);

        foreach (var events in others)
        {
            Assert.Contains("ShuttingDown", Assert.Single(events.OfType<PeerDisconnectedEvent>()).Reason, StringComparison.Ordinal);
        }

        Assert.Equal(3, own.OfType<PeerDisconnectedEvent>().Count());
        Assert.Empty(nodes[0].Node.Peers);
        Assert.All(nodes[1..], n => Assert.Equal(2, n.PeerIds.Count()));
        Assert.Empty(ActorTree.All(nodes[0]));
    }

    [Fact]
    public void DisposeAsync_Twice_IsTheSameAsOnce()
    {
        using var world = new World();
        var a = world.Swarm.AddNode();
        world.Run(async () =>
        {
            await a.Node.DisposeAsync();
            await a.Node.DisposeAsync();
        });
        Assert.Throws<ObjectDisposedException>(() => world.Run(() => a.CallAsync(default)));
    }

    [Fact]
    public void DisposeAsync_WhileCallsAreUnderWay_FailsThem()
    {
        for (var afterMs = 0; afterMs < 150; afterMs += 3)
        {
            using var world = new World((ulong)afterMs + 1);
            var (a, b) = (world.Swarm.AddNode(), world.Swarm.AddNode());
            world.RunFor(1);
            Task<Peer>? call = null;
            world.Swarm.Simulation.Post(() => call = a.CallAsync(b.Id));
            world.RunFor(afterMs / 1000.0);
            world.Run(() => a.Node.DisposeAsync().AsTask());
            world.RunFor(0.01);
            Assert.True(call!.IsCompleted, $"stopped after {afterMs} ms: the call waits for ever");
            Assert.True(call.IsCompletedSuccessfully || call.Exception!.InnerException is KillaBeezException { Error: KillaBeezError.Closed });
            world.Until(() => !b.PeerIds.Any(), "the other side notices", TimeSpan.FromSeconds(90));
        }
    }

    [Fact]
    public void CloseAsync_DeliversEverythingFirst()
    {
        for (ulong seed = 1; seed <= 20; seed++)
        {
            var (world, a, b, bAtA, aAtB) = World.Pair(seed);
            using var _ = world;
            var there = new List<Substream>();
            b.Node.SubstreamOpened += (_, e) => there.Add(e.Substream);
            var content = PipeHelper.Content(seed, 150_000);
            var received = new List<Task<byte[]>>();
            world.Run(async () =>
            {
                for (var i = 0; i < 5; i++)
                {
                    var substream = await bAtA.OpenAsync("data");
                    received.Add(there[i].Input.ReadAllAsync());
                    await substream.Output.WriteAllAsync(content);
                }

                await bAtA.CloseAsync();
            });
            world.RunFor(5);

            Assert.All(received, r => Assert.True(r.IsCompletedSuccessfully, $"seed {seed}: {r.Exception?.InnerException?.Message ?? "still reading"}"));
            Assert.All(received, r => Assert.Equal(content, r.GetAwaiter().GetResult()));
            Assert.False(bAtA.IsConnected);
            Assert.False(aAtB.IsConnected);
            Assert.Empty(a.PeerIds);
            Assert.Empty(b.PeerIds);
        }
    }

    [Fact]
    public void CloseAsync_WhereNobodyReads_EndsAllTheSame()
    {
        var (world, _, b, bAtA, _) = World.Pair();
        using var __ = world;
        var (opener, acceptor) = world.Open(bAtA, b);
        world.Swarm.Simulation.Post(() => _ = opener.Output.WriteAllAsync(new byte[3_000_000]));
        world.RunFor(1);
        var start = world.Swarm.Now;
        world.Run(() => bAtA.CloseAsync());
        Assert.InRange((world.Swarm.Now - start).TotalSeconds, 4, 16);

        // The reader that comes late learns that it did not get everything.
        Assert.Equal(KillaBeezError.SessionLost, world.Fails(() => acceptor.Input.ReadAllAsync()).Error);
    }

    [Fact]
    public void CloseAsync_ByBothAtOnce_EndsInOrder()
    {
        for (ulong seed = 1; seed <= 50; seed++)
        {
            var (world, a, b, bAtA, aAtB) = World.Pair(seed);
            using var _ = world;
            var (atA, atB) = (world.Record(a), world.Record(b));
            world.Run(() => Task.WhenAll(bAtA.CloseAsync(), aAtB.CloseAsync()));
            world.RunFor(1);
            Assert.StartsWith("Closed", Assert.Single(atA.OfType<PeerDisconnectedEvent>()).Reason, StringComparison.Ordinal);
            Assert.StartsWith("Closed", Assert.Single(atB.OfType<PeerDisconnectedEvent>()).Reason, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Peer_Gone_LeavesNoActorAfterTheTombstone()
    {
        var (world, a, b, bAtA, _) = World.Pair();
        using var __ = world;
        world.Run(() => bAtA.CloseAsync());
        world.RunFor(30);
        Assert.NotNull(ActorTree.Find(a, $"killabeez/peers/{b.Id}"));
        world.RunFor(60);
        Assert.Null(ActorTree.Find(a, $"killabeez/peers/{b.Id}"));
        Assert.Null(ActorTree.Find(b, $"killabeez/peers/{a.Id}"));
        Assert.Equal(0, world.Network.LinkCount);

        // The next call makes everything anew.
        Assert.NotSame(bAtA, world.Run(() => a.CallAsync(b.Id)));
    }

    [Fact]
    public void Node_RestartedWithTheSameKey_ReplacesItsSession()
    {
        using var world = new World();
        using var key = KeyPair.Generate(new SeededRandomSource(4));
        var a = world.Swarm.AddNode();
        var former = world.Swarm.AddNode(new SwarmOptions { KeyPair = key });
        var (formerAtA, _) = world.Connect(a, former);
        var events = world.Record(a);
        former.Kill();

        var reborn = world.Swarm.AddNode(new SwarmOptions { KeyPair = key });
        world.RunFor(1);
        var aAtReborn = world.Run(() => reborn.CallAsync(a.Id));
        Assert.True(world.Run(() => aAtReborn.PingAsync()) > TimeSpan.Zero);
        Assert.False(formerAtA.IsConnected);
        var now = Assert.Single(a.Node.Peers);
        Assert.NotSame(formerAtA, now);
        Assert.Contains("PeerForgot", Assert.Single(events.OfType<PeerDisconnectedEvent>()).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void TwoNodesWithOneKey_DoNotDisturbOthers()
    {
        using var world = new World();
        using var key = KeyPair.Generate(new SeededRandomSource(4));
        var (a, b) = (world.Swarm.AddNode(), world.Swarm.AddNode());
        var twins = new[] { world.Swarm.AddNode(new SwarmOptions { KeyPair = key }), world.Swarm.AddNode(new SwarmOptions { KeyPair = key }) };
        var (bAtA, _) = world.Connect(a, b);
        var events = world.Record(a);
        for (var i = 0; i < 30; i++)
        {
            var twin = twins[i % 2];
            world.Swarm.Simulation.Post(() => _ = twin.CallAsync(a.Id).ContinueWith(static t => _ = t.Exception, TaskScheduler.Default));
            world.RunFor(10);
        }

        Assert.True(bAtA.IsConnected);
        Assert.DoesNotContain(events.OfType<PeerDisconnectedEvent>(), e => e.Peer.Id == b.Id);
        Assert.DoesNotContain(events.OfType<PeerStalledEvent>(), e => e.Peer.Id == b.Id);
        Assert.InRange(events.OfType<PeerConnectedEvent>().Count(), 1, 60);
        Assert.True(world.Run(() => bAtA.PingAsync()) > TimeSpan.Zero);
    }
}
