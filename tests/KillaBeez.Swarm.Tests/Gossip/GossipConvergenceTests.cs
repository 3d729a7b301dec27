using KillaBeez.Swarm.Gossip;
using Xunit.Abstractions;

namespace KillaBeez.Swarm.Tests.Gossip;

public sealed class GossipConvergenceTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(3, 50)]
    [InlineData(10, 20)]
    [InlineData(20, 6)]
    public void ManyNodes_JoinedByOneCallEach_BecomeAFullMeshThatAllKnow(int nodes, ulong seeds)
    {
        for (ulong seed = 0; seed < seeds; seed++)
        {
            using var fabric = new GossipFabric(seed, nodes) { CallFailureRate = seed % 2 == 0 ? 0 : 0.3 };
            JoinAtRandom(fabric, seed);
            fabric.Run(TimeSpan.FromSeconds(seed % 2 == 0 ? 30 : 180));
            Assert.True(fabric.IsFullMesh(), $"seed {seed}: {fabric.Links} links");
            Assert.True(fabric.CompareMaps() is null, $"seed {seed}: {fabric.CompareMaps()}");
            AssertNothingDropped(fabric, seed);
        }
    }

    [Fact]
    public void Readme_ThreeNodesTwoCalls_AllThreeAreConnectedWithinASecond()
    {
        for (ulong seed = 0; seed < 50; seed++)
        {
            using var fabric = new GossipFabric(seed, 3);
            var ids = fabric.Nodes.Keys.ToArray();
            fabric.Connect(ids[0], ids[1]);
            fabric.Run(TimeSpan.FromMilliseconds(300));
            fabric.Connect(ids[2], ids[0]);
            fabric.Run(TimeSpan.FromSeconds(1));
            Assert.True(fabric.IsFullMesh(), $"seed {seed}");
        }
    }

    [Fact]
    public void FiftyNodes_FullMesh_CostsOneSignedMapForEachLinkEnd()
    {
        const int nodes = 50;
        using var fabric = new GossipFabric(1, nodes);
        JoinAtRandom(fabric, 1);
        fabric.Run(TimeSpan.FromSeconds(15));
        Assert.True(fabric.IsFullMesh());
        var all = fabric.Living.Select(node => node.Engine.Statistics).ToArray();
        output.WriteLine(
            $"{all.Sum(s => s.MessagesSent)} messages, {all.Sum(s => s.BytesSent)} bytes, {all.Sum(s => s.MapsSigned)} signatures, " +
            $"{all.Sum(s => s.SignaturesVerified)} verifications, {fabric.CallsMade} calls, {fabric.InformsMade} informs");

        // Nothing but the first whole map on each end of each link is verified before the first digest.
        Assert.Equal(nodes * (nodes - 1), all.Sum(s => s.SignaturesVerified));
        Assert.Equal(nodes * (nodes - 1) / 2, fabric.Links);
    }

    [Fact]
    public void NodesThatVanishAndComeBack_AreForgottenAndFoundAgain()
    {
        for (ulong seed = 0; seed < 20; seed++)
        {
            using var fabric = new GossipFabric(seed, 12);
            JoinAtRandom(fabric, seed);
            fabric.Run(TimeSpan.FromSeconds(20));
            var gone = fabric.Nodes.Keys.Take(4).ToArray();
            Array.ForEach(gone, fabric.Stop);
            fabric.Run(TimeSpan.FromSeconds(60));
            Assert.True(fabric.IsFullMesh(), $"seed {seed}: survivors");
            Assert.All(fabric.Living, node => Assert.Empty(node.Engine.KnownPeers.Intersect(gone)));

            foreach (var id in gone)
            {
                fabric.Start(id);
                fabric.Connect(id, fabric.Living.First(node => !gone.Contains(node.Key.Id)).Key.Id);
            }

            fabric.Run(TimeSpan.FromSeconds(60));
            Assert.True(fabric.IsFullMesh(), $"seed {seed}: all again");
            Assert.True(fabric.CompareMaps() is null, $"seed {seed}: {fabric.CompareMaps()}");
        }
    }

    [Fact]
    public void LostMessages_AreRepairedByGapsAndDigests()
    {
        for (ulong seed = 0; seed < 20; seed++)
        {
            using var fabric = new GossipFabric(seed, 10) { MessageLossRate = 0.3 };
            JoinAtRandom(fabric, seed);
            fabric.Run(TimeSpan.FromSeconds(30));
            fabric.MessageLossRate = 0;
            fabric.Run(TimeSpan.FromSeconds(100));
            Assert.True(fabric.IsFullMesh(), $"seed {seed}: {fabric.Links} links");
            Assert.True(fabric.CompareMaps() is null, $"seed {seed}: {fabric.CompareMaps()}");
        }
    }

    [Fact]
    public void MoreNodesThanTheDegree_StayConnectedWithBoundedDegrees()
    {
        for (ulong seed = 0; seed < 5; seed++)
        {
            var options = new GossipOptions { Incarnation = 1, MeshDegree = 6, AcceptedDegree = 12 };
            using var fabric = new GossipFabric(seed, 40, options);
            JoinAtRandom(fabric, seed);
            fabric.Run(TimeSpan.FromSeconds(120));
            var most = fabric.Living.Max(node => node.Peers.Count);
            output.WriteLine($"seed {seed}: {fabric.Links} links, at most {most} at one node");

            // Twice the accepted degree, and the first calls of new nodes, which nobody asks about here.
            Assert.True(most < 28, $"seed {seed}: a node has {most} links");
            Assert.True(Reachable(fabric) == 40, $"seed {seed}: the mesh is in pieces");
        }
    }

    /// <summary>Every node but the first calls one that came before it.</summary>
    private static void JoinAtRandom(GossipFabric fabric, ulong seed)
    {
        var random = new SeededRandomSource(seed + 1000);
        var ids = fabric.Nodes.Keys.ToArray();
        for (var i = 1; i < ids.Length; i++)
        {
            fabric.Connect(ids[i], ids[random.NextInt32(0, i)]);
            fabric.Run(TimeSpan.FromMilliseconds(random.NextInt32(0, 200)));
        }
    }

    private static void AssertNothingDropped(GossipFabric fabric, ulong seed) => Assert.All(fabric.Living, node =>
    {
        var statistics = node.Engine.Statistics;
        Assert.True(
            (statistics.Dropped, statistics.Malformed, statistics.Forged, statistics.DigestMismatches, statistics.Gaps) == (0, 0, 0, 0, 0),
            $"seed {seed}: {statistics}");
    });

    private static int Reachable(GossipFabric fabric)
    {
        HashSet<PeerId> seen = [fabric.Nodes.Keys.First()];
        Queue<PeerId> toVisit = new(seen);
        while (toVisit.TryDequeue(out var id))
        {
            foreach (var peer in fabric.Nodes[id].Peers)
            {
                if (seen.Add(peer))
                {
                    toVisit.Enqueue(peer);
                }
            }
        }

        return seen.Count;
    }
}
