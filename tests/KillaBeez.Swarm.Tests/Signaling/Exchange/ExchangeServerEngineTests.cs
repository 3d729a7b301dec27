using System.Text;
using KillaBeez.Swarm.Signaling;
using KillaBeez.Swarm.Signaling.Exchange;
using KillaBeez.Swarm.Signaling.Exchange.Client;
using KillaBeez.Swarm.Signaling.Exchange.Messages;
using KillaBeez.Swarm.Signaling.Exchange.Server;

namespace KillaBeez.Swarm.Tests.Signaling.Exchange;

public class ExchangeServerEngineTests
{
    [Fact]
    public void Signal_ToAKeyWithSeveralSockets_ReachesEveryOne()
    {
        var world = new ExchangeWorld();
        var alice = world.Connect(Samples.Alice);
        var bobs = Enumerable.Range(0, 3).Select(_ => world.Connect(Samples.Bob)).ToList();
        var carol = world.Connect(Samples.Carol);

        var signal = Samples.Seal(Samples.Alice, Samples.Bob.Id);
        Assert.True(alice.Send(signal));
        world.Run();

        Assert.All(bobs, bob => Assert.Equal(signal.Id, world.LastEvent<ExchangeClientEvent.SignalReceived>(bob).Signal.Id));
        Assert.All([alice, carol], other => world.LastEvent<ExchangeClientEvent.Ready>(other));
        Assert.True(SignalSealer.TryOpen(Samples.Bob, world.LastEvent<ExchangeClientEvent.SignalReceived>(bobs[0]).Signal, out var content, out _));
        Assert.Equal("v=0", content!.Body);
    }

    [Fact]
    public void Signal_UnknownKey_IsRefusedByIdAndMayBeSentAgainLater()
    {
        var world = new ExchangeWorld();
        var alice = world.Connect(Samples.Alice);
        var signal = Samples.Seal(Samples.Alice, Samples.Bob.Id);
        alice.Send(signal);
        world.Run();
        var rejected = world.LastEvent<ExchangeClientEvent.SignalRejected>(alice);
        Assert.Equal((signal.Id, ExchangeErrorCode.UnknownKey), (rejected.Id, rejected.Code));

        var bob = world.Connect(Samples.Bob);
        alice.Send(signal);
        world.Run();
        world.LastEvent<ExchangeClientEvent.SignalReceived>(bob);
    }

    [Fact]
    public void Signal_AfterItsReceiverLeft_IsUnknownKey()
    {
        var world = new ExchangeWorld();
        var alice = world.Connect(Samples.Alice);
        var bob = world.Connect(Samples.Bob);
        world.Disconnect(bob);
        alice.Send(Samples.Seal(Samples.Alice, Samples.Bob.Id));
        world.Run();

        Assert.Equal(ExchangeErrorCode.UnknownKey, world.LastEvent<ExchangeClientEvent.SignalRejected>(alice).Code);
    }

    [Fact]
    public void Signal_AlteredReplayedExpiredFutureOrForeign_IsRefusedWithItsReason()
    {
        var world = new ExchangeWorld();
        var alice = world.Connect(Samples.Alice);
        var bob = world.Connect(Samples.Bob);
        var good = Samples.Seal(Samples.Alice, Samples.Bob.Id);
        alice.Send(good);
        world.Run();
        Assert.Equal(2, world.Events(bob).Count);

        AssertRefused(good, ExchangeErrorCode.Replayed);
        AssertRefused(Samples.Seal(Samples.Alice, Samples.Bob.Id) with { Box = new byte[40] }, ExchangeErrorCode.BadSignature);
        AssertRefused(Samples.Seal(Samples.Alice, Samples.Bob.Id, world.NowUnixMs - 660_001), ExchangeErrorCode.Expired);
        AssertRefused(Samples.Seal(Samples.Alice, Samples.Bob.Id, world.NowUnixMs + 630_001), ExchangeErrorCode.BadTimes);
        AssertRefused(Samples.Seal(Samples.Carol, Samples.Bob.Id), ExchangeErrorCode.NotYours);
        AssertRefused(Samples.Seal(Samples.Alice, Samples.Alice.Id), ExchangeErrorCode.NotYours);
        var tooLong = Samples.Seal(Samples.Alice, Samples.Bob.Id);
        AssertRefused(Samples.Resign(Samples.Alice, tooLong with { ExpiresUnixMs = tooLong.ExpiresUnixMs + 1 }), ExchangeErrorCode.BadTimes);

        Assert.Equal(2, world.Events(bob).Count);
        Assert.Equal((1, 7), (world.Server.Counters.SignalsRouted, world.Server.Counters.SignalsRefused));

        void AssertRefused(SealedSignal signal, ExchangeErrorCode expected)
        {
            alice.Send(signal);
            world.Run();
            var rejected = world.LastEvent<ExchangeClientEvent.SignalRejected>(alice);
            Assert.Equal((signal.Id, expected), (rejected.Id, rejected.Code));
        }
    }

