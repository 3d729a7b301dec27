using Akka.Streams.Dsl;
using KillaBeez.Streams;

namespace KillaBeez.Actors.Tests.Streams;

/// <summary>Stages that go by the scheduler's time: in virtual time they are exact.</summary>
public sealed class SwarmStagesTests
{
    [Fact]
    public void Throttle_PassesTheBurstAndThenTheRate()
    {
        using var world = new StreamWorld();
        var start = world.World.Swarm.Now;
        var passed = new List<(int Bytes, TimeSpan At)>();
        var done = world.Run(
            Graphs.Pieces(new byte[1_000_000]).Via(SwarmStages.Throttle(bytesPerSecond: 100_000, burstBytes: 50_000))
                .ToMaterialized(Sink.ForEach<ReadOnlyMemory<byte>>(bytes => passed.Add((bytes.Length, world.World.Swarm.Now - start))), Keep.Right),
            world.AtA);
        world.Result(done);
        Assert.Equal(100, passed.Count);
        Assert.All(passed.Take(5), p => Assert.Equal(TimeSpan.Zero, p.At));
        Assert.All(passed.Skip(5).Index(), p => Assert.Equal(TimeSpan.FromSeconds(0.1 * (p.Index + 1)), p.Item.At));
        world.AssertRepeatable();
    }

    [Fact]
    public void Throttle_ElementAboveTheBurst_PassesAndThoseAfterItWait()
    {
        using var world = new StreamWorld();
        var start = world.World.Swarm.Now;
        var times = world.Result(world.Run(
            Source.From([5L, 1000, 10, 0, 1]).Via(SwarmStages.Throttle<long>(costPerSecond: 100, burst: 10, static cost => cost))
                .Select(_ => (world.World.Swarm.Now - start).TotalSeconds).ToMaterialized(Sink.Seq<double>(), Keep.Right),
            world.AtA));

        // 5 are left of 10; 10 are there after 0.05 s, and 1000 go; 10 are there again 10 s later, and so on.
        Assert.Equal([0, 0.05, 10.05, 10.05, 10.06], times.Select(t => Math.Round(t, 3)));
        Assert.Throws<ArgumentOutOfRangeException>(() => SwarmStages.Throttle(0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => SwarmStages.Throttle(1, 0));
    }

    [Fact]
    public void Throttle_AtTheHighestRates_LosesNothingToRounding()
    {
        var bucket = new ThrottleBudget(perSecond: long.MaxValue, burst: long.MaxValue);
        bucket.Start(TimeSpan.Zero);
        Assert.Equal(TimeSpan.Zero, bucket.TryTake(long.MaxValue, TimeSpan.Zero));
        Assert.Equal(TimeSpan.FromSeconds(1), bucket.TryTake(long.MaxValue, TimeSpan.Zero));
        Assert.Equal(TimeSpan.Zero, bucket.TryTake(long.MaxValue, TimeSpan.FromSeconds(1)));

        var slow = new ThrottleBudget(perSecond: 3, burst: 1);
        slow.Start(TimeSpan.Zero);
        var now = TimeSpan.Zero;
        for (var i = 0; i < 30_000; i++)
        {
            while (slow.TryTake(1, now) is { Ticks: > 0 } wait)
            {
                now += wait;
            }
        }

        // 29,999 thirds of a second, each wait rounded up to a tick and none of it lost.
        Assert.InRange(now, TimeSpan.FromSeconds(29_999 / 3.0) - TimeSpan.FromTicks(1), TimeSpan.FromSeconds(29_999 / 3.0) + TimeSpan.FromTicks(2));
    }

    [Fact]
    public void IdleTimeout_FailsWhenNothingHasPassedForItsTime()
    {
        using var world = new StreamWorld();
        var gate = new TaskCompletionSource();
        var start = world.World.Swarm.Now;
        var idle = world.Run(
            Graphs.Silence().Via(SwarmStages.IdleTimeout<ReadOnlyMemory<byte>>(TimeSpan.FromSeconds(5))).ToMaterialized(Graphs.Bytes, Keep.Right), world.AtA);
        var busy = world.Run(
            Source.Tick(TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(4), 1).Take(10).Via(SwarmStages.IdleTimeout<int>(TimeSpan.FromSeconds(5)))
                .ToMaterialized(Sink.Sum<int>((x, y) => x + y), Keep.Right),
            world.AtA);
        Assert.Contains("5 s", world.Failure<TimeoutException>(idle).Message, StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromSeconds(5), world.World.Swarm.Now - start);
        Assert.Equal(10, world.Result(busy));
        world.AssertRepeatable();
    }
}
