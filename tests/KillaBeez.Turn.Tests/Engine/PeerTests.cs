using KillaBeez.WebRtc.Stun;
using KillaBeez.WebRtc.Turn;

namespace KillaBeez.Turn.Tests.Engine;

public sealed class PeerTests
{
    private readonly ServerHarness _server = new();

    [Fact]
    public void Send_ToAPermittedPeer_LeavesTheRelay()
    {
        var client = new ScriptedClient(_server);
        client.Allocate();
        client.Permit("8.8.8.8:0");

        client.SendTo("8.8.8.8:99", 1, 2, 3);

        var (relay, peer, payload) = Assert.Single(_server.ToPeers);
        Assert.Equal(Assert.Single(_server.Relays).Key, relay);
        Assert.Equal(ServerHarness.Parse("8.8.8.8:99"), peer);
        Assert.Equal([1, 2, 3], payload);
    }

    [Fact]
    public void Send_EmptyPayload_IsRelayed()
    {
        var client = new ScriptedClient(_server);
        client.Allocate();
        client.Permit("8.8.8.8:0");

        client.SendTo("8.8.8.8:99");

        Assert.Empty(Assert.Single(_server.ToPeers).Payload);
    }

    [Fact]
    public void Send_ToAPeerWithoutPermission_IsDropped()
    {
        var client = new ScriptedClient(_server);
        client.Allocate();
        client.Permit("8.8.8.8:0");

        client.SendTo("8.8.8.9:99", 1);
        client.SendTo("8.8.8.8:0", 1);
        new ScriptedClient(_server, "9.0.0.2:1").SendTo("8.8.8.8:99", 1);

        Assert.Empty(_server.ToPeers);
        Assert.Equal(3, _server.Engine.Counts.DroppedWithoutPermission);
    }

    [Fact]
    public void Peer_Permitted_ReachesTheClientAsDataIndication()
    {
        var client = new ScriptedClient(_server);
        var relayed = client.Allocate().Relayed!.Value;
        client.Permit("8.8.8.8:0");

        _server.DeliverFromPeer(ServerHarness.Parse("8.8.8.8:77"), relayed, [9, 8, 7]);

        var indication = client.Receive()!;
        Assert.Equal(StunMessageType.DataIndication, indication.Type);
        Assert.Equal(ServerHarness.Parse("8.8.8.8:77"), indication.Peer);
        Assert.Equal([9, 8, 7], indication.Data);
    }

    [Fact]
    public void Peer_NotPermitted_IsDropped()
    {
        var client = new ScriptedClient(_server);
        var relayed = client.Allocate().Relayed!.Value;
        client.Permit("8.8.8.8:0");

        _server.DeliverFromPeer(ServerHarness.Parse("8.8.4.4:77"), relayed, [1]);

        Assert.Null(client.Receive());
    }

    [Fact]
    public void Permission_EndsAfter300SecondsBothWays()
    {
        var client = new ScriptedClient(_server);
        var relayed = client.Allocate(static (ref StunWriter w) => LifetimeAttribute.Write(ref w, 3_600)).Relayed!.Value;
        client.Permit("8.8.8.8:0");

        _server.Pass(TimeSpan.FromSeconds(299));
        client.SendTo("8.8.8.8:1", 1);
        Assert.Single(_server.ToPeers);
        _server.Pass(TimeSpan.FromSeconds(1));
        client.SendTo("8.8.8.8:1", 1);
        _server.DeliverFromPeer(ServerHarness.Parse("8.8.8.8:1"), relayed, [1]);

        Assert.Single(_server.ToPeers);
        Assert.Null(client.Receive());
    }

    [Fact]
    public void Permission_Renewed_LastsOn()
    {
        var client = new ScriptedClient(_server);
        client.Allocate(static (ref StunWriter w) => LifetimeAttribute.Write(ref w, 3_600));
        client.Permit("8.8.8.8:0");
        _server.Pass(TimeSpan.FromSeconds(240));
        client.Permit("8.8.8.8:0");
        _server.Pass(TimeSpan.FromSeconds(240));

        client.SendTo("8.8.8.8:1", 1);

        Assert.Single(_server.ToPeers);
    }

    [Fact]
    public void CreatePermission_ForSeveralPeers_PermitsThemAll()
    {
        var client = new ScriptedClient(_server);
        client.Allocate();

        Assert.True(client.Permit("8.8.8.8:1", "8.8.4.4:2", "1.1.1.1:3")!.IsSuccess);

        client.SendTo("8.8.8.8:1", 1);
        client.SendTo("8.8.4.4:1", 1);
        client.SendTo("1.1.1.1:1", 1);
        Assert.Equal(3, _server.ToPeers.Count);
    }

