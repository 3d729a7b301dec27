using KillaBeez.Swarm.Signaling;
using KillaBeez.Swarm.Signaling.Exchange;
using KillaBeez.Swarm.Signaling.Exchange.Client;
using KillaBeez.Swarm.Signaling.Exchange.Messages;

namespace KillaBeez.Swarm.Tests.Signaling.Exchange;

/// <summary>Clocks that differ: who may still talk, and who is told what.</summary>
public class ExchangeClockTests
{
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);

    [Theory]
    [InlineData(60, 0)]
    [InlineData(-300, 300)]
    [InlineData(300, -290)]
    public void Signal_ClocksOfNodesWithinTenMinutes_IsCarriedAndTaken(int senderAheadSeconds, int receiverAheadSeconds)
    {
        var world = new ExchangeWorld();
        var alice = world.Connect(Samples.Alice, clockAhead: TimeSpan.FromSeconds(senderAheadSeconds));
        var bob = world.Connect(Samples.Bob, clockAhead: TimeSpan.FromSeconds(receiverAheadSeconds));

        Assert.Equal(SignalVerdict.Accepted, Carry(world, alice, bob));
        Assert.All([alice, bob], node => Assert.False(world.Events(node).OfType<ExchangeClientEvent.Ready>().Single().Clock.Differs));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void Signal_ThroughAnExchangeThatIsAnHourOff_IsCarriedAndTaken(int sign)
    {
        var world = new ExchangeWorld { ExchangeAhead = sign * s_hour };
        var alice = world.Connect(Samples.Alice);
        var bob = world.Connect(Samples.Bob);

        Assert.Equal(SignalVerdict.Accepted, Carry(world, alice, bob));
        var again = Samples.Seal(Samples.Alice, Samples.Bob.Id, world.NowUnixMs);
        alice.Send(again);
        alice.Send(again);
        world.Run();
        Assert.Equal(ExchangeErrorCode.Replayed, world.LastEvent<ExchangeClientEvent.SignalRejected>(alice).Code);
    }

    [Theory]
    [InlineData(3_600, 0, "BadTimes", "The receiver's clock is 60 min behind this signal, and 10 min is the most. The sender's is 60 min ahead of the exchange's, the receiver's level with it.")]
    [InlineData(0, 3_600, "Expired", "The receiver's clock is 60 min ahead of this signal, and 10 min is the most. The sender's is level with the exchange's, the receiver's 60 min ahead of it.")]
    public void Signal_ClocksOfNodesTooFarApart_TheSenderLearnsWhoseByHowMuch(int senderAheadSeconds, int receiverAheadSeconds, string code, string text)
    {
        var world = new ExchangeWorld();
        var alice = world.Connect(Samples.Alice, clockAhead: TimeSpan.FromSeconds(senderAheadSeconds));
        var bob = world.Connect(Samples.Bob, clockAhead: TimeSpan.FromSeconds(receiverAheadSeconds));
        alice.Send(Samples.Seal(Samples.Alice, Samples.Bob.Id, world.UnixMsOf(alice)));
        world.Run();

        var rejected = world.LastEvent<ExchangeClientEvent.SignalRejected>(alice);
        Assert.Equal((code, text), (rejected.Code.ToString(), rejected.Text));
        Assert.DoesNotContain('?', rejected.Text);
        Assert.Empty(world.Events(bob).OfType<ExchangeClientEvent.SignalReceived>());
    }

    [Fact]
    public void Signal_ReceiversClockWasSetBackMeanwhile_IsJudgedByWhatItSaysNow()
    {
        var world = new ExchangeWorld();
        var alice = world.Connect(Samples.Alice);
        var bob = world.Connect(Samples.Bob);
        world.SetClock(bob, -s_hour);
        world.Advance(TimeSpan.FromSeconds(20));
        alice.Send(Samples.Seal(Samples.Alice, Samples.Bob.Id, world.NowUnixMs));
        world.Run();
        Assert.Equal(ExchangeErrorCode.BadTimes, world.LastEvent<ExchangeClientEvent.SignalRejected>(alice).Code);

        world.SetClock(bob, TimeSpan.Zero);
        world.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(SignalVerdict.Accepted, Carry(world, alice, bob));
    }

    [Fact]
    public void Signal_ExchangesClockSetBackAnHour_IsCarried()
    {
        var world = new ExchangeWorld();
        var alice = world.Connect(Samples.Alice);
        var bob = world.Connect(Samples.Bob);
        world.ExchangeAhead = -s_hour;

        Assert.Equal(SignalVerdict.Accepted, Carry(world, alice, bob));
    }

    [Fact]
    public void Ready_OneNodeIsOff_ItIsToldAndNoOther()
    {
        var world = new ExchangeWorld();
        KeyPair[] keys = [Samples.Alice, Samples.Bob, Samples.Carol];
        var right = Array.ConvertAll(keys, key => world.Connect(key));
        world.Advance(TimeSpan.FromSeconds(20));
        using var dave = KeyPair.Generate(new SeededRandomSource(1));
        var off = world.Connect(dave, clockAhead: s_hour);

        var clock = world.LastEvent<ExchangeClientEvent.Ready>(off).Clock;
        Assert.True(clock.IsNodeWrong);
        Assert.Equal(
            "The clock of this node is 60 min ahead of those of the exchange exchange.example and its clients: set it, or calls will fail. It says 2023-11-14 23:13:40 UTC.",
            clock.Describe(ExchangeWorld.ServerName, world.UnixMsOf(off)));
        Assert.All(right, node => Assert.Null(world.LastEvent<ExchangeClientEvent.Ready>(node).Clock.Describe(ExchangeWorld.ServerName, 0)));
    }

    [Fact]
    public void Heartbeat_TheExchangeIsOff_ItsClientsAndItsOwnerLearnIt()
    {
        var world = new ExchangeWorld { ExchangeAhead = s_hour };
        KeyPair[] keys = [Samples.Alice, Samples.Bob, Samples.Carol];
        var clients = Array.ConvertAll(keys, key => world.Connect(key));
        Assert.Contains("one of them is wrong", Describe(world, world.LastEvent<ExchangeClientEvent.Ready>(clients[0]).Clock), StringComparison.Ordinal);

        world.Advance(TimeSpan.FromSeconds(20));
        var clock = world.LastEvent<ExchangeClientEvent.ClockChanged>(clients[0]).Clock;
        Assert.True(clock.IsExchangeWrong);
        Assert.StartsWith("The clock of the exchange exchange.example is 60 min ahead of this node's and its other clients'", Describe(world, clock), StringComparison.Ordinal);
        Assert.Equal(-3_600_000, world.Server.Counters.ClientsAheadMs);
    }

    [Fact]
    public void Heartbeat_ClockIsSetMeanwhile_IsToldOnceAndWhenItIsRightAgain()
    {
        var world = new ExchangeWorld();
        var alice = world.Connect(Samples.Alice);
        world.Advance(TimeSpan.FromMinutes(5));
        Assert.Single(world.Events(alice));

        world.SetClock(alice, -s_hour);
        world.Advance(TimeSpan.FromMinutes(5));
        var told = Assert.IsType<ExchangeClientEvent.ClockChanged>(Assert.Single(world.Events(alice).Skip(1)));
        Assert.Equal(3_600_000, told.Clock.ExchangeAheadMs);

        world.SetClock(alice, TimeSpan.Zero);
        world.Advance(TimeSpan.FromMinutes(5));
        Assert.False(Assert.IsType<ExchangeClientEvent.ClockChanged>(Assert.Single(world.Events(alice).Skip(2))).Clock.Differs);
    }

    [Fact]
    public void HandleMessage_PongsThatNobodyAskedFor_ChangeNoClock()
    {
        var world = new ExchangeWorld();
        var alice = world.Connect(Samples.Alice);
        for (var i = 1; i < 10; i++)
        {
            alice.HandleMessage(world.Now, world.NowUnixMs, new PongMessage { Request = 0, Present = [], ServerUnixMs = i * 1_000_000_000_000 }.ToJson());
        }

        Assert.False(alice.TryPollEvent(out _));
    }

    [Fact]
    public void Measure_AnswerTakesLong_CountsHalfOfItAndDoesNotKnowBetter()
    {
        var client = new ExchangeClientEngine(Instant.Zero, Samples.Alice, ExchangeWorld.ServerName);
        client.HandleMessage(Instant.Zero, Samples.NowUnixMs, new ChallengeMessage { ServerName = ExchangeWorld.ServerName, Challenge = new byte[32], ServerUnixMs = 1 }.ToJson());
        client.HandleMessage(Instant.Zero.AddMs(4_000), Samples.NowUnixMs + 4_000, new ReadyMessage { Key = Samples.Alice.Id, ServerUnixMs = Samples.NowUnixMs + 602_000 }.ToJson());

        Assert.True(client.TryPollEvent(out var e));
        var clock = Assert.IsType<ExchangeClientEvent.Ready>(e).Clock;
        Assert.Equal((600_000, 2_000), (clock.ExchangeAheadMs, clock.UncertaintyMs));
        Assert.False(clock.Differs);
    }

    [Theory]
    [InlineData("""{"type":"ready","key":"03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"}""")]
    [InlineData("""{"type":"ready","key":"03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8","time":18446744073709551615,"clocks":"x"}""")]
    public void Ready_OfAnOlderExchangeOrOneThatTellsNonsense_LeavesTheChallengesTime(string json)
    {
        var client = new ExchangeClientEngine(Instant.Zero, Samples.Alice, ExchangeWorld.ServerName);
        client.HandleMessage(Instant.Zero, Samples.NowUnixMs, new ChallengeMessage { ServerName = ExchangeWorld.ServerName, Challenge = new byte[32], ServerUnixMs = long.MaxValue }.ToJson());
        client.HandleMessage(Instant.Zero, Samples.NowUnixMs, System.Text.Encoding.UTF8.GetBytes(json));

        Assert.True(client.TryPollEvent(out var e));
        var clock = Assert.IsType<ExchangeClientEvent.Ready>(e).Clock;
        Assert.True(clock.Differs);
        Assert.NotNull(clock.Describe(ExchangeWorld.ServerName, long.MaxValue));
    }

    private static string Describe(ExchangeWorld world, ExchangeClock clock) => clock.Describe(ExchangeWorld.ServerName, world.NowUnixMs)!;

    /// <summary>Sends a signal by the sender's clock and lets the receiver's gate decide by the receiver's.</summary>
    private static SignalVerdict Carry(ExchangeWorld world, ExchangeClientEngine alice, ExchangeClientEngine bob)
    {
        alice.Send(Samples.Seal(Samples.Alice, Samples.Bob.Id, world.UnixMsOf(alice)));
        world.Run();
        var received = world.LastEvent<ExchangeClientEvent.SignalReceived>(bob);
        return new SignalGate(Samples.Bob.Id).Check(world.Now, world.UnixMsOf(bob), received.Signal);
    }
}
