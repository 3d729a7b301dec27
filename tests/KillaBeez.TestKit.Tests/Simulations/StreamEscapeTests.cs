using Akka;
using Akka.Streams;
using Akka.Streams.Dsl;

namespace KillaBeez.TestKit.Tests.Simulations;

/// <summary>
/// Which of Akka.Streams' own stages work in virtual time, and which read the real clock unseen, as docs/testkit.md lists
/// them. Limits are hours: the real clock does not come to them, so what a stage does says which clock it has read.
/// </summary>
public sealed class StreamEscapeTests : IDisposable
{
    private static readonly TimeSpan _minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan _hour = TimeSpan.FromHours(1);

    /// <summary>What a stage makes of a stream, and what comes of it at which virtual hour.</summary>
    private static readonly Dictionary<string, (Func<Source<string, NotUsed>> Source, string[] Seen)> _inside = new()
    {
        ["InitialTimeout"] = (() => Source.Never<string>().InitialTimeout(_hour), ["TimeoutException 1"]),
        ["CompletionTimeout"] = (() => Ticks(_hour).CompletionTimeout(1.5 * _hour), ["e 0", "e 1", "TimeoutException 1.5"]),
        ["InitialDelay"] = (() => Source.Single("e").InitialDelay(_hour), ["e 1", "end 1"]),
        ["TakeWithin"] = (() => Ticks(_hour).TakeWithin(1.5 * _hour), ["e 0", "e 1", "end 1.5"]),
        ["SkipWithin"] = (() => Ticks(_hour).SkipWithin(1.5 * _hour).Take(1), ["e 2", "end 2"]),
        ["GroupedWithin"] = (() => Ticks(_hour).Take(4).GroupedWithin(10, 1.25 * _hour).Select(group => string.Concat(group)), ["ee 1.25", "e 2.5", "e 3", "end 3"]),
        ["RestartSource"] = (() => RestartSource.WithBackoff(() => Source.Single("e"), RestartSettings.Create(_hour, 4 * _hour, 0)).Take(4), ["e 0", "e 1", "e 3", "e 7", "end 7"]),
    };

    /// <summary>What a stage makes of a stream, what by the virtual clock should come of it in ten hours, and what does.</summary>
    private static readonly Dictionary<string, (Func<Source<string, NotUsed>> Source, string[] Should, string[] Seen)> _silent = new()
    {
        ["IdleTimeout"] = (() => Source.Never<string>().IdleTimeout(_hour), ["TimeoutException 1"], []),
        ["BackpressureTimeout"] = (
            () => Source.Repeat("e").BackpressureTimeout(_hour).SelectAsync(1, _ => new TaskCompletionSource<string>().Task),
            ["TimeoutException 1"],
            []),
        ["KeepAlive"] = (() => Source.Never<string>().KeepAlive(_hour, () => "alive").Take(1), ["alive 1", "end 1"], []),
        ["RestartSource with a maximum within a time"] = (
            () => RestartSource.WithBackoff(() => Source.Single("e"), RestartSettings.Create(2 * _hour, 2 * _hour, 0).WithMaxRestarts(2, _hour)),
            ["e 0", "e 2", "e 4", "e 6", "e 8", "e 10"],
            ["e 0", "e 2", "e 4", "end 4"]),
        ["RestartSource of what ran longer than its backoff"] = (
            () => RestartSource.WithBackoff(() => Source.Single("e").Concat(Source.Never<string>().TakeWithin(2 * _hour)), RestartSettings.Create(_hour, 8 * _hour, 0)),
            ["e 0", "e 3", "e 6", "e 9"],
            ["e 0", "e 3", "e 7"]),
        ["RestartFlow with a maximum within a time"] = (
            () => Ticks(_hour).Via(RestartFlow.WithBackoff(() => Flow.Create<string>().Take(1), RestartSettings.Create(1.5 * _hour, 1.5 * _hour, 0).WithMaxRestarts(2, _hour))),
            ["e 0", "e 2", "e 4", "e 6", "e 8", "e 10"],
            ["e 0", "e 2", "e 4", "end 4"]),
    };

    private readonly Simulation _simulation = new(1);
    private readonly ActorSystem _system;

    public StreamEscapeTests() => _system = _simulation.CreateSystem("a");

    public static TheoryData<string> Inside => [.. _inside.Keys];

    public static TheoryData<string> Silent => [.. _silent.Keys];

    public void Dispose() => _simulation.Dispose();

    [Theory]
    [MemberData(nameof(Inside))]
    public void Stage_InVirtualTime(string name)
    {
        var (source, seen) = _inside[name];
        Assert.Equal(seen, Run(source()));
    }

    [Theory]
    [MemberData(nameof(Silent))]
    public void Stage_ReadsTheRealClockUnseen(string name)
    {
        var (source, should, seen) = _silent[name];
        Assert.NotEqual(should, seen);
        Assert.Equal(seen, Run(source()));
    }

    /// <summary>
    /// The first element leaves in virtual time, when the timer that it has set fires. When the second one does, half an hour later
    /// by the virtual clock, is reckoned by the real one: at no time of which a test could say more than that it is wrong.
    /// </summary>
    [Fact]
    public void StageDelay_ReadsTheRealClockUnseen()
    {
        var seen = Run(Ticks(0.5 * _hour).Take(2).Concat(Source.Never<string>()).Delay(_hour, DelayOverflowStrategy.Backpressure));
        Assert.Equal("e 1", seen[0]);
        Assert.DoesNotContain("e 1.5", seen);
    }

    [Fact]
    public void StageSample_TakesByTheSeed()
    {
        List<string> Sampled(ulong seed)
        {
            using var simulation = new Simulation(seed);
            return Run(simulation, simulation.CreateSystem("a"), Source.From(Enumerable.Range(0, 10_000).Select(i => $"{i}")).Via(Sample<string>.Random(100)));
        }

        var one = Sampled(1);
        Assert.True(one.Count > 50);
        Assert.Equal(one, Sampled(1));
        Assert.NotEqual(one, Sampled(2));
    }

    private static Source<string, NotUsed> Ticks(TimeSpan interval) =>
        Source.Tick(TimeSpan.Zero, interval, "e").MapMaterializedValue(_ => NotUsed.Instance);

    private static List<string> Run(Simulation simulation, ActorSystem system, Source<string, NotUsed> source)
    {
        List<string> seen = [];
        void See(string what) => seen.Add(FormattableString.Invariant($"{what} {simulation.Elapsed / _hour:0.##}"));
        system.ActorOf(LambdaActor.Of((_, context) => source
            .Select(element =>
            {
                See(element);
                return element;
            })
            .RunWith(Sink.OnComplete<string>(() => See("end"), e => See(e.GetType().Name)), context.Materializer()))).Tell("go");
        simulation.RunFor((10 * _hour) + _minute);
        Assert.Equal(0, simulation.ForeignPosts);
        Assert.Empty(simulation.Warnings);
        return seen;
    }

    private List<string> Run(Source<string, NotUsed> source) => Run(_simulation, _system, source);
}
