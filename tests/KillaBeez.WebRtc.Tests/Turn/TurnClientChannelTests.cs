using KillaBeez.WebRtc.Stun;
using KillaBeez.WebRtc.Turn;

namespace KillaBeez.WebRtc.Tests.Turn;

public sealed class TurnClientChannelTests
{
    private static readonly TransportAddress Peer = TurnRig.Parse("203.0.113.50:7000");

    [Fact]
    public void Channel_IsBoundOnceDataFlowsBothWays()
    {
        var rig = new TurnRig().Allocate();
        _ = rig.Send(Peer, "check");
        rig.Run(seconds: 1);
        Assert.True(rig.Send(Peer, "another check, unanswered"));
        rig.Run(seconds: 1);
        rig.PeerSends(Peer, "answer");
        rig.Run(seconds: 1);
        Assert.Empty(rig.Server.CallsOf(StunMethods.ChannelBind));

        Assert.True(rig.Send(Peer, "data"));
        rig.Run(seconds: 1);
        Assert.True(rig.Send(Peer, "on the channel"));
        rig.PeerSends(Peer, "back on the channel");
        rig.Run(seconds: 1);

        var bind = Assert.Single(rig.Server.CallsOf(StunMethods.ChannelBind));
        Assert.Equal(new ChannelNumber(0x4000), bind.Channel);
        Assert.Equal([false, false, false, true], rig.Server.ToPeers.Select(sent => sent.OnChannel));
        Assert.Equal(["answer", "back on the channel"], rig.Received.Select(received => Text(received.Payload)));
        Assert.All(rig.Received, received => Assert.Equal(Peer, received.Peer));
    }

    [Theory]
    [InlineData(false, "4000000568656C6C6F")]
    [InlineData(true, "4000000568656C6C6F000000")]
    public void ChannelData_IsWrittenAsGoldenBytes(bool isTcp, string expected)
    {
        var options = TurnRig.Options();
        var rig = Bound(isTcp ? options with { Server = options.Server.AsTcp() } : options);
        _ = rig.Send(Peer, "hello");

        Assert.Equal(expected, Convert.ToHexString(rig.Sent[^1].Bytes));
    }

    [Fact]
    public void ChannelInUse_IsBoundAgainEvery540Seconds()
    {
        var rig = Bound();
        for (var i = 0; i < 360; i++)
        {
            Assert.True(rig.Send(Peer, "data"));
            rig.Run(seconds: 10);
        }

        Assert.Equal(0, rig.Server.Unpermitted);
        Assert.All(rig.Server.ToPeers.Skip(2), sent => Assert.True(sent.OnChannel));
        Assert.Equal(7, rig.Server.CallsOf(StunMethods.ChannelBind).Count());
    }

    [Fact]
    public void ChannelUnusedForTenMinutes_LapsesAndIsBoundAgainWithItsNumber()
    {
        var rig = Bound();
        rig.Run(seconds: 1300);
        Assert.Equal(2, rig.Server.CallsOf(StunMethods.ChannelBind).Count());

        Assert.False(rig.Send(Peer, "held for the permission"));
        rig.Run(seconds: 1);
        Assert.True(rig.Send(Peer, "again"));
        rig.Run(seconds: 1);
        Assert.True(rig.Send(Peer, "on the channel"));
        rig.Run(seconds: 1);

        Assert.Equal(3, rig.Server.CallsOf(StunMethods.ChannelBind).Count());
        Assert.All(rig.Server.CallsOf(StunMethods.ChannelBind), call => Assert.Equal(new ChannelNumber(0x4000), call.Channel));
        Assert.True(rig.Server.ToPeers[^1].OnChannel);
        Assert.Equal(0, rig.Server.Unpermitted);
    }

