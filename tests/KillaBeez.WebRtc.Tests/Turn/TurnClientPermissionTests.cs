using KillaBeez.WebRtc.Stun;
using KillaBeez.WebRtc.Turn;

namespace KillaBeez.WebRtc.Tests.Turn;

public sealed class TurnClientPermissionTests
{
    private static readonly TransportAddress Peer = TurnRig.Parse("203.0.113.50:7000");

    [Fact]
    public void FirstPayload_IsHeldAndGoesOutWhenPermitted()
    {
        var rig = new TurnRig().Allocate();

        Assert.False(rig.Send(Peer, "one"));
        Assert.False(rig.Send(Peer, "two"));
        rig.Run(seconds: 1);

        Assert.Equal(["one", "two"], rig.Server.ToPeers.Select(sent => Text(sent.Payload)));
        Assert.All(rig.Server.ToPeers, sent => Assert.Equal(Peer, sent.Peer));
        Assert.Equal(0, rig.Server.Unpermitted);
        Assert.True(rig.Send(Peer, "three"));
        rig.Run(seconds: 1);
        Assert.Equal("three", Text(rig.Server.ToPeers[^1].Payload));
        Assert.Single(rig.Server.CallsOf(StunMethods.CreatePermission));
    }

    [Fact]
    public void SendIndication_IsWrittenAsGoldenBytes()
    {
        var rig = new TurnRig().Allocate();
        _ = rig.Send(Peer, "one");
        rig.Run(seconds: 1);
        _ = rig.Send(Peer, "abcde");

        var bytes = Convert.ToHexString(rig.Sent[^1].Bytes);
        Assert.Equal("001600182112A442", bytes[..16]);
        // 203.0.113.50:7000 is CB007132:1B58; with the cookie EA12D570 and 3A4A.
        Assert.Equal("0012" + "0008" + "00013A4A" + "EA12D570" + "0013" + "0005" + "6162636465" + "000000", bytes[40..]);
    }

    [Fact]
    public void OtherPortOfAPermittedAddress_NeedsNoOtherPermission()
    {
        var rig = new TurnRig().Allocate();
        _ = rig.Send(Peer, "one");
        rig.Run(seconds: 1);

        Assert.True(rig.Send(TurnRig.Parse("203.0.113.50:7001"), "two"));
        rig.Run(seconds: 1);
        Assert.Single(rig.Server.CallsOf(StunMethods.CreatePermission));
        Assert.Equal(0, rig.Server.Unpermitted);
    }

    [Fact]
    public void SeveralWaitingPeers_AreAskedForInOneRequest()
    {
        var rig = new TurnRig { DelayMs = 100 }.Allocate();
        rig.Server.Nonce = "renewed";
        for (var i = 1; i <= 40; i++)
        {
            var held = rig.Client.TryWrap(rig.Now, TurnRig.Parse($"203.0.113.{i}:7000"), [1, 2, 3], new byte[100], out _);
            Assert.False(held);
        }

        rig.Run(seconds: 1);

        // The first round meets a stale nonce and is asked again.
        Assert.Equal([16, 16, 8, 16, 16, 8], rig.Server.CallsOf(StunMethods.CreatePermission).Select(call => call.Peers.Length));
        Assert.Equal(40, rig.Server.ToPeers.Count);
        Assert.All(rig.Sent, sent => Assert.True(sent.Bytes.Length <= TurnClientLimits.MinTransmitBytes));
    }

    [Fact]
    public void OneForbiddenPeerAmongMany_RefusesOnlyItself()
    {
        var forbidden = TurnRig.Parse("203.0.113.3:7000");
        var server = new ScriptedTurnServer
        {
            Refuse = call => call.Peers.Contains(TurnAddresses.WithoutPort(forbidden)) ? StunErrorCode.Forbidden : null,
        };
        var rig = new TurnRig(server).Allocate();
        for (var i = 1; i <= 5; i++)
        {
            _ = rig.Client.TryWrap(rig.Now, TurnRig.Parse($"203.0.113.{i}:7000"), [(byte)i], new byte[100], out _);
        }

        rig.Run(seconds: 2);

        Assert.Equal([1, 2, 4, 5], rig.Server.ToPeers.Select(sent => (int)sent.Payload[0]).Order());
        Assert.Equal([5, 1, 1, 1, 1, 1], rig.Server.CallsOf(StunMethods.CreatePermission).Select(call => call.Peers.Length));
        Assert.Equal(TurnClientState.Allocated, rig.Client.State);
    }

