using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using Akka;
using Akka.Streams;
using Akka.Streams.Dsl;

namespace KillaBeez.TestKit.Tests.Simulations;

/// <summary>Akka.Streams inside of a simulation.</summary>
public sealed class StreamsTests
{
    private const int SeedCount = 50;
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    /// <summary>Two graphs, one on each side of a pipe with back-pressure.</summary>
    [Fact]
    public void TwoGraphsAndAPipe_EverySeedTwice_RepeatTheirHistories() => Seeds.RepeatTheirHistories(SeedCount, Run);

    [Fact]
    public void Materializer_RunAtOnce_IsRefusedAndAfterRunReadyWorks()
    {
        using var simulation = new Simulation(1);
        var system = simulation.CreateSystem("a");
        var e = Assert.Throws<InvalidOperationException>(() => simulation.Do(() => { _ = Source.Single(1).RunWith(Sink.Ignore<int>(), ActorMaterializer.Create(system)); }));
        Assert.Contains("RunReady", e.Message, StringComparison.Ordinal);

        var materializer = simulation.Do(() => ActorMaterializer.Create(system));
        simulation.RunReady();
        var sum = simulation.Do(() => Source.From(Enumerable.Range(1, 10)).RunWith(Sink.Aggregate<int, int>(0, (a, b) => a + b), materializer));
        Assert.Equal(55, simulation.RunUntilCompleted(sum, _second));
        simulation.ThrowIfForeign();
    }

    [Fact]
    public void Materializer_OfAnActor_WorksAtOnce()
    {
        using var simulation = new Simulation(1);
        var system = simulation.CreateSystem("a");
        var sums = new List<int>();
        system.ActorOf(LambdaActor.Of((_, context) =>
        {
            _ = Source.From(Enumerable.Range(1, 10)).Aggregate(0, (a, b) => a + b).RunForeach(sums.Add, context.Materializer());
        })).Tell("go");
        simulation.RunFor(_second);
        Assert.Equal([55], sums);
        simulation.ThrowIfForeign();
    }

    private static SimulationRun Run(ulong seed)
    {
        var log = new StringBuilder();
        var random = new Random((int)seed);
        using var simulation = new Simulation(seed);
        var system = simulation.CreateSystem("streams");
        var materializer = simulation.Do(() => ActorMaterializer.Create(system));
        simulation.RunReady();
        simulation.Do(() =>
        {
            var pipe = new Pipe(new PipeOptions(
                readerScheduler: PipeScheduler.Inline,
                writerScheduler: PipeScheduler.Inline,
                pauseWriterThreshold: 4096,
                resumeWriterThreshold: 2048,
                useSynchronizationContext: false));
            _ = Source.Tick(TimeSpan.Zero, TimeSpan.FromMilliseconds(20), 1)
                .Scan(0, (n, _) => n + 1)
                .Take(200)
                .SelectAsync(4, async n =>
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(random.Next(50)), simulation.TimeProvider);
                    return n;
                })
                .SelectAsync(1, async n =>
                {
                    await pipe.Writer.WriteAsync(new byte[100 + n]);
                    return n;
                })
                .RunWith(Sink.OnComplete<int>(() => pipe.Writer.Complete(), pipe.Writer.Complete), materializer);
            _ = Source.Repeat(NotUsed.Instance)
                .SelectAsync(1, async _ =>
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(random.Next(40)), simulation.TimeProvider);
                    var read = await pipe.Reader.ReadAsync();
                    pipe.Reader.AdvanceTo(read.Buffer.End);
                    return read.Buffer.Length;
                })
                .TakeWhile(length => length > 0)
                .GroupedWithin(10, TimeSpan.FromMilliseconds(300))
                .RunForeach(group => log.Append(CultureInfo.InvariantCulture, $"{simulation.Elapsed.Ticks} {group.Sum()}\n"), materializer);
        });
        simulation.RunFor(TimeSpan.FromSeconds(20));
        simulation.ThrowIfForeign();
        Assert.Empty(simulation.Warnings);
        Assert.True(log.Length > 100, "something came through");
        return new SimulationRun(simulation.HistoryHash, log.ToString(), simulation.MessageCount);
    }
}