    [Fact]
    public void CreatePermission_OneOfThemForbidden_PermitsNone()
    {
        var client = new ScriptedClient(_server);
        client.Allocate();

        Assert.Equal(403, client.Permit("8.8.8.8:1", "10.0.0.1:2")!.Error);

        client.SendTo("8.8.8.8:1", 1);
        Assert.Empty(_server.ToPeers);
    }

    [Fact]
    public void CreatePermission_WithoutPeer_Is400()
    {
        var client = new ScriptedClient(_server);
        client.Allocate();

        Assert.Equal(400, client.Permit()!.Error);
    }

    [Fact]
    public void CreatePermission_OfTheOtherFamily_Is443()
    {
        var client = new ScriptedClient(_server);
        client.Allocate();

        Assert.Equal(443, client.Permit("[2a00:1::7]:1")!.Error);
        Assert.Equal(443, client.Bind(0x4000, "[2a00:1::7]:1")!.Error);
    }

    [Fact]
    public void CreatePermission_WithoutAllocation_Is437()
    {
        var client = new ScriptedClient(_server);
        client.Greet();

        Assert.Equal(437, client.Permit("8.8.8.8:1")!.Error);
        Assert.Equal(437, client.Bind(0x4000, "8.8.8.8:1")!.Error);
    }

    [Fact]
    public void Channel_Bound_CarriesDataBothWays()
    {
        var client = new ScriptedClient(_server);
        var relayed = client.Allocate().Relayed!.Value;
        Assert.True(client.Bind(0x4001, "8.8.8.8:5")!.IsSuccess);

        client.SendOn(0x4001, 1, 2, 3);
        _server.DeliverFromPeer(ServerHarness.Parse("8.8.8.8:5"), relayed, [4, 5, 6]);

        Assert.Equal(ServerHarness.Parse("8.8.8.8:5"), Assert.Single(_server.ToPeers).Peer);
        Assert.Equal([0x40, 0x01, 0, 3, 4, 5, 6], client.ReceiveBytes());
    }

    [Fact]
    public void Channel_OtherPortOfItsPeer_ComesAsDataIndication()
    {
        var client = new ScriptedClient(_server);
        var relayed = client.Allocate().Relayed!.Value;
        client.Bind(0x4001, "8.8.8.8:5");

        _server.DeliverFromPeer(ServerHarness.Parse("8.8.8.8:6"), relayed, [4]);

        Assert.Equal([4], client.Receive()!.Data);
    }

    [Fact]
    public void Channel_OverAStream_IsPadded()
    {
        var client = new ScriptedClient(_server, overTcp: true);
        Assert.True(_server.Engine.HandleStreamOpened(_server.Now, client.Tuple));
        var relayed = client.Allocate().Relayed!.Value;
        client.Bind(0x4001, "8.8.8.8:5");

        client.SendOn(0x4001, 1, 2, 3);
        _server.DeliverFromPeer(ServerHarness.Parse("8.8.8.8:5"), relayed, [4, 5, 6, 7, 8]);

        Assert.Equal([1, 2, 3], Assert.Single(_server.ToPeers).Payload);
        Assert.Equal([0x40, 0x01, 0, 5, 4, 5, 6, 7, 8, 0, 0, 0], client.ReceiveBytes());
    }

    [Theory]
    [InlineData(0x3FFF)]
    [InlineData(0x5000)]
    [InlineData(0x7FFF)]
    public void ChannelBind_NumberOutOfRange_Is400(int number)
    {
        var client = new ScriptedClient(_server);
        client.Allocate();

        Assert.Equal(400, client.Bind((ushort)number, "8.8.8.8:5")!.Error);
    }

    [Fact]
    public void ChannelBind_NumberOfAnotherPeer_Is400()
    {
        var client = new ScriptedClient(_server);
        client.Allocate();
        client.Bind(0x4001, "8.8.8.8:5");

        Assert.Equal(400, client.Bind(0x4001, "8.8.8.8:6")!.Error);
        Assert.Equal(400, client.Bind(0x4002, "8.8.8.8:5")!.Error);
        Assert.True(client.Bind(0x4001, "8.8.8.8:5")!.IsSuccess);
    }

