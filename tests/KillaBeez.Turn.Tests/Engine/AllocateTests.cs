using KillaBeez.WebRtc.Stun;
using KillaBeez.WebRtc.Turn;

namespace KillaBeez.Turn.Tests.Engine;

public sealed class AllocateTests
{
    private readonly ServerHarness _server = new();

    [Fact]
    public void Allocate_WithCredentials_GivesRelayedAndMappedAddressAndLifetime()
    {
        var client = new ScriptedClient(_server);

        var answer = client.Allocate();

        Assert.Equal(Assert.Single(_server.Relays).Value, answer.Relayed);
        Assert.Equal(client.Tuple.Client, answer.Mapped);
        Assert.Equal(600u, answer.Lifetime);
        Assert.True(answer.IsProtectedBy(client.Key));
        Assert.False(answer.HasFingerprint);
    }

    [Fact]
    public void Allocate_Fingerprinted_IsAnsweredSo()
    {
        var client = new ScriptedClient(_server);
        client.Greet();

        var answer = client.Send(client.Build(StunMessageType.AllocateRequest, client.NextTransaction(), ScriptedClient.AddUdp, withFingerprint: true));

        Assert.True(answer!.IsSuccess);
        Assert.True(answer.HasFingerprint);
    }

    [Fact]
    public void Allocate_Retransmitted_GetsTheSameAddressAndNoSecondRelay()
    {
        var client = new ScriptedClient(_server);
        client.Greet();
        var request = client.Build(StunMessageType.AllocateRequest, client.NextTransaction(), ScriptedClient.AddUdp);

        var first = client.Send(request)!;
        _server.Pass(TimeSpan.FromSeconds(2));
        var second = client.Send(request)!;

        Assert.Equal(first.Relayed, second.Relayed);
        Assert.Equal(first.TransactionId, second.TransactionId);
        Assert.Equal(598u, second.Lifetime);
        Assert.Single(_server.Relays);
    }

    [Fact]
    public void Allocate_OnA5TupleThatHasOne_Is437()
    {
        var client = new ScriptedClient(_server);
        client.Allocate();

        Assert.Equal(437, client.TryAllocate()!.Error);
    }

    [Fact]
    public void Allocate_WithoutTransport_Is400()
    {
        var client = new ScriptedClient(_server);
        client.Greet();

        Assert.Equal(400, client.Request(StunMessageType.AllocateRequest)!.Error);
    }

    [Fact]
    public void Allocate_ForTcpPeers_Is442()
    {
        var client = new ScriptedClient(_server);
        client.Greet();

        var answer = client.Request(StunMessageType.AllocateRequest, static (ref StunWriter w) => RequestedTransportAttribute.Write(ref w, 6));

        Assert.Equal(442, answer!.Error);
        Assert.True(answer.IsProtectedBy(client.Key));
    }

    [Theory]
    [InlineData(TurnAddressFamily.IPv6)]
    [InlineData((TurnAddressFamily)7)]
    public void Allocate_OfAFamilyThatTheServerHasNot_Is440(object family)
    {
        var client = new ScriptedClient(_server);
        client.Greet();

        Assert.Equal(440, client.TryAllocate((ref StunWriter w) => RequestedAddressFamilyAttribute.Write(ref w, (TurnAddressFamily)family))!.Error);
    }

    [Fact]
    public void Allocate_OfIPv6_GetsTheIPv6Relay()
    {
        var server = new ServerHarness(o => o with { RelayAddresses = [.. o.RelayAddresses, System.Net.IPAddress.Parse("2a00:1::1")] });
        var client = new ScriptedClient(server);
        client.Greet();

        var answer = client.TryAllocate(static (ref StunWriter w) => RequestedAddressFamilyAttribute.Write(ref w, TurnAddressFamily.IPv6))!;

        Assert.True(answer.IsSuccess);
        Assert.True(answer.Relayed!.Value.IsIPv6);
    }

    [Fact]
    public void Allocate_WithAnAdditionalFamily_GetsOneAndIsToldThatTheOtherIsNotThere()
    {
        var client = new ScriptedClient(_server);
        client.Greet();

        var answer = client.TryAllocate(static (ref StunWriter w) => AdditionalAddressFamilyAttribute.Write(ref w, TurnAddressFamily.IPv6))!;

        Assert.True(answer.IsSuccess);
        Assert.Equal(440, answer.AdditionalFamilyError);
    }

    [Fact]
    public void Allocate_WithBothFamilyAttributes_Is400()
    {
        var client = new ScriptedClient(_server);
        client.Greet();

        var answer = client.TryAllocate(static (ref StunWriter w) =>
        {
            RequestedAddressFamilyAttribute.Write(ref w, TurnAddressFamily.IPv4);
            AdditionalAddressFamilyAttribute.Write(ref w, TurnAddressFamily.IPv6);
        });

        Assert.Equal(400, answer!.Error);
    }

    [Fact]
    public void Allocate_WithEvenPort_GetsAnEvenPort()
    {
        foreach (var port in new[] { 4000, 4001, 4002 })
        {
            var client = new ScriptedClient(_server, $"9.0.0.1:{port}");
            var answer = client.Allocate(static (ref StunWriter w) => EvenPortAttribute.Write(ref w, reserveNext: false));
            Assert.Equal(0, answer.Relayed!.Value.Port % 2);
        }
    }

