using System.Buffers;
using KillaBeez.TestKit;
using Xunit.Abstractions;

namespace KillaBeez.Simulation.Tests;

/// <summary>A mesh through partitions, deaths and bad ways: what must hold for every seed.</summary>
public sealed class FailureSimulationTests(ITestOutputHelper output)
{
    private const int SeedCount = 20;
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(5);

    /// <summary>From the network's return to the whole mesh (case S13).</summary>
    private static readonly TimeSpan _wholeAgain = TimeSpan.FromSeconds(15);

    [Fact]
    public void Partition_HealedAfterMinutes_IsOneMeshAgain() => Seeds.ForEach(output, 1, SeedCount, seed =>
    {
        using var swarm = Mesh(seed, nodes: 5 + (int)(seed % 6));
        var half = swarm.Nodes.Count / 2;
        var halves = new[] { swarm.Nodes.Take(half).ToArray(), swarm.Nodes.Skip(half).ToArray() };
        var inside = halves.SelectMany(h => h.SelectMany(n => n.Node.Peers.Where(p => h.Any(m => m.Id == p.Id)))).ToArray();
        swarm.Network.Partition([.. halves[0].Select(n => n.Id)], [.. halves[1].Select(n => n.Id)]);
        swarm.RunFor(TimeSpan.FromMinutes(3));

        Assert.All(inside, peer => Assert.True(peer.IsConnected, $"seed {seed}: {peer} was lost inside of its half"));
        Assert.All(halves, h => Assert.All(h, n => Assert.True(n.PeerIds.Count() == h.Length - 1, $"seed {seed}: {n.Id} does not see its half only")));

        swarm.Network.Heal();
        UntilMesh(swarm, swarm.Nodes, seed, "after healing, without a call of the application", _wholeAgain);
        Assert.All(inside, peer => Assert.True(peer.IsConnected, $"seed {seed}: {peer} was lost inside of its half"));
        AssertRepeats(swarm, seed);
    });

    /// <summary>Case S13: an outage longer than the sessions' window, of one node, a third and a half, and nobody calls.</summary>
    [Theory]
    [InlineData(1, 1, 20)]
    [InlineData(1, 150, 4)]
    [InlineData(3, 60, 3)]
    [InlineData(2, 600, 1)]
    public void Outage_OfSomeNodes_HealsByItself(int gone, int minutes, int seeds) => Seeds.ForEach(output, 1, seeds, seed =>
    {
        using var swarm = Mesh(seed, nodes: 6);
        swarm.Network.Partition([.. swarm.Nodes.Take(gone).Select(n => n.Id)]);
        swarm.RunFor(TimeSpan.FromMinutes(minutes) + TimeSpan.FromSeconds(seed));
        swarm.Network.Heal();
        UntilMesh(swarm, swarm.Nodes, seed, $"{minutes} minutes later", _wholeAgain);
    });

    [Fact]
    public void NodeKilledWithoutAWord_IsNoticedByAllAndLeavesNoTrace() => Seeds.ForEach(output, 1, SeedCount, seed =>
    {
        using var swarm = Mesh(seed, nodes: 6);
        var dead = swarm.Nodes[(int)(seed % 6)];
        var living = swarm.Nodes.Where(n => n != dead).ToArray();
        var told = new HashSet<PeerId>();
        foreach (var node in living)
        {
            node.Node.PeerDisconnected += (_, e) => Assert.True(e.Peer.Id == dead.Id && told.Add(node.Id));
        }

        dead.Kill();

        // A link dies after 10 s of silence, noticed in at most as long again; the session waits a minute more.
        var limit = TimeSpan.FromSeconds(15 + 15 + 60 + 5);
        Assert.True(swarm.RunUntil(() => told.Count == living.Length, limit), $"seed {seed}: {told.Count} of {living.Length} noticed");
        Assert.All(living, n => Assert.Equal(living.Length - 1, n.PeerIds.Count()));

        swarm.RunFor(TimeSpan.FromMinutes(5));
        var links = living.Length * (living.Length - 1) / 2;
        Assert.True(swarm.Network.LinkCount == links, $"seed {seed}: {swarm.Network.LinkCount} links are left, not {links}");
        Assert.Equal(living.Length, swarm.Exchange.ConnectionCount);
        AssertRepeats(swarm, seed);
    });