    [Fact]
    public void Channel_EndsAfter600SecondsAndItsNumberIsFree()
    {
        var client = new ScriptedClient(_server);
        client.Allocate(static (ref StunWriter w) => LifetimeAttribute.Write(ref w, 3_600));
        client.Bind(0x4001, "8.8.8.8:5");
        _server.Pass(TimeSpan.FromSeconds(299));
        client.Permit("8.8.8.8:0");
        _server.Pass(TimeSpan.FromSeconds(290));
        client.Permit("8.8.8.8:0");
        client.SendOn(0x4001, 1);
        Assert.Single(_server.ToPeers);

        _server.Pass(TimeSpan.FromSeconds(11));
        client.SendOn(0x4001, 1);

        Assert.Single(_server.ToPeers);
        Assert.True(client.Bind(0x4001, "8.8.4.4:6")!.IsSuccess);
    }

    [Fact]
    public void Channel_WhosePermissionEnded_CarriesNothingUntilItIsRenewed()
    {
        var client = new ScriptedClient(_server);
        client.Allocate(static (ref StunWriter w) => LifetimeAttribute.Write(ref w, 3_600));
        client.Bind(0x4001, "8.8.8.8:5");
        _server.Pass(TimeSpan.FromSeconds(310));

        client.SendOn(0x4001, 1);
        Assert.Empty(_server.ToPeers);
        client.Permit("8.8.8.8:0");
        client.SendOn(0x4001, 1);

        Assert.Single(_server.ToPeers);
    }

    [Fact]
    public void ChannelData_OnANumberThatIsNotBound_IsDropped()
    {
        var client = new ScriptedClient(_server);
        client.Allocate();

        client.SendOn(0x4009, 1);

        Assert.Empty(_server.ToPeers);
    }

    [Fact]
    public void TwoClients_ReachEachOtherByTheirRelayedAddresses()
    {
        var server = new ServerHarness(o => o with
        {
            RelayAddresses = [System.Net.IPAddress.Parse("10.1.1.1")],
            ExternalAddresses = [System.Net.IPAddress.Parse("45.0.0.1")],
        });
        var left = new ScriptedClient(server);
        var right = new ScriptedClient(server, "9.0.0.2:4000");
        var leftRelayed = left.Allocate().Relayed!.Value;
        var rightRelayed = right.Allocate().Relayed!.Value;
        Assert.True(left.Permit(rightRelayed.ToString())!.IsSuccess);
        Assert.True(right.Permit(leftRelayed.ToString())!.IsSuccess);

        left.SendTo(rightRelayed.ToString(), 1, 2);

        // The socket of the neighbour is reached where it is bound, whatever the NAT in front makes of its own address.
        var (relay, to, payload) = Assert.Single(server.ToPeers);
        server.DeliverFromPeer(server.Relays[relay], to, payload);
        var indication = right.Receive()!;
        Assert.Equal(leftRelayed, indication.Peer);
        Assert.Equal([1, 2], indication.Data);
    }

    [Fact]
    public void PayloadOfTheLargestSize_IsRelayedAndALargerOneIsNot()
    {
        var client = new ScriptedClient(_server);
        var relayed = client.Allocate().Relayed!.Value;
        client.Permit("8.8.8.8:0");

        client.SendTo("8.8.8.8:1", new byte[TurnServerLimits.MaxPayloadBytes]);
        client.SendTo("8.8.8.8:1", new byte[TurnServerLimits.MaxPayloadBytes + 1]);
        _server.DeliverFromPeer(ServerHarness.Parse("8.8.8.8:1"), relayed, new byte[TurnServerLimits.MaxPayloadBytes]);
        _server.DeliverFromPeer(ServerHarness.Parse("8.8.8.8:1"), relayed, new byte[TurnServerLimits.MaxPayloadBytes + 1]);

        Assert.Single(_server.ToPeers);
        Assert.Equal(TurnServerLimits.MaxPayloadBytes, client.Receive()!.Data!.Length);
        Assert.Null(client.Receive());
    }

    [Fact]
    public void LargestPayload_OfAnIPv6Peer_FitsIntoAMessage()
    {
        var server = new ServerHarness(o => o with { RelayAddresses = [System.Net.IPAddress.Parse("2a00:1::1")] });
        var client = new ScriptedClient(server);
        var relayed = client.Allocate(static (ref StunWriter w) => RequestedAddressFamilyAttribute.Write(ref w, TurnAddressFamily.IPv6)).Relayed!.Value;
        Assert.True(client.Permit("[2a00:2::2]:0")!.IsSuccess);

        server.DeliverFromPeer(ServerHarness.Parse("[2a00:2::2]:1"), relayed, new byte[TurnServerLimits.MaxPayloadBytes]);

        Assert.Equal(TurnServerLimits.MaxPayloadBytes, client.Receive()!.Data!.Length);
    }
}
