using KillaBeez.Actors.Tests.Worlds;

namespace KillaBeez.Actors.Tests.Extension;

/// <summary>A node that ends in the middle of everything, however it ends: nothing that waited goes on waiting, and nothing is left.</summary>
public sealed class TerminationSweepTests
{
    private const int SeedCount = 1000;

    /// <summary>More than fit into the time before the end.</summary>
    private const int Rounds = 30;

    [Fact]
    public void SystemTerminated_InTheMiddleOfEverything_LeavesNothingWaiting() => Sweep(SeedCount, (world, victim) =>
    {
        _ = world.Swarm.Simulation.Do(victim.System.Terminate);

        // Akka.NET completes this task on the thread pool.
        world.RunFor(1);
        Assert.True(SpinWait.SpinUntil(() => victim.System.WhenTerminated.IsCompleted, RealSystem.Limit), "the system has not ended");
    });

    [Fact]
    public void NodeDisposed_InTheMiddleOfEverything_LeavesNothingWaiting() =>
        Sweep(SeedCount / 4, (world, victim) => world.Swarm.Simulation.Post(() => _ = victim.Node.DisposeAsync().AsTask()));

    [Fact]
    public void GuardianStopped_InTheMiddleOfEverything_LeavesNothingWaiting() =>
        Sweep(SeedCount / 4, (world, victim) => world.Swarm.Simulation.Do(() => ((IInternalActorRef)victim.Node.Guardian).Stop()));

    private static void Sweep(int seeds, Action<World, SimulatedNode> end) =>
        Parallel.For(1, seeds + 1, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, seed => Run((ulong)seed, end));

    private static void Run(ulong seed, Action<World, SimulatedNode> end)
    {
        using var world = new World(seed);
        var random = new SeededRandomSource(seed);
        var work = new List<Task>();
        var nodes = Enumerable.Range(0, 3).Select(_ => world.Swarm.AddNode()).ToArray();
        foreach (var node in nodes)
        {
            node.Node.SubstreamOpened += (_, e) => work.Add(EchoAsync(e.Substream));
        }

        world.Swarm.Simulation.Post(() => work.AddRange(nodes.SelectMany(a => nodes.Where(b => b != a).Select(b => WorkAsync(a, b)))));
        world.Swarm.RunFor(TimeSpan.FromMilliseconds(random.NextInt32(0, 3000)));
        var victim = nodes[random.NextInt32(0, nodes.Length)];
        end(world, victim);

        world.Until(() => victim.Node.WhenStopped.IsCompleted, "the node has noticed", World.Soon);
        world.Until(() => work.TrueForAll(task => task.IsCompleted), "nothing waits any more");
        Assert.Equal(0, victim.Node.PendingCalls);
        Assert.Empty(victim.Node.Peers);
        Assert.All(nodes.Where(node => node != victim), node => Assert.False(node.Node.WhenStopped.IsCompleted));
        Assert.Equal(0, world.Swarm.ForeignPosts);
    }

    private static async Task WorkAsync(SimulatedNode from, SimulatedNode to)
    {
        try
        {
            var peer = await from.CallAsync(to.Id);
            await using var substream = await peer.OpenAsync("work");
            for (var i = 0; i < Rounds; i++)
            {
                await substream.Output.WriteAsync(new byte[1000]);
                var read = await substream.Input.ReadAsync();
                substream.Input.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    break;
                }

                await peer.PingAsync();
            }
        }
        catch (Exception e) when (e is KillaBeezException or ObjectDisposedException)
        {
            // The node at one of the ends is gone.
        }
    }

    private static async Task EchoAsync(Substream substream)
    {
        try
        {
            while (true)
            {
                var read = await substream.Input.ReadAsync();
                foreach (var segment in read.Buffer)
                {
                    await substream.Output.WriteAsync(segment);
                }

                substream.Input.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    break;
                }
            }
        }
        catch (KillaBeezException)
        {
            // The session is over.
        }
    }
}