    [Fact]
    public void DataOfAPeer_WhosePermissionLapsedAndCameBackThroughAnotherPort_IsTaken()
    {
        var rig = Bound();
        rig.Run(seconds: 1300);
        Assert.False(rig.Inject(ScriptedTurnServer.WrapIndication(Peer, [1])));
        _ = rig.Send(TurnRig.Parse("203.0.113.50:9"), "check");
        rig.Run(seconds: 1);

        rig.PeerSends(Peer, "the permission is for the address");
        rig.Run(seconds: 1);
        Assert.Equal("the permission is for the address", Text(rig.Received[^1].Payload));
    }

    [Fact]
    public void ChannelNumbers_GoRoundAndAreNotReusedInQuarantine()
    {
        // The server throws where a number or peer is bound otherwise too early. 4,096 numbers last for longer than a
        // quarantine only if nobody binds hundreds a minute.
        var rig = new TurnRig().Allocate();
        var used = new List<int>();
        for (var i = 0; i < 5_000; i++)
        {
            var peer = TurnRig.Parse($"203.{i / 62_500}.{i / 250 % 250}.{i % 250}:7000");
            Bind(rig, peer);
            rig.Run(seconds: 4);
            used.Add(rig.Server.Calls.FindLast(call => call.Method == StunMethods.ChannelBind && call.Peers[0] == peer)!.Channel!.Value.Value);
        }

        Assert.Equal(Enumerable.Range(0x4000, 4096), used.Take(4096));
        Assert.All(used, number => Assert.InRange(number, 0x4000, 0x4FFF));
        Assert.Equal(0, rig.Server.Unpermitted);
        Assert.Equal(TurnClientState.Allocated, rig.Client.State);
    }

    [Fact]
    public void Channels_AreBoundedAndFurtherPeersGetIndications()
    {
        var rig = new TurnRig { DelayMs = 1 }.Allocate();
        for (var i = 0; i < TurnClientLimits.MaxChannels + 10; i++)
        {
            Bind(rig, TurnRig.Parse($"203.0.113.{i % 250}:{7000 + i}"));
        }

        Assert.Equal(TurnClientLimits.MaxChannels, rig.Server.CallsOf(StunMethods.ChannelBind).Count());
        var last = TurnRig.Parse($"203.0.113.{(TurnClientLimits.MaxChannels + 9) % 250}:{7000 + TurnClientLimits.MaxChannels + 9}");
        Assert.True(rig.Send(last, "still there"));
        rig.Run(seconds: 1);
        Assert.Equal((last, false), (rig.Server.ToPeers[^1].Peer, rig.Server.ToPeers[^1].OnChannel));
    }

    [Fact]
    public void Peers_AreBoundedAndTheOldestWithoutChannelMakesRoom()
    {
        var rig = Bound();
        for (var i = 0; i < TurnClientLimits.MaxPeers + 100; i++)
        {
            _ = rig.Send(TurnRig.Parse($"203.0.113.50:{10_000 + i}"), "check");
        }

        rig.Run(seconds: 1);
        Assert.Equal(TurnClientLimits.MaxPeers, rig.Client.PeerCount);
        Assert.True(rig.Send(Peer, "still on its channel"));
        rig.Run(seconds: 1);
        Assert.True(rig.Server.ToPeers[^1].OnChannel);
    }

    [Theory]
    [InlineData(403)]
    [InlineData(400)]
    [InlineData(508)]
    public void ChannelRefused_IndicationsGoOnAndItIsTriedAgainAfterAMinute(int code)
    {
        var server = new ScriptedTurnServer
        {
            Refuse = call => call.Method == StunMethods.ChannelBind ? new StunErrorCode(code) : null,
        };
        var rig = new TurnRig(server).Allocate();
        Bind(rig, Peer);
        for (var i = 0; i < 59; i++)
        {
            Assert.True(rig.Send(Peer, "data"));
            rig.Run(seconds: 1);
        }

        Assert.Single(server.CallsOf(StunMethods.ChannelBind));
        Assert.All(server.ToPeers, sent => Assert.False(sent.OnChannel));
        server.Refuse = null;
        rig.Run(seconds: 2);
        Assert.True(rig.Send(Peer, "data"));
        rig.Run(seconds: 1);
        Assert.True(rig.Send(Peer, "data"));
        rig.Run(seconds: 1);
        Assert.True(server.ToPeers[^1].OnChannel);
    }

