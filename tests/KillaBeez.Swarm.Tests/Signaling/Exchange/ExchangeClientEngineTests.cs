using KillaBeez.Swarm.Signaling.Exchange.Client;
using KillaBeez.Swarm.Signaling.Exchange.Messages;

namespace KillaBeez.Swarm.Tests.Signaling.Exchange;

public class ExchangeClientEngineTests
{
    [Fact]
    public void Handshake_WithAnExchange_GetsReadyAndTellsTheExchangesClock()
    {
        var world = new ExchangeWorld();
        var alice = world.Connect(Samples.Alice);

        Assert.Equal(ExchangeClientState.Ready, alice.State);
        var clock = world.LastEvent<ExchangeClientEvent.Ready>(alice).Clock;
        Assert.Equal((0, 0, null), (clock.ExchangeAheadMs, clock.UncertaintyMs, clock.ClientsAheadMs));
    }

    [Fact]
    public void HandleMessage_ExchangeUnderAnotherName_FailsWithoutSigning()
    {
        var world = new ExchangeWorld();
        var alice = world.Connect(Samples.Alice, dialedName: "evil.example");

        var failed = world.LastEvent<ExchangeClientEvent.Failed>(alice);
        Assert.Equal(ExchangeFailure.WrongServerName, failed.Reason);
        Assert.Contains("evil.example", failed.Text, StringComparison.Ordinal);
        Assert.Contains(ExchangeWorld.ServerName, failed.Text, StringComparison.Ordinal);
        Assert.Equal(0, world.Server.Counters.MessagesReceived);
    }

    [Fact]
    public void Send_BeforeReady_IsSentOnceReady()
    {
        var world = new ExchangeWorld();
        var bob = world.Connect(Samples.Bob);
        var alice = NewClient();
        var signal = Samples.Seal(Samples.Alice, Samples.Bob.Id);
        Assert.True(alice.Send(signal));
        Assert.False(alice.TryPollTransmit(out _));

        alice.HandleMessage(Instant.Zero, Samples.NowUnixMs, Challenge().ToJson());
        Assert.True(alice.TryPollTransmit(out var first));
        Assert.True(ExchangeMessage.TryParse(first, out var subscribe, out _));
        Assert.IsType<SubscribeMessage>(subscribe);
        Assert.False(alice.TryPollTransmit(out _));

        alice.HandleMessage(Instant.Zero, Samples.NowUnixMs, new ReadyMessage { Key = Samples.Alice.Id }.ToJson());
        Assert.True(alice.TryPollTransmit(out var second));
        Assert.True(ExchangeMessage.TryParse(second, out var sent, out _));
        Assert.Equal(signal.Id, Assert.IsType<SignalMessage>(sent).Signal.Id);
        Assert.Equal(ExchangeClientState.Ready, bob.State);
    }

    [Fact]
    public void Send_MoreThanMayWait_IsFalse()
    {
        var client = new ExchangeClientEngine(Instant.Zero, Samples.Alice, ExchangeWorld.ServerName, new ExchangeClientLimits { MaximumQueuedMessages = 2 });
        var signal = Samples.Seal(Samples.Alice, Samples.Bob.Id);

        Assert.True(client.Send(signal));
        Assert.True(client.Ping([], out _));
        Assert.False(client.Send(signal));
        Assert.False(client.JoinRoom("r", out _));
    }

    [Fact]
    public void HandleTimeout_NoChallenge_FailsAfterTheHandshakeTimeout()
    {
        var client = NewClient();
        Assert.Equal(Instant.Zero.AddMs(10_000), client.NextTimeout);
        client.HandleTimeout(Instant.Zero.AddMs(9_999), Samples.NowUnixMs);
        Assert.False(client.TryPollEvent(out _));
        client.HandleTimeout(Instant.Zero.AddMs(10_000), Samples.NowUnixMs);

        AssertFailed(client, ExchangeFailure.HandshakeTimeout);
        Assert.Equal(Instant.Never, client.NextTimeout);
        Assert.False(client.Send(Samples.Seal(Samples.Alice, Samples.Bob.Id)));
    }

    [Fact]
    public void HandleTimeout_ExchangeFallsSilent_FailsAfterHeartbeatsWentUnanswered()
    {
        var world = new ExchangeWorld();
        var alice = world.Connect(Samples.Alice);
        world.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(ExchangeClientState.Ready, alice.State);

        world.Freeze(alice);
        for (var now = world.Now; alice.NextTimeout != Instant.Never; now = alice.NextTimeout)
        {
            alice.HandleTimeout(now, world.NowUnixMs);
        }

        Assert.Equal(ExchangeClientState.Failed, alice.State);
        AssertFailed(alice, ExchangeFailure.Silent);
    }