    [Fact]
    public void Signal_MoreThanTheRateOfAKey_IsRefusedAndRecovers()
    {
        var world = new ExchangeWorld(new ExchangeServerLimits { SignalBurst = 2, SignalRatePerSecond = 1 });
        var first = world.Connect(Samples.Alice);
        var second = world.Connect(Samples.Alice);
        var bob = world.Connect(Samples.Bob);
        first.Send(Samples.Seal(Samples.Alice, Samples.Bob.Id));
        second.Send(Samples.Seal(Samples.Alice, Samples.Bob.Id));
        world.Run();
        second.Send(Samples.Seal(Samples.Alice, Samples.Bob.Id));
        world.Run();
        Assert.Equal(ExchangeErrorCode.RateLimited, world.LastEvent<ExchangeClientEvent.SignalRejected>(second).Code);

        world.Advance(TimeSpan.FromSeconds(1));
        second.Send(Samples.Seal(Samples.Alice, Samples.Bob.Id, world.NowUnixMs));
        world.Run();
        Assert.Equal(3, world.Events(bob).OfType<ExchangeClientEvent.SignalReceived>().Count());
    }

    [Fact]
    public void Subscribe_SignedForAnotherServer_IsWrongServer()
    {
        var world = new ExchangeWorld();
        var socket = world.ConnectBare();
        var challenge = (ChallengeMessage)world.Received(socket).Single();
        world.Say(socket, new SubscribeMessage
        {
            Key = Samples.Alice.Id,
            ServerName = "evil.example",
            Signature = ExchangeSubscription.Sign(Samples.Alice, challenge.Challenge.Span, "evil.example"),
        });

        Assert.Equal(ExchangeErrorCode.WrongServer, world.Closed[socket]);
        Assert.Equal(ExchangeErrorCode.WrongServer, ((ErrorMessage)world.Received(socket).Last()).Code);
    }

    [Fact]
    public void Subscribe_SignatureForAnotherServerUnderThisName_IsBadSignature()
    {
        // What an exchange in the middle would do with an answer that a client gave it.
        var world = new ExchangeWorld();
        var socket = world.ConnectBare();
        var challenge = (ChallengeMessage)world.Received(socket).Single();
        world.Say(socket, new SubscribeMessage
        {
            Key = Samples.Alice.Id,
            ServerName = ExchangeWorld.ServerName,
            Signature = ExchangeSubscription.Sign(Samples.Alice, challenge.Challenge.Span, "evil.example"),
        });

        Assert.Equal(ExchangeErrorCode.BadSignature, world.Closed[socket]);
    }

    [Fact]
    public void Subscribe_AnswerToAnotherSocketsChallenge_IsBadSignature()
    {
        var world = new ExchangeWorld();
        var first = world.ConnectBare();
        var second = world.ConnectBare();
        var challenge = (ChallengeMessage)world.Received(first).Single();
        world.Say(second, new SubscribeMessage
        {
            Key = Samples.Alice.Id,
            ServerName = ExchangeWorld.ServerName,
            Signature = ExchangeSubscription.Sign(Samples.Alice, challenge.Challenge.Span, ExchangeWorld.ServerName),
        });

        Assert.Equal(ExchangeErrorCode.BadSignature, world.Closed[second]);
        Assert.Equal(0, world.Server.Counters.Keys);
    }