    [Fact]
    public void ChannelBind_AnswerLost_DataOnTheChannelIsTaken()
    {
        var rig = new TurnRig().Allocate();
        _ = rig.Send(Peer, "check");
        rig.Run(seconds: 1);
        rig.PeerSends(Peer, "answer");
        rig.Run(seconds: 1);
        rig.Drop = (toServer, bytes) => !toServer && bytes[0] == 0x01 && bytes[1] == 0x09;
        _ = rig.Send(Peer, "data");
        rig.Run(seconds: 1);
        rig.PeerSends(Peer, "on a channel that we do not know to be bound");
        rig.Run(seconds: 1);

        Assert.Equal(2, rig.Received.Count);
        rig.Drop = null;
        rig.Run(seconds: 5);
        Assert.True(rig.Send(Peer, "data"));
        rig.Run(seconds: 1);
        Assert.True(rig.Server.ToPeers[^1].OnChannel);
    }

    [Fact]
    public void OneChannelPerPort_EvenOfOneAddress()
    {
        var other = TurnRig.Parse("203.0.113.50:7001");
        var rig = Bound();
        Bind(rig, other);

        Assert.Equal([0x4000, 0x4001], rig.Server.CallsOf(StunMethods.ChannelBind).Select(call => (int)call.Channel!.Value.Value));
        rig.PeerSends(other, "from the other");
        rig.Run(seconds: 1);
        Assert.Equal(other, rig.Received[^1].Peer);
    }

    [Fact]
    public void DataPath_OnAChannel_AllocatesNothing()
    {
        var rig = Bound();
        var client = rig.Client;
        var payload = new byte[1200];
        var destination = new byte[2048];
        var incoming = rig.Server.WrapChannelData(new ChannelNumber(0x4000), payload);
        RoundTrip(client, rig.Now, payload, destination, incoming);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            RoundTrip(client, rig.Now, payload, destination, incoming);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void DataPath_InIndications_AllocatesNothing()
    {
        var rig = new TurnRig(new ScriptedTurnServer { Refuse = call => call.Method == StunMethods.ChannelBind ? StunErrorCode.Forbidden : null }).Allocate();
        Bind(rig, Peer);
        var client = rig.Client;
        var payload = new byte[1200];
        var destination = new byte[2048];
        var incoming = ScriptedTurnServer.WrapIndication(Peer, payload);
        RoundTrip(client, rig.Now, payload, destination, incoming);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            RoundTrip(client, rig.Now, payload, destination, incoming);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void RoundTrip(TurnClient client, Instant now, byte[] payload, byte[] destination, byte[] incoming)
    {
        if (!client.TryWrap(now, Peer, payload, destination, out _)
            || client.TryPollTransmit(now, destination, out _)
            || client.NextTimeout <= now
            || !client.HandleMessage(now, incoming, out var peer, out var data)
            || peer != Peer
            || data.Length != payload.Length)
        {
            throw new InvalidOperationException("The data path does not work.");
        }
    }

    private static TurnRig Bound(TurnClientOptions? options = null)
    {
        var rig = new TurnRig(options: options).Allocate();
        Bind(rig, Peer);
        Assert.Single(rig.Server.CallsOf(StunMethods.ChannelBind));
        return rig;
    }

    /// <summary>A check, its answer, and the data that is worth a channel.</summary>
    private static void Bind(TurnRig rig, TransportAddress peer)
    {
        _ = rig.Send(peer, "check");
        rig.Run(seconds: 0.1);
        rig.PeerSends(peer, "answer");
        rig.Run(seconds: 0.1);
        Assert.True(rig.Send(peer, "data"));
        rig.Run(seconds: 0.1);
    }

    private static string Text(byte[] payload) => System.Text.Encoding.ASCII.GetString(payload);
}
