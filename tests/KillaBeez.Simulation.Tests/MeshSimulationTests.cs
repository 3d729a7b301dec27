using KillaBeez.TestKit;
using Xunit.Abstractions;

namespace KillaBeez.Simulation.Tests;

/// <summary>
/// Every node makes one call, through the exchange, to some earlier node; then the exchange is gone, and everybody
/// must find everybody through peers alone. Real nodes and real cryptography; only the network and the clock are
/// simulated.
/// </summary>
[Collection(AloneCollection.Name)]
public sealed class MeshSimulationTests(ITestOutputHelper output)
{
    private const int SeedCount = 200;
    private const int FiftyNodesTwice = 5;
    private static readonly TimeSpan _convergenceLimit = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan _step = TimeSpan.FromMilliseconds(100);

    [Theory]
    [InlineData(3, SeedCount)]
    [InlineData(10, SeedCount)]
    [InlineData(50, FiftyNodesTwice)]
    public void Nodes_AfterOneCallEach_ReachFullMeshAndRepeatTheirHistory(int nodes, int seeds) => ForEachSeed(1, seeds, seed =>
    {
        var first = Converge(seed, nodes);
        var second = Converge(seed, nodes);
        Assert.True(first == second, $"seed {seed}: two runs have different histories, {first} and {second}");
    });

    /// <summary>As many seeds as fit in the budget, behind those that the test above runs twice.</summary>
    [Fact]
    public void FiftyNodes_AfterOneCallEach_ReachFullMesh() =>
        Seeds.ForBudget(output, SeedBudget.FromEnvironment(firstSeed: FiftyNodesTwice + 1), seed => Converge(seed, nodes: 50));

    private (ulong History, TimeSpan Time) Converge(ulong seed, int nodes)
    {
        using var swarm = new SimulatedSwarm(seed);
        var random = new SeededRandomSource(seed);
        for (var i = 0; i < nodes; i++)
        {
            swarm.AddNode();
        }

        swarm.RunFor(TimeSpan.FromSeconds(1));
        swarm.Run(
            () => Task.WhenAll(Enumerable.Range(1, nodes - 1).Select(i => swarm.Nodes[i].CallAsync(swarm.Nodes[random.NextInt32(0, i)].Id))),
            TimeSpan.FromSeconds(60));
        swarm.Exchange.Stop();
        while (!IsFullMesh(swarm))
        {
            Assert.True(swarm.Now < _convergenceLimit, $"seed {seed}: {nodes} nodes are no full mesh at {swarm.Now}: {Missing(swarm)}");
            swarm.RunFor(_step);
        }

        Assert.True(swarm.ForeignPosts == 0, $"seed {seed}: another thread reached into the simulation {swarm.ForeignPosts} times");
        return (swarm.HistoryHash, swarm.Now);
    }

    private static bool IsFullMesh(SimulatedSwarm swarm) => swarm.Nodes.All(n => n.Node.Peers.Count == swarm.Nodes.Count - 1);

    private static string Missing(SimulatedSwarm swarm) => string.Join(", ", swarm.Nodes
        .SelectMany(a => swarm.Nodes.Where(b => b != a && !a.PeerIds.Contains(b.Id)).Select(b => $"{a.Id.ToShortString()} lacks {b.Id.ToShortString()}"))
        .Take(10));

    private void ForEachSeed(int first, int count, Action<ulong> run) => Seeds.ForEach(output, first, count, run);
}
