using Akka.Streams;
using Akka.Streams.Dsl;
using KillaBeez.Actors.Tests.Worlds;
using KillaBeez.Streams;

namespace KillaBeez.Actors.Tests.Streams;

/// <summary>Streams over a simulated network, with links that die under them: a seed gives one history, to the last message.</summary>
public sealed class StreamHistoryTests
{
    [Fact]
    public void SameSeedTwice_HasEqualHistories()
    {
        var hashes = new HashSet<ulong>();
        for (ulong seed = 1; seed <= 10; seed++)
        {
            var (hash, log) = Play(seed);
            var (hashAgain, logAgain) = Play(seed);
            Assert.True(log == logAgain, $"seed {seed}: {log} / {logAgain}");
            Assert.True(hash == hashAgain, $"seed {seed}: the logs are equal, the histories are not");
            hashes.Add(hash);
        }

        Assert.Equal(10, hashes.Count);
    }

    /// <summary>Everything at once: bind, open, throttle, events, a failing stream, a killed materializer, dying links.</summary>
    private static (ulong Hash, string Log) Play(ulong seed)
    {
        using var world = new StreamWorld(seed, areConnected: false);
        var random = new SeededRandomSource(seed);
        var log = new List<string>();
        world.Run(world.StreamsA.Events().To(Sink.ForEach<SwarmEvent>(e => log.Add($"{world.World.Swarm.Now.Ticks} {e.GetType().Name}"))), world.AtA);
        _ = world.Run(
            world.StreamsB.Bind("echo", new() { AcceptTimeout = TimeSpan.FromSeconds(2), Backlog = 4 })
                .To(Sink.ForEach<IncomingSubstream>(incoming =>
                {
                    if (incoming.Metadata.Span[0] % 4 != 0)
                    {
                        _ = incoming.Flow.Join(Graphs.Echo.Via(SwarmStages.Throttle(2_000_000, 100_000))).Run(world.AtB);
                    }
                })),
            world.AtB);
        var doomed = world.NewMaterializer(world.A);
        var streams = Enumerable.Range(0, 12).Select(i => Start(world, i, i % 5 == 4 ? doomed : world.AtA, random)).ToArray();
        world.World.RunFor(0.7);
        world.World.Network.CutLinks(world.A.Id, world.B.Id);
        world.World.RunFor(0.2);
        world.Simulation.Do(doomed.Shutdown);
        
        // A sink's task does not always hear of the end of its materializer, so those are not waited for.
        world.World.Until(() => streams.Where((_, i) => i % 5 != 4).All(task => task.IsCompleted), "all streams have ended");
        log.AddRange(streams.Select((task, i) => $"{i} {task.Status} {(task.IsCompletedSuccessfully ? task.Result.Length : task.Exception?.InnerException?.GetType().Name)}"));
        world.World.RunFor(5);
        world.AssertRepeatable();
        return (world.World.Swarm.HistoryHash, string.Join('\n', log));
    }

    private static Task<byte[]> Start(StreamWorld world, int number, ActorMaterializer materializer, SeededRandomSource random)
    {
        var content = PipeHelper.Content((ulong)number, 50_000 + (int)(random.NextUInt64() % 300_000));
        var pieces = Graphs.Pieces(content, 1 + (int)(random.NextUInt64() % 40_000));
        return world.Run(
            pieces.Via(SwarmStages.Throttle(400_000, 20_000))
                .Via(SwarmStages.IdleTimeout<ReadOnlyMemory<byte>>(TimeSpan.FromSeconds(30)))
                .Select(piece => number == 7 && piece.Span[0] % 8 == 0 ? throw new InvalidDataException("the application's own") : piece)
                .Via(world.StreamsA.Open(world.B.Id, "echo", new[] { (byte)number }))
                .ToMaterialized(Graphs.Bytes, Keep.Right),
            materializer);
    }
}