    [Fact]
    public void Allocate_ReservingAPort_Is508()
    {
        var client = new ScriptedClient(_server);
        client.Greet();

        Assert.Equal(508, client.TryAllocate(static (ref StunWriter w) => EvenPortAttribute.Write(ref w, reserveNext: true))!.Error);
    }

    [Fact]
    public void Allocate_WithAReservationToken_Is508()
    {
        var client = new ScriptedClient(_server);
        client.Greet();

        Assert.Equal(508, client.TryAllocate(static (ref StunWriter w) => ReservationTokenAttribute.Write(ref w, 1))!.Error);
    }

    [Fact]
    public void Allocate_WithDontFragment_IsUnderstood()
    {
        var client = new ScriptedClient(_server);

        client.Allocate(static (ref StunWriter w) => DontFragmentAttribute.Write(ref w));
    }

    [Fact]
    public void Allocate_WithAnUnknownRequiredAttribute_Is420AndNamesIt()
    {
        var client = new ScriptedClient(_server);
        client.Greet();

        var answer = client.TryAllocate(static (ref StunWriter w) => w.Write((StunAttributeType)0x7FFE, [1, 2, 3, 4]))!;

        Assert.Equal(420, answer.Error);
        Assert.Equal([0x7FFE], answer.Unknown);
        Assert.Empty(_server.Relays);
    }

    [Fact]
    public void Allocate_WithoutAFreePort_Is508AndLeavesNothing()
    {
        _server.FreePorts = 0;
        var client = new ScriptedClient(_server);
        client.Greet();

        var answer = client.TryAllocate()!;

        Assert.Equal(508, answer.Error);
        Assert.True(answer.IsProtectedBy(client.Key));
        Assert.Equal(0, _server.Engine.AllocationCount);

        _server.FreePorts = 1;
        Assert.True(client.TryAllocate()!.IsSuccess);
    }

    [Theory]
    [InlineData(0u, 600u)]
    [InlineData(30u, 600u)]
    [InlineData(1_800u, 1_800u)]
    [InlineData(uint.MaxValue, 3_600u)]
    public void Allocate_Lifetime_LiesBetweenDefaultAndMaximum(uint asked, uint granted)
    {
        var client = new ScriptedClient(_server);

        Assert.Equal(granted, client.Allocate((ref StunWriter w) => LifetimeAttribute.Write(ref w, asked)).Lifetime);
    }

    [Fact]
    public void Allocation_NotRefreshed_EndsAndClosesItsRelay()
    {
        var client = new ScriptedClient(_server);
        client.Allocate();

        _server.Pass(TimeSpan.FromSeconds(599));
        Assert.Single(_server.Relays);
        _server.Pass(TimeSpan.FromSeconds(3));

        Assert.Empty(_server.Relays);
        Assert.Equal(437, client.Refresh()!.Error);
    }

    [Fact]
    public void Refresh_PutsTheEndOff()
    {
        var client = new ScriptedClient(_server);
        client.Allocate();
        _server.Pass(TimeSpan.FromSeconds(500));

        var answer = client.Refresh(1_000)!;

        Assert.Equal(1_000u, answer.Lifetime);
        _server.Pass(TimeSpan.FromSeconds(990));
        Assert.Single(_server.Relays);
    }

    [Fact]
    public void Refresh_ToZero_EndsTheAllocationAndANewOneMayFollow()
    {
        var client = new ScriptedClient(_server);
        client.Allocate();

        var answer = client.Refresh(0)!;

        Assert.True(answer.IsSuccess);
        Assert.Equal(0u, answer.Lifetime);
        Assert.Empty(_server.Relays);
        Assert.True(client.TryAllocate()!.IsSuccess);
    }

    [Fact]
    public void Refresh_WithoutAllocation_Is437()
    {
        var client = new ScriptedClient(_server);
        client.Greet();

        Assert.Equal(437, client.Refresh()!.Error);
    }

    [Fact]
    public void Refresh_OfAnotherFamily_Is443()
    {
        var client = new ScriptedClient(_server);
        client.Allocate();

        var answer = client.Request(StunMessageType.RefreshRequest, static (ref StunWriter w) => RequestedAddressFamilyAttribute.Write(ref w, TurnAddressFamily.IPv6));

        Assert.Equal(443, answer!.Error);
        Assert.Single(_server.Relays);
    }

    [Fact]
    public void Engine_WithoutAnything_WantsNoTimeout()
    {
        Assert.Equal(Instant.Never, _server.Engine.NextTimeout);

        var client = new ScriptedClient(_server);
        client.Allocate();
        client.Refresh(0);
        _server.Pass(TimeSpan.FromMinutes(3));

        Assert.Equal(Instant.Never, _server.Engine.NextTimeout);
    }

    [Fact]
    public void Allocate_BehindA1To1Nat_ShowsTheExternalAddressWithTheSamePort()
    {
        var server = new ServerHarness(o => o with
        {
            RelayAddresses = [System.Net.IPAddress.Parse("10.1.1.1")],
            ExternalAddresses = [System.Net.IPAddress.Parse("45.0.0.1")],
        });
        var client = new ScriptedClient(server);

        var answer = client.Allocate();

        var local = Assert.Single(server.Relays).Value;
        Assert.Equal(ServerHarness.Parse($"45.0.0.1:{local.Port}"), answer.Relayed);
    }
}
