using KillaBeez.Swarm.Signaling.Exchange;
using KillaBeez.Swarm.Signaling.Exchange.Client;
using KillaBeez.Swarm.Signaling.Exchange.Messages;
using KillaBeez.Swarm.Signaling.Exchange.Server;

namespace KillaBeez.Swarm.Tests.Signaling.Exchange;

/// <summary>What one key and one source may have of an exchange, also by coming again.</summary>
public class ExchangeShareTests
{
    private static readonly ExchangeSource s_attacker = new("192.0.2.1");
    private static readonly ExchangeSource s_home = new("198.51.100.7");

    [Fact]
    public void Room_OneKeyOnManySockets_FillsItsShareAndNoMore()
    {
        var world = new ExchangeWorld(new ExchangeServerLimits { MaximumSocketsPerKey = 256 });
        for (var i = 0; i < 256; i++)
        {
            var socket = world.SubscribeBare(Samples.Bob, s_attacker);
            for (var room = 0; room < 16; room++)
            {
                world.Say(socket, new RoomMessage { Request = 1, Room = $"room {i} {room}" });
            }

            world.DisconnectBare(socket);
            world.Advance(TimeSpan.FromSeconds(2));
        }

        Assert.Equal(16, world.Server.Counters.Rooms);
        Assert.Empty(Join(world, world.Connect(Samples.Alice, source: s_home), "den"));
    }

    [Fact]
    public void Room_ManyKeysOfOneSource_LeaveRoomForOthers()
    {
        var world = new ExchangeWorld(new ExchangeServerLimits { MaximumRooms = 40, MaximumRoomsPerSource = 20, MaximumRoomsPerKey = 4 });
        var random = new SeededRandomSource(2);
        for (var i = 0; i < 15; i++)
        {
            using var key = KeyPair.Generate(random);
            var socket = world.SubscribeBare(key, s_attacker);
            for (var room = 0; room < 4; room++)
            {
                world.Say(socket, new RoomMessage { Request = 1, Room = $"room {i} {room}" });
            }
        }

        Assert.Equal(20, world.Server.Counters.Rooms);
        Assert.Empty(Join(world, world.Connect(Samples.Alice, source: s_home), "den"));
    }

    [Fact]
    public void Room_AllTakenByRoomsThatNobodyIsIn_TheLongestUnusedGivesWay()
    {
        var world = new ExchangeWorld(new ExchangeServerLimits { MaximumRooms = 2 });
        var alice = world.Connect(Samples.Alice);
        var bob = world.Connect(Samples.Bob);
        Join(world, alice, "kept");
        Join(world, bob, "left");
        world.Disconnect(bob);

        var carol = world.Connect(Samples.Carol);
        Assert.Empty(Join(world, carol, "new"));
        Assert.Equal([Samples.Alice.Id], Join(world, carol, "kept"));
        Assert.Equal(2, world.Server.Counters.Rooms);
    }

    [Fact]
    public void Room_AHundredAndOneMadeUpKeys_PushNobodyOutWhoIsThere()
    {
        var world = new ExchangeWorld();
        var alice = world.Connect(Samples.Alice, source: s_home);
        Join(world, alice, "den");
        JoinWithMadeUpKeys(world, 101, "den", leave: true);
        JoinWithMadeUpKeys(world, 101, "den", leave: false);

        Assert.Contains(Samples.Alice.Id, Join(world, world.Connect(Samples.Bob, source: s_home), "den"));
        Assert.Contains(Samples.Bob.Id, Join(world, alice, "den"));
    }

    [Fact]
    public void Room_FullOfKeysOfOneSource_GivesOthersTheirShare()
    {
        var world = new ExchangeWorld();
        JoinWithMadeUpKeys(world, 101, "den", leave: false);
        var honest = new List<PeerId>();
        var random = new SeededRandomSource(77);
        for (var i = 0; i < 30; i++)
        {
            using var key = KeyPair.Generate(random);
            Join(world, world.Connect(key, source: new ExchangeSource($"home {i}")), "den");
            honest.Add(key.Id);
        }

        honest.Reverse();
        Assert.Equal(honest, Join(world, world.Connect(Samples.Alice, source: s_home), "den").Take(30));
    }

    [Fact]
    public void Room_FullOfKeysThatAreThere_AnswersTheNewcomerWithoutRememberingIt()
    {
        var world = new ExchangeWorld(new ExchangeServerLimits { MaximumKeysPerRoom = 2 });
        var alice = world.Connect(Samples.Alice);
        var bob = world.Connect(Samples.Bob);
        Join(world, alice, "den");
        Join(world, bob, "den");

        Assert.Equal([Samples.Bob.Id, Samples.Alice.Id], Join(world, world.Connect(Samples.Carol), "den"));
        Assert.Equal([Samples.Alice.Id], Join(world, bob, "den"));
    }