    [Theory]
    [InlineData("x", "ProtocolViolation")]
    [InlineData("""{"type":"ready","key":"03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"}""", "ProtocolViolation")]
    [InlineData("""{"type":"pong","request":1,"present":[]}""", "ProtocolViolation")]
    [InlineData("""{"type":"challenge","v":2,"server":"exchange.example","nonce":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8","time":1}""", "UnsupportedVersion")]
    [InlineData("""{"type":"error","code":"overloaded","text":"full"}""", "Refused")]
    public void HandleMessage_UnexpectedInsteadOfTheChallenge_Fails(string json, string expected)
    {
        var client = NewClient();
        client.HandleMessage(Instant.Zero, Samples.NowUnixMs, System.Text.Encoding.UTF8.GetBytes(json));

        AssertFailed(client, Enum.Parse<ExchangeFailure>(expected));
    }

    [Fact]
    public void HandleMessage_ReadyForAnotherKey_Fails()
    {
        var client = NewClient();
        client.HandleMessage(Instant.Zero, Samples.NowUnixMs, Challenge().ToJson());
        client.HandleMessage(Instant.Zero, Samples.NowUnixMs, new ReadyMessage { Key = Samples.Bob.Id }.ToJson());

        AssertFailed(client, ExchangeFailure.ProtocolViolation);
    }

    [Fact]
    public void HandleMessage_SecondChallenge_FailsWithoutSigningIt()
    {
        var client = NewClient();
        client.HandleMessage(Instant.Zero, Samples.NowUnixMs, Challenge().ToJson());
        Assert.True(client.TryPollTransmit(out _));
        client.HandleMessage(Instant.Zero, Samples.NowUnixMs, Challenge().ToJson());

        AssertFailed(client, ExchangeFailure.ProtocolViolation);
        Assert.False(client.TryPollTransmit(out _));
    }

    [Fact]
    public void HandleMessage_UnknownType_IsIgnored()
    {
        var client = NewClient();
        client.HandleMessage(Instant.Zero, Samples.NowUnixMs, """{"type":"later"}"""u8);

        Assert.Equal(ExchangeClientState.AwaitingChallenge, client.State);
    }

    [Fact]
    public void HandleMessage_MoreSignalsThanTheOwnerTakes_AreDroppedAndCounted()
    {
        var client = new ExchangeClientEngine(Instant.Zero, Samples.Alice, ExchangeWorld.ServerName, new ExchangeClientLimits { MaximumQueuedEvents = 3 });
        client.HandleMessage(Instant.Zero, Samples.NowUnixMs, Challenge().ToJson());
        client.HandleMessage(Instant.Zero, Samples.NowUnixMs, new ReadyMessage { Key = Samples.Alice.Id }.ToJson());
        var message = new SignalMessage { Signal = Samples.Seal(Samples.Bob, Samples.Alice.Id) }.ToJson();
        for (var i = 0; i < 5; i++)
        {
            client.HandleMessage(Instant.Zero, Samples.NowUnixMs, message);
        }

        Assert.Equal(3, client.DroppedSignals);
    }

    [Fact]
    public void JoinRoom_NameTooLongOrEmpty_Throws()
    {
        Assert.Throws<ArgumentException>(() => NewClient().JoinRoom("", out _));
        Assert.Throws<ArgumentException>(() => NewClient().JoinRoom(new string('ä', 65), out _));
        Assert.True(NewClient().JoinRoom(new string('ä', 64), out _));
    }

    [Fact]
    public void Ping_MoreThanAHundredKeys_Throws() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => NewClient().Ping(new PeerId[101], out _));

    private static ExchangeClientEngine NewClient() => new(Instant.Zero, Samples.Alice, ExchangeWorld.ServerName);

    private static ChallengeMessage Challenge() => new() { ServerName = ExchangeWorld.ServerName, Challenge = new byte[32], ServerUnixMs = 1 };

    private static void AssertFailed(ExchangeClientEngine client, ExchangeFailure expected)
    {
        ExchangeClientEvent? last = null;
        while (client.TryPollEvent(out var e))
        {
            last = e;
        }

        Assert.Equal(expected, Assert.IsType<ExchangeClientEvent.Failed>(last).Reason);
        Assert.Equal(ExchangeClientState.Failed, client.State);
    }
}
