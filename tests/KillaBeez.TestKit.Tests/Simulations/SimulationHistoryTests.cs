using KillaBeez.TestKit.Kernel;

namespace KillaBeez.TestKit.Tests.Simulations;

/// <summary>One seed is one history.</summary>
public sealed class SimulationHistoryTests
{
    [Fact]
    public void Run_MailboxesReadyTogether_RunInAnOrderThatTheSeedChooses()
    {
        var orders = Enumerable.Range(0, 100).Select(seed =>
        {
            using var simulation = new Simulation((ulong)seed);
            var system = simulation.CreateSystem("a");
            var order = new List<string>();
            var actors = new[] { "x", "y", "z" }.Select(name => system.ActorOf(LambdaActor.Of((_, context) => order.Add(context.Self.Path.Name)), name)).ToArray();
            simulation.RunReady();
            simulation.Do(() => Array.ForEach(actors, actor => actor.Tell("m")));
            simulation.RunReady();
            return string.Concat(order);
        }).Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(["xyz", "xzy", "yxz", "yzx", "zxy", "zyx"], orders);
    }

    [Fact]
    public void HistoryHash_AnotherMessageAnotherReceiverAnotherTime_IsAnother()
    {
        var histories = new (object Message, string Receiver, int Second)[] { ("m", "x", 1), (7, "x", 1), ("m", "y", 1), ("m", "x", 2), ("m", "x", 1) }
            .Select(sent =>
            {
                using var simulation = new Simulation(1);
                var system = simulation.CreateSystem("a");
                var actor = simulation.Do(() => system.ActorOf(LambdaActor.Of(_ => { }), sent.Receiver));
                simulation.Schedule(TimeSpan.FromSeconds(sent.Second), () => actor.Tell(sent.Message));
                simulation.RunFor(TimeSpan.FromSeconds(3));
                return simulation.HistoryHash;
            })
            .ToArray();
        Assert.Equal(4, histories.Distinct().Count());
        Assert.Equal(histories[0], histories[4]);
    }

    [Fact]
    public void Trace_TwoRunsOfOneSeed_SaysTheSame()
    {
        var traces = new List<string>[] { [], [] };
        foreach (var trace in traces)
        {
            using var simulation = new Simulation(3) { Trace = trace.Add };
            var system = simulation.CreateSystem("a");
            simulation.Do(() => system.ActorOf(TickingActor.Of("t", TimeSpan.FromSeconds(1), (_, _) => { }), "ticking"));
            simulation.RunFor(TimeSpan.FromSeconds(2));
        }

        Assert.Contains($"{TimeSpan.TicksPerSecond} TimerMsg -> akka://a/user/ticking", traces[0]);
        Assert.Equal(traces[0], traces[1]);
    }

    /// <summary>
    /// What is reached by private names, of Akka.NET and of the base class library: a version that renames them fails here,
    /// and not in a history that once in a while does not repeat.
    /// </summary>
    [Fact]
    public void PrivateFields_ThatTheSimulationReaches_AreThere()
    {
        Assert.True(AkkaRandom.IsSeedable);
        Assert.True(AskInternals.CanInline);
    }

    [Fact]
    public void Uids_OfOneSeed_AreTheSame()
    {
        long[] uids = [.. Enumerable.Range(0, 2).Select(_ =>
        {
            using var simulation = new Simulation(5);
            var system = simulation.CreateSystem("a");
            return simulation.Do(() => system.ActorOf(LambdaActor.Of(_ => { }))).Path.Uid;
        })];
        Assert.Equal(uids[0], uids[1]);
    }
}