    [Fact]
    public void ForbiddenPeer_IsAskedForAgainOnlyAfterAMinute()
    {
        var rig = new TurnRig(new ScriptedTurnServer { Refuse = call => call.Peers.Length > 0 ? StunErrorCode.Forbidden : null }).Allocate();
        for (var second = 0; second < 59; second++)
        {
            Assert.False(rig.Send(Peer, "check"));
            rig.Run(seconds: 1);
        }

        Assert.Single(rig.Server.CallsOf(StunMethods.CreatePermission));
        rig.Server.Refuse = null;
        rig.Run(seconds: 2);
        Assert.False(rig.Send(Peer, "late check"));
        rig.Run(seconds: 1);
        Assert.Equal("late check", Text(Assert.Single(rig.Server.ToPeers).Payload));
    }

    [Fact]
    public void PermissionInUse_IsRefreshedEvery240SecondsAndNeverLapses()
    {
        var rig = new TurnRig().Allocate();
        _ = rig.Send(Peer, "first");
        rig.Run(seconds: 1);
        for (var i = 0; i < 360; i++)
        {
            Assert.True(rig.Send(Peer, "data"));
            rig.Run(seconds: 10);
        }

        Assert.Equal(361, rig.Server.ToPeers.Count);
        Assert.Equal(0, rig.Server.Unpermitted);
        Assert.Equal(16, rig.Server.CallsOf(StunMethods.CreatePermission).Count());
    }

    [Fact]
    public void PermissionsThatAreDueTogether_AreRefreshedTogether()
    {
        var rig = new TurnRig().Allocate();
        for (var i = 1; i <= 8; i++)
        {
            _ = rig.Send(TurnRig.Parse($"203.0.113.{i}:7000"), "check");
            rig.Run(seconds: 3);
        }

        rig.Run(seconds: 260);

        var refreshes = rig.Server.CallsOf(StunMethods.CreatePermission).Skip(8).ToArray();
        Assert.Equal(8, Assert.Single(refreshes).Peers.Length);
    }

    [Fact]
    public void PermissionUnusedForTenMinutes_Lapses()
    {
        var rig = new TurnRig().Allocate();
        _ = rig.Send(Peer, "only");
        rig.Run(seconds: 1);
        rig.Run(seconds: 1200);

        // Asked for at 0, refreshed at 240 and 480; at 720 nothing had been sent for ten minutes.
        Assert.Equal(3, rig.Server.CallsOf(StunMethods.CreatePermission).Count());
        Assert.False(rig.Server.HasPermission(rig.Now, Peer));
        Assert.False(rig.Send(Peer, "again"));
        rig.Run(seconds: 1);
        Assert.Equal("again", Text(rig.Server.ToPeers[^1].Payload));
    }

    [Fact]
    public void PermissionUnusedWhenDueAndUsedAgain_IsRefreshedInTime()
    {
        var rig = new TurnRig().Allocate();
        _ = rig.Send(Peer, "only");
        rig.Run(seconds: 1);
        rig.Run(seconds: 755);
        Assert.True(rig.Send(Peer, "again"));
        rig.Run(seconds: 100);
        Assert.True(rig.Send(Peer, "and again"));
        rig.Run(seconds: 1);

        Assert.Equal(0, rig.Server.Unpermitted);
        Assert.Equal(3, rig.Server.ToPeers.Count);
    }

