using System.Collections.Concurrent;
using KillaBeez.TestKit;
using Xunit.Abstractions;

namespace KillaBeez.Simulation.Tests;

/// <summary>
/// Every node makes one call, through the exchange, to some earlier node; then the exchange is gone, and everybody
/// must find everybody through peers alone. Real nodes and real cryptography; only the network and the clock are
/// simulated.
/// </summary>
public sealed class MeshSimulationTests(ITestOutputHelper output)
{
    private const int Seeds = 200;
    private static readonly TimeSpan _convergenceLimit = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan _step = TimeSpan.FromMilliseconds(100);

    [Theory]
    [InlineData(3, Seeds)]
    [InlineData(10, Seeds)]
    [InlineData(50, 5)]
    public void Nodes_AfterOneCallEach_ReachFullMeshAndRepeatTheirHistory(int nodes, int seeds) => ForEachSeed(1, seeds, seed =>
    {
        var first = Converge(seed, nodes);
        var second = Converge(seed, nodes);
        Assert.True(first == second, $"seed {seed}: two runs have different histories, {first} and {second}");
    });

    [Fact]
    public void FiftyNodes_AfterOneCallEach_ReachFullMesh() => ForEachSeed(6, Seeds - 5, seed => Converge(seed, nodes: 50));

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

    /// <summary>Runs a seed on each core at a time; the first failures are shown with their seeds.</summary>
    private void ForEachSeed(int first, int count, Action<ulong> run)
    {
        var failures = new ConcurrentQueue<string>();
        Parallel.For(first, first + count, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, seed =>
        {
            try
            {
                run((ulong)seed);
            }
            catch (Exception e)
            {
                failures.Enqueue($"seed {seed}: {e}");
            }
        });
        foreach (var failure in failures.Take(3))
        {
            output.WriteLine(failure);
        }

        Assert.True(failures.IsEmpty, $"{failures.Count} of {count} seeds failed; the first: {failures.FirstOrDefault()}");
    }
}
