using KillaBeez.Actors.Tests.Worlds;

namespace KillaBeez.Actors.Tests.Signaling;

/// <summary>Nodes and exchanges whose wall clocks are wrong.</summary>
public sealed class ClockTests : IDisposable
{
    private readonly World _world = new(19);

    public void Dispose() => _world.Dispose();

    [Theory]
    [InlineData(60, 0)]
    [InlineData(0, 90)]
    [InlineData(-299, 299)]
    public void CallAsync_ClocksWithinTenMinutes_Connects(int callerAheadSeconds, int calledAheadSeconds)
    {
        var (caller, called) = (AddNode(callerAheadSeconds), AddNode(calledAheadSeconds));
        var events = _world.Record(caller);
        _world.RunFor(1);

        Assert.True(_world.Run(() => caller.CallAsync(called.Id)).IsConnected);
        Assert.Equal(new ExchangeStateEvent(_world.Swarm.Exchange.Uri, true, null), events[0]);
    }

    [Theory]
    [InlineData(60)]
    [InlineData(3_600)]
    [InlineData(-3_600)]
    public void CallAsync_ExchangesClockIsOff_ConnectsAndSaysSo(int exchangeAheadSeconds)
    {
        _world.Swarm.Exchange.ClockAhead = TimeSpan.FromSeconds(exchangeAheadSeconds);
        var nodes = new[] { AddNode(0), AddNode(0), AddNode(0) };
        var events = _world.Record(nodes[0]);
        _world.RunFor(1);
        Assert.True(_world.Run(() => nodes[0].CallAsync(nodes[1].Id)).IsConnected);

        _world.RunFor(60);
        var told = events.OfType<ExchangeStateEvent>().ToList();
        Assert.All(told, state => Assert.True(state.IsReady));
        Assert.Equal(Math.Abs(exchangeAheadSeconds) > 600, told[^1].Reason is not null);
        if (told[^1].Reason is { } reason)
        {
            Assert.StartsWith("The clock of the exchange exchange.simulated is 60 min", reason, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(3_600, 0)]
    [InlineData(0, 3_600)]
    public void CallAsync_ClocksTooFarApart_FailsSoonAndSaysWhoIsWrongByHowMuch(int callerAheadSeconds, int calledAheadSeconds)
    {
        var (caller, called) = (AddNode(callerAheadSeconds), AddNode(calledAheadSeconds));
        var (_, _, _) = (AddNode(0), AddNode(0), AddNode(0));
        var wrong = _world.Record(callerAheadSeconds == 0 ? called : caller);
        _world.RunFor(1);
        var start = _world.Swarm.Now;

        var error = _world.Fails(() => caller.CallAsync(called.Id));
        Assert.InRange((_world.Swarm.Now - start).TotalSeconds, 0, 5);
        Assert.Contains("The receiver's clock is 60 min", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("?", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("..", error.Message, StringComparison.Ordinal);

        _world.RunFor(60);
        var told = wrong.OfType<ExchangeStateEvent>().Last();
        Assert.True(told.IsReady);
        Assert.StartsWith("The clock of this node is 60 min ahead of those of the exchange", told.Reason, StringComparison.Ordinal);
    }

    private SimulatedNode AddNode(int clockAheadSeconds) =>
        _world.Swarm.AddNode(options: null, $"killabeez-testkit.clock-ahead-ms = {clockAheadSeconds * 1000}");
}