    [Fact]
    public void HeldPayloads_AreBounded()
    {
        var rig = new TurnRig { DelayMs = 400 }.Allocate();
        for (var i = 0; i < 20; i++)
        {
            Assert.False(rig.Send(Peer, $"payload {i}"));
        }

        Assert.False(rig.Send(TurnRig.Parse("203.0.113.51:7000"), new byte[TurnClientLimits.MaxHeldPayloadBytes + 1]));
        rig.Run(seconds: 5);

        Assert.Equal(TurnClientLimits.MaxHeldPerPermission, rig.Server.ToPeers.Count);
        Assert.Equal("payload 0", Text(rig.Server.ToPeers[0].Payload));
    }

    [Fact]
    public void HeldPayloads_AreBoundedOverAllPeers()
    {
        var rig = new TurnRig { DelayMs = 400 }.Allocate();
        for (var i = 0; i < 200; i++)
        {
            _ = rig.Send(TurnRig.Parse($"203.0.113.{i}:7000"), "check");
        }

        rig.Run(seconds: 60);
        Assert.Equal(TurnClientLimits.MaxHeldPayloads, rig.Server.ToPeers.Count);
        _ = rig.Send(TurnRig.Parse("203.0.113.250:7000"), "room again");
        rig.Run(seconds: 5);
        Assert.Equal("room again", Text(rig.Server.ToPeers[^1].Payload));
    }

    [Fact]
    public void Permissions_AreBoundedAndTheOldestUnusedMakesRoom()
    {
        var rig = new TurnRig().Allocate();
        for (var i = 0; i < TurnClientLimits.MaxPermissions + 50; i++)
        {
            _ = rig.Send(TurnRig.Parse($"203.0.{i / 250}.{i % 250}:7000"), "check");
        }

        rig.Run(seconds: 100);
        Assert.Equal(TurnClientLimits.MaxPermissions, rig.Server.CallsOf(StunMethods.CreatePermission).Sum(call => call.Peers.Length));

        _ = rig.Send(Peer, "there is room again");
        rig.Run(seconds: 1);
        Assert.Equal("there is room again", Text(rig.Server.ToPeers[^1].Payload));
    }

    [Theory]
    [InlineData("[2001:db8::50]:7000", false)]
    [InlineData("203.0.113.50:7000", true)]
    public void PeerOfAnotherFamilyOrProtocol_IsDropped(string peer, bool isTcp)
    {
        var rig = new TurnRig().Allocate();
        var address = TurnRig.Parse(peer);

        Assert.False(rig.Send(isTcp ? address.AsTcp() : address, "data"));
        rig.Run(seconds: 1);
        Assert.Empty(rig.Server.CallsOf(StunMethods.CreatePermission));
    }

    [Fact]
    public void Payload_WithoutAllocation_IsDropped()
    {
        var rig = new TurnRig();
        Assert.False(rig.Send(Peer, "before"));
        rig.Allocate();
        rig.Close();
        Assert.False(rig.Send(Peer, "after"));
        rig.Run(seconds: 1);

        Assert.Empty(rig.Server.ToPeers);
        Assert.Empty(rig.Server.CallsOf(StunMethods.CreatePermission));
    }

    [Fact]
    public void EmptyPayload_IsSent()
    {
        var rig = new TurnRig().Allocate();
        _ = rig.Send(Peer, "");
        rig.Run(seconds: 1);
        Assert.True(rig.Send(Peer, ""));
        rig.Run(seconds: 1);

        Assert.Equal(2, rig.Server.ToPeers.Count);
    }

    [Fact]
    public void CreatePermission_AllocationGone_Fails()
    {
        var rig = new TurnRig().Allocate();
        rig.Server.Forget();
        _ = rig.Send(Peer, "check");
        rig.Run(seconds: 1);

        Assert.Equal(TurnClientState.Failed, rig.Client.State);
        Assert.Equal(StunErrorCode.AllocationMismatch, rig.Client.Failure!.Code);
    }

    private static string Text(byte[] payload) => System.Text.Encoding.ASCII.GetString(payload);
}
