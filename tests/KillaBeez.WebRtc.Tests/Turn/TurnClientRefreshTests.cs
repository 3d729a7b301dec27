using KillaBeez.WebRtc.Stun;
using KillaBeez.WebRtc.Turn;

namespace KillaBeez.WebRtc.Tests.Turn;

public sealed class TurnClientRefreshTests
{
    [Theory]
    [InlineData(600u, 540)]
    [InlineData(3600u, 3540)]
    [InlineData(100_000u, 3540)]
    [InlineData(100u, 50)]
    [InlineData(0u, 5)]
    public void Allocation_IsRefreshedAMinuteBeforeItsEndOrAtHalf(uint lifetime, int seconds)
    {
        var rig = new TurnRig(new ScriptedTurnServer { LifetimeSeconds = lifetime }).Allocate();
        var allocated = rig.Now;
        rig.RunUntil(() => rig.Sent[^1].Bytes[1] == 0x04, seconds: 4000);

        Assert.Equal(TimeSpan.FromSeconds(seconds), rig.Now - allocated);
    }

    [Fact]
    public void Allocation_OverAnHour_StaysAliveWithOneRequestPerNineMinutes()
    {
        var rig = new TurnRig().Allocate();
        rig.Run(seconds: 3600);

        Assert.Equal(TurnClientState.Allocated, rig.Client.State);
        Assert.True(rig.Server.IsAllocated);
        Assert.Equal(6, rig.Server.CallsOf(StunMethods.Refresh).Count());
        Assert.Single(rig.Events);
    }

    [Fact]
    public void Refresh_NonceStale_TakesTheNewOne()
    {
        var rig = new TurnRig().Allocate();
        rig.Server.Nonce = "second-nonce";
        rig.Run(seconds: 1200);

        Assert.Equal(["first-nonce", "second-nonce", "second-nonce"], rig.Server.CallsOf(StunMethods.Refresh).Select(call => call.Nonce));
        Assert.Equal(TurnClientState.Allocated, rig.Client.State);
    }

    [Fact]
    public void Refresh_ServerHasRestarted_Fails()
    {
        var rig = new TurnRig().Allocate();
        rig.Server.Forget();
        rig.Run(seconds: 600);

        Assert.Equal(TurnEventKind.Failed, rig.Events[^1].Kind);
        Assert.Equal(StunErrorCode.AllocationMismatch, rig.Client.Failure!.Code);
        Assert.Null(rig.Client.RelayedAddress);
    }

    [Fact]
    public void Verify_ServerHasRestarted_FailsAtOnce()
    {
        var rig = new TurnRig().Allocate();
        rig.Server.Forget();
        rig.Client.Verify(rig.Now);
        rig.Client.Verify(rig.Now);
        rig.Run(seconds: 1);

        Assert.Equal(StunErrorCode.AllocationMismatch, rig.Client.Failure!.Code);
        Assert.Single(rig.Server.CallsOf(StunMethods.Refresh));
    }

    [Fact]
    public void Verify_AllocationStands_GoesOn()
    {
        var rig = new TurnRig().Allocate();
        rig.Client.Verify(rig.Now);
        rig.Run(seconds: 1);

        Assert.Equal(TurnClientState.Allocated, rig.Client.State);
        Assert.Single(rig.Server.CallsOf(StunMethods.Refresh));
    }

    [Fact]
    public void Refresh_ServerIsGone_FailsBeforeTheAllocationEnds()
    {
        var rig = new TurnRig().Allocate();
        var allocated = rig.Now;
        rig.Server.IsSilent = true;
        rig.RunUntil(() => rig.Client.State == TurnClientState.Failed, seconds: 600);

        Assert.Equal(TimeSpan.FromSeconds(540 + 39.5), rig.Now - allocated);
        Assert.Equal(2, rig.Events.Count);
    }

    [Fact]
    public void PermissionRequest_Unanswered_MakesTheServersEndKnownEarly()
    {
        var rig = new TurnRig().Allocate();
        var allocated = rig.Now;
        rig.Server.IsSilent = true;
        _ = rig.Send(TurnRig.Parse("203.0.113.50:7000"), "check");
        rig.RunUntil(() => rig.Client.State == TurnClientState.Failed, seconds: 600);

        Assert.Equal(TimeSpan.FromSeconds(79), rig.Now - allocated);
    }

    [Fact]
    public void IdleAllocation_IsKeptAliveForTheNatEvery15Seconds()
    {
        var rig = new TurnRig().Allocate();
        rig.Run(seconds: 500);

        Assert.Equal(33, rig.Server.Keepalives);
    }

    [Fact]
    public void BusyAllocation_NeedsNoKeepalives()
    {
        var peer = TurnRig.Parse("203.0.113.50:7000");
        var rig = new TurnRig().Allocate();
        for (var i = 0; i < 50; i++)
        {
            _ = rig.Send(peer, "data");
            rig.Run(seconds: 10);
        }

        Assert.Equal(0, rig.Server.Keepalives);
    }
}