    [Fact]
    public void Signal_BurstUsedUpAndConnectedAgain_IsStillRefused()
    {
        var world = new ExchangeWorld();
        world.Connect(Samples.Bob);
        var sent = 0;
        ExchangeClientEngine alice;
        for (var connection = 0; connection < 4; connection++)
        {
            alice = world.Connect(Samples.Alice, source: s_home);
            for (var i = 0; i < 300; i++, sent++)
            {
                alice.Send(Samples.Seal(Samples.Alice, Samples.Bob.Id, world.NowUnixMs));
                world.Run();
            }

            world.Disconnect(alice);
            world.Advance(TimeSpan.FromSeconds(6));
        }

        // 600 at once and 20 a second for the 18 seconds until the last connection.
        Assert.Equal((1_200, 960), (sent, world.Server.Counters.SignalsRouted));

        world.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(1, world.Server.Counters.Keys);
    }

    [Fact]
    public void HandleMessage_BurstUsedUpAndConnectedAgain_IsClosedAtOnce()
    {
        var world = new ExchangeWorld(new ExchangeServerLimits { MessageBurst = 5, MessageRatePerSecond = 1 });
        var first = world.SubscribeBare(Samples.Alice);
        for (var i = 0; i < 5; i++)
        {
            world.Say(first, new PingMessage { Request = 1, Keys = [] });
        }

        Assert.Equal(ExchangeErrorCode.TooManyMessages, world.Closed[first]);
        var second = world.ConnectBare();
        var challenge = (ChallengeMessage)world.Received(second).Single();
        world.Say(second, new SubscribeMessage
        {
            Key = Samples.Alice.Id,
            ServerName = ExchangeWorld.ServerName,
            Signature = ExchangeSubscription.Sign(Samples.Alice, challenge.Challenge.Span, ExchangeWorld.ServerName),
        });
        Assert.Equal(ExchangeErrorCode.TooManyMessages, world.Closed[second]);

        world.Advance(TimeSpan.FromMinutes(2));
        Assert.False(world.Closed.ContainsKey(world.SubscribeBare(Samples.Alice)));
    }

    [Fact]
    public void Signal_ManyKeysOfOneSource_ShareTheSourcesRate()
    {
        var world = new ExchangeWorld(new ExchangeServerLimits { SourceSignalBurst = 10, SourceSignalRatePerSecond = 1 });
        world.Connect(Samples.Bob, source: s_home);
        var random = new SeededRandomSource(8);
        for (var i = 0; i < 20; i++)
        {
            using var key = KeyPair.Generate(random);
            var client = world.Connect(key, source: s_attacker);
            client.Send(Samples.Seal(key, Samples.Bob.Id, world.NowUnixMs));
            world.Run();
            world.Disconnect(client);
        }

        Assert.Equal((10, 10), (world.Server.Counters.SignalsRouted, world.Server.Counters.SignalsRefused));
        var alice = world.Connect(Samples.Alice, source: s_home);
        alice.Send(Samples.Seal(Samples.Alice, Samples.Bob.Id, world.NowUnixMs));
        world.Run();
        Assert.Equal(11, world.Server.Counters.SignalsRouted);
    }

    [Fact]
    public void Rates_MoreThanMayBeRemembered_AreForgottenAtTheNextSweep()
    {
        var limits = new ExchangeServerLimits { MaximumIdleRates = 3 };
        var rates = new ExchangeRates(limits);
        var random = new SeededRandomSource(9);
        for (var i = 0; i < 10; i++)
        {
            using var key = KeyPair.Generate(random);
            rates.Leave(Instant.Zero, rates.Enter(key.Id));
        }

        rates.Sweep(Instant.Zero);
        Assert.Equal(3, rates.Count);
        rates.Sweep(Instant.Zero + limits.RateMemory);
        Assert.Equal(0, rates.Count);
    }

    private static void JoinWithMadeUpKeys(ExchangeWorld world, int count, string room, bool leave)
    {
        var random = new SeededRandomSource(99);
        for (var i = 0; i < count; i++)
        {
            using var key = KeyPair.Generate(random);
            var socket = world.SubscribeBare(key, s_attacker);
            world.Say(socket, new RoomMessage { Request = 1, Room = room });
            if (leave)
            {
                world.DisconnectBare(socket);
            }
        }
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