    [Fact]
    public void LinksDyingAtRandom_UnderTraffic_LoseNoByte() => Seeds.ForEach(output, 1, SeedCount, seed =>
    {
        using var swarm = Mesh(seed, nodes: 3);
        swarm.Network.Defaults = new PathConditions { MeanLinkLife = TimeSpan.FromSeconds(8), Latency = TimeSpan.FromMilliseconds(60) };
        foreach (var (a, b) in Pairs(swarm))
        {
            swarm.Network.CutLinks(a.Id, b.Id);
        }

        var received = 0;
        var contents = new Dictionary<string, byte[]>();
        foreach (var node in swarm.Nodes)
        {
            node.Node.SubstreamOpened += (_, e) => _ = ReceiveAsync(e.Substream);
        }

        var first = swarm.Nodes.SelectMany(n => n.Node.Peers.Select(p => (Node: n, Peer: p))).ToArray();
        swarm.Run(() => Task.WhenAll(first.Select((pair, i) => SendAsync(pair.Peer, $"data-{i}", Content(seed * 100 + (ulong)i)))), _patience);
        Assert.True(swarm.RunUntil(() => received == first.Length, _patience), $"seed {seed}: {received} of {first.Length} arrived");
        Assert.All(first, pair => Assert.True(pair.Peer.IsConnected, $"seed {seed}: a session was lost"));
        AssertRepeats(swarm, seed);

        async Task SendAsync(Peer peer, string type, byte[] content)
        {
            contents.Add(type, content);
            await using var substream = await peer.OpenAsync(type);
            for (var at = 0; at < content.Length; at += 10_000)
            {
                await substream.Output.WriteAsync(content.AsMemory(at, Math.Min(10_000, content.Length - at)));
                await Task.Delay(TimeSpan.FromMilliseconds(200), swarm.TimeProvider);
            }
        }

        async Task ReceiveAsync(Substream substream)
        {
            var all = new MemoryStream();
            while (true)
            {
                var read = await substream.Input.ReadAsync();
                all.Write(read.Buffer.ToArray());
                substream.Input.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    break;
                }
            }

            received += contents[substream.Type].AsSpan().SequenceEqual(all.ToArray()) ? 1 : 0;
            await substream.DisposeAsync();
        }
    });

    [Fact]
    public void Exchange_DownAndUpAgain_ServesCallsAgain() => Seeds.ForEach(output, 1, SeedCount, seed =>
    {
        using var swarm = Mesh(seed, nodes: 3);
        swarm.Exchange.Stop();
        swarm.RunFor(TimeSpan.FromMinutes(2));
        UntilMesh(swarm, swarm.Nodes, seed, "without an exchange");
        swarm.Exchange.Start();
        Assert.True(swarm.RunUntil(() => swarm.Exchange.ConnectionCount == 3, TimeSpan.FromMinutes(2)), $"seed {seed}: not all nodes came back");
        var late = swarm.AddNode();
        swarm.RunFor(TimeSpan.FromSeconds(1));
        swarm.Run(() => late.CallAsync(swarm.Nodes[0].Id), TimeSpan.FromMinutes(1));
        UntilMesh(swarm, swarm.Nodes, seed, "with a late node");
        AssertRepeats(swarm, seed);
    });

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 900)]
    [InlineData(400, 0)]
    [InlineData(400, 1500)]
    [InlineData(2000, 500)]
    public void Mesh_OnExtremeWays_ComesAbout(int latencyMs, int jitterMs) => Seeds.ForEach(output, 1, SeedCount, seed =>
    {
        using var swarm = Mesh(seed, nodes: 5, new PathConditions
        {
            Latency = TimeSpan.FromMilliseconds(latencyMs),
            Jitter = TimeSpan.FromMilliseconds(jitterMs),
        });
        var peers = swarm.Nodes.SelectMany(n => n.Node.Peers).ToArray();
        swarm.RunFor(TimeSpan.FromMinutes(2));
        Assert.All(peers, peer => Assert.True(peer.IsConnected, $"seed {seed}: a session was lost"));
        AssertRepeats(swarm, seed);
    });

    private static byte[] Content(ulong seed)
    {
        var content = new byte[1_000_000];
        new SeededRandomSource(seed).Fill(content);
        return content;
    }

    private static SimulatedSwarm Mesh(ulong seed, int nodes, PathConditions? conditions = null)
    {
        var swarm = new SimulatedSwarm(seed);
        swarm.Network.Defaults = conditions ?? swarm.Network.Defaults;
        for (var i = 0; i < nodes; i++)
        {
            swarm.AddNode();
        }

        swarm.RunFor(TimeSpan.FromSeconds(1));
        swarm.Run(() => Task.WhenAll(swarm.Nodes.Skip(1).Select(n => n.CallAsync(swarm.Nodes[0].Id))), TimeSpan.FromMinutes(1));
        UntilMesh(swarm, swarm.Nodes, seed, "at the start");
        return swarm;
    }

    private static void UntilMesh(SimulatedSwarm swarm, IReadOnlyCollection<SimulatedNode> nodes, ulong seed, string when, TimeSpan? limit = null) =>
        Assert.True(swarm.RunUntil(() => nodes.All(n => n.Node.Peers.Count == nodes.Count - 1), limit ?? _patience), $"seed {seed}: no full mesh {when}, now {swarm.Now}");

    private static IEnumerable<(SimulatedNode A, SimulatedNode B)> Pairs(SimulatedSwarm swarm) =>
        swarm.Nodes.SelectMany((a, i) => swarm.Nodes.Skip(i + 1).Select(b => (a, b)));

    private static void AssertRepeats(SimulatedSwarm swarm, ulong seed) =>
        Assert.True(swarm.ForeignPosts == 0, $"seed {seed}: another thread reached into the simulation");
}