    [Fact]
    public void Subscribe_AnotherVersion_IsUnsupportedVersion()
    {
        var world = new ExchangeWorld();
        var socket = world.ConnectBare();
        world.Say(socket, new SubscribeMessage { Version = 2, Key = Samples.Alice.Id, ServerName = ExchangeWorld.ServerName, Signature = new byte[64] });

        Assert.Equal(ExchangeErrorCode.UnsupportedVersion, world.Closed[socket]);
    }

    [Fact]
    public void HandleMessage_AnythingBeforeSubscribing_IsNotSubscribed()
    {
        var world = new ExchangeWorld();
        ExchangeMessage[] messages =
        [
            new SignalMessage { Signal = Samples.Seal(Samples.Alice, Samples.Bob.Id) },
            new PingMessage { Request = 1, Keys = [] },
            new RoomMessage { Request = 1, Room = "r" },
        ];
        foreach (var message in messages)
        {
            var socket = world.ConnectBare();
            world.Say(socket, message);
            Assert.Equal(ExchangeErrorCode.NotSubscribed, world.Closed[socket]);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("garbage")]
    [InlineData("[]")]
    [InlineData("""{"type":"pong","request":1,"present":[]}""")]
    [InlineData("""{"type":"signal","signal":{"v":1}}""")]
    public void HandleMessage_Nonsense_ClosesTheSocketAndNoOther(string text)
    {
        var world = new ExchangeWorld();
        var other = world.SubscribeBare(Samples.Bob);
        var socket = world.SubscribeBare(Samples.Alice);
        world.Say(socket, Encoding.UTF8.GetBytes(text));

        Assert.Equal(ExchangeErrorCode.Malformed, world.Closed[socket]);
        Assert.False(world.Closed.ContainsKey(other));
        Assert.Equal((1, 1), (world.Server.Counters.Sockets, world.Server.Counters.Keys));
    }

    [Fact]
    public void HandleMessage_SecondSubscription_ClosesTheSocket()
    {
        var world = new ExchangeWorld();
        var socket = world.SubscribeBare(Samples.Alice);
        world.Say(socket, new SubscribeMessage { Key = Samples.Bob.Id, ServerName = ExchangeWorld.ServerName, Signature = new byte[64] });

        Assert.Equal(ExchangeErrorCode.Malformed, world.Closed[socket]);
    }

    [Fact]
    public void HandleMessage_UnknownType_IsIgnored()
    {
        var world = new ExchangeWorld();
        var socket = world.SubscribeBare(Samples.Alice);
        world.Say(socket, """{"type":"later"}"""u8.ToArray());

        Assert.Empty(world.Closed);
    }

    [Fact]
    public void HandleMessage_Oversized_ClosesTheSocket()
    {
        var world = new ExchangeWorld();
        var socket = world.SubscribeBare(Samples.Alice);
        world.Say(socket, new byte[ExchangeMessage.MaximumBytes + 1]);

        Assert.Equal(ExchangeErrorCode.TooLarge, world.Closed[socket]);
    }

    [Fact]
    public void HandleMessage_TooManyMessagesOrBytes_ClosesTheSocket()
    {
        var world = new ExchangeWorld(new ExchangeServerLimits { MessageBurst = 5, ByteBurst = 2_000 });
        var chatty = world.SubscribeBare(Samples.Alice);
        for (var i = 0; i < 4; i++)
        {
            world.Say(chatty, new PingMessage { Request = 1, Keys = [] });
        }

        Assert.Empty(world.Closed);
        world.Say(chatty, new PingMessage { Request = 1, Keys = [] });
        Assert.Equal(ExchangeErrorCode.TooManyMessages, world.Closed[chatty]);

        var heavy = world.SubscribeBare(Samples.Bob);
        world.Say(heavy, Encoding.UTF8.GetBytes("""{"type":"later","x":" """ + new string('x', 2_000) + "\"}"));
        Assert.Equal(ExchangeErrorCode.TooManyMessages, world.Closed[heavy]);
    }

    [Fact]
    public void Ping_SomeKeys_AnswersWhichArePresent()
    {
        var world = new ExchangeWorld();
        var alice = world.Connect(Samples.Alice);
        world.Connect(Samples.Bob);
        Assert.True(alice.Ping([Samples.Bob.Id, Samples.Carol.Id], out var request));
        world.Run();

        var pong = world.LastEvent<ExchangeClientEvent.Pong>(alice);
        Assert.Equal(request, pong.Request);
        Assert.Equal([Samples.Bob.Id], pong.Present);
    }

    [Fact]
    public void Room_Joining_ListsTheOthersLatestFirstAndRemembersWhoLeft()
    {
        var world = new ExchangeWorld();
        var alice = world.Connect(Samples.Alice);
        var bob = world.Connect(Samples.Bob);
        var carol = world.Connect(Samples.Carol);
        Assert.Empty(Join(world, alice, "den"));
        Assert.Equal([Samples.Alice.Id], Join(world, bob, "den"));
        world.Disconnect(bob);
        Assert.Empty(Join(world, carol, "other"));
        Assert.Equal([Samples.Bob.Id, Samples.Alice.Id], Join(world, carol, "den"));

        world.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal([Samples.Carol.Id], Join(world, alice, "den"));
    }

    [Fact]
    public void Room_MoreThanAHundredKeys_ListsTheLatestHundred()
    {
        var world = new ExchangeWorld();
        var keys = new List<PeerId>();
        var random = new SeededRandomSource(9);
        for (var i = 0; i < 120; i++)
        {
            using var key = KeyPair.Generate(random);
            keys.Insert(0, key.Id);
            var client = world.Connect(key);
            Join(world, client, "den");
            world.Disconnect(client);
        }

        Assert.Equal(keys.Take(100), Join(world, world.Connect(Samples.Alice), "den"));
    }

    [Fact]
    public void Room_TooManyPerKeyOrInAll_IsRefusedByRequest()
    {
        var world = new ExchangeWorld(new ExchangeServerLimits { MaximumRoomsPerKey = 2, MaximumRooms = 3 });
        var alice = world.Connect(Samples.Alice);
        var bob = world.Connect(Samples.Bob);
        Join(world, alice, "a");
        Join(world, alice, "b");
        Join(world, alice, "a");
        Assert.True(alice.JoinRoom("c", out var request));
        world.Run();
        var rejected = world.LastEvent<ExchangeClientEvent.RequestRejected>(alice);
        Assert.Equal((request, ExchangeErrorCode.RateLimited), (rejected.Request, rejected.Code));

        Join(world, bob, "c");
        Assert.True(bob.JoinRoom("d", out _));
        world.Run();
        Assert.Equal(ExchangeErrorCode.Overloaded, world.LastEvent<ExchangeClientEvent.RequestRejected>(bob).Code);
    }

    [Fact]
    public void Connected_MoreSocketsThanAllowed_ClosesTheNewOne()
    {
        var world = new ExchangeWorld(new ExchangeServerLimits { MaximumSockets = 2 });
        world.SubscribeBare(Samples.Alice);
        world.SubscribeBare(Samples.Bob);
        var third = world.ConnectBare();

        Assert.Equal(ExchangeErrorCode.Overloaded, Assert.Single(world.Closed).Value);
        Assert.Equal(third, world.Closed.Keys.Single());
        Assert.Equal(2, world.Server.Counters.Sockets);
    }

    [Fact]
    public void Subscribe_MoreSocketsOfAKeyThanAllowed_ClosesTheOldest()
    {
        var world = new ExchangeWorld(new ExchangeServerLimits { MaximumSocketsPerKey = 2 });
        var first = world.SubscribeBare(Samples.Alice);
        world.SubscribeBare(Samples.Alice);
        world.SubscribeBare(Samples.Alice);

        Assert.Equal((first, ExchangeErrorCode.Superseded), (world.Closed.Single().Key, world.Closed.Single().Value));
        Assert.Equal((2, 1), (world.Server.Counters.Sockets, world.Server.Counters.Keys));
    }

    [Fact]
    public void HandleTimeout_NoSubscription_ClosesTheSocket()
    {
        var world = new ExchangeWorld();
        var silent = world.ConnectBare();
        var alice = world.Connect(Samples.Alice);
        world.Advance(TimeSpan.FromSeconds(15));

        Assert.Equal(ExchangeErrorCode.TimedOut, world.Closed[silent]);
        Assert.Equal(ExchangeClientState.Ready, alice.State);
        Assert.Single(world.Closed);
    }

    [Fact]
    public void HandleTimeout_SilentSubscriber_IsClosedWhileOneThatPingsStays()
    {
        var world = new ExchangeWorld();
        var silent = world.SubscribeBare(Samples.Bob);
        var alice = world.Connect(Samples.Alice);
        world.Advance(TimeSpan.FromMinutes(10));

        Assert.Equal(ExchangeErrorCode.TimedOut, world.Closed[silent]);
        Assert.Single(world.Closed);
        Assert.Equal(ExchangeClientState.Ready, alice.State);
        Assert.Single(world.Events(alice));
    }

    [Fact]
    public void HandleTimeout_EverybodyGone_LeavesNoTimerAndNoMemory()
    {
        var world = new ExchangeWorld();
        var alice = world.Connect(Samples.Alice);
        Join(world, alice, "den");
        world.Disconnect(alice);
        world.Advance(TimeSpan.FromHours(2));

        Assert.Equal(Instant.Never, world.Server.NextTimeout);
        Assert.Equal((0, 0, 0), (world.Server.Counters.Sockets, world.Server.Counters.Keys, world.Server.Counters.Rooms));
    }

    [Fact]
    public void Stop_OpenSockets_TellsAndClosesEveryOne()
    {
        var world = new ExchangeWorld();
        var alice = world.Connect(Samples.Alice);
        var bob = world.ConnectBare();
        world.Server.Stop(world.Now);
        world.Run();

        Assert.Equal(2, world.Closed.Count);
        Assert.All(world.Closed.Values, reason => Assert.Equal(ExchangeErrorCode.Stopping, reason));
        Assert.Equal(ExchangeErrorCode.Stopping, world.LastEvent<ExchangeClientEvent.Failed>(alice).Code);
        Assert.Equal(ExchangeErrorCode.Stopping, ((ErrorMessage)world.Received(bob).Last()).Code);
        Assert.Equal(0, world.Server.Counters.Sockets);
    }

    [Fact]
    public void HandleMessage_RandomMessagesFromManySockets_NeverThrowsAndKeepsItsBooks()
    {
        for (ulong seed = 1; seed <= 20; seed++)
        {
            var random = new SeededRandomSource(seed);
            var world = new ExchangeWorld(new ExchangeServerLimits { MaximumSocketsPerKey = 2 });
            KeyPair[] keys = [Samples.Alice, Samples.Bob, Samples.Carol];
            var sockets = new List<ExchangeSocketId>();
            for (var step = 0; step < 150; step++)
            {
                var key = keys[random.NextInt32(0, 3)];
                switch (random.NextInt32(0, 6))
                {
                    case 0:
                        sockets.Add(world.SubscribeBare(key));
                        break;
                    case 1:
                        sockets.Add(world.ConnectBare());
                        break;
                    case 2 when sockets.Count > 0:
                        world.Server.Disconnected(world.Now, sockets[random.NextInt32(0, sockets.Count)]);
                        break;
                    case 3:
                        world.Advance(TimeSpan.FromSeconds(random.NextInt32(0, 20)));
                        break;
                    default:
                        if (sockets.Count > 0)
                        {
                            var message = Mutate(random, new SignalMessage { Signal = Samples.Seal(key, keys[random.NextInt32(0, 3)].Id, world.NowUnixMs) });
                            world.Say(sockets[random.NextInt32(0, sockets.Count)], message);
                        }

                        break;
                }

                var counters = world.Server.Counters;
                Assert.True(counters.Keys <= 3 && counters.Keys <= counters.Sockets && counters.Sockets <= sockets.Count, $"seed {seed}, step {step}: {counters}");
            }
        }
    }

    private static byte[] Mutate(SeededRandomSource random, ExchangeMessage message)
    {
        var json = message.ToJson();
        if (random.Chance(0.3))
        {
            json[random.NextInt32(0, json.Length)] = (byte)random.NextInt32(0, 256);
        }

        return json;
    }

    private static IReadOnlyList<PeerId> Join(ExchangeWorld world, ExchangeClientEngine client, string room)
    {
        Assert.True(client.JoinRoom(room, out var request));
        world.Run();
        var answer = world.LastEvent<ExchangeClientEvent.RoomKeys>(client);
        Assert.Equal(request, answer.Request);
        return answer.Keys;
    }
}
