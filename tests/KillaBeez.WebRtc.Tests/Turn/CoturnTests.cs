using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using KillaBeez.Tests;
using KillaBeez.WebRtc.Stun;
using KillaBeez.WebRtc.Turn;

namespace KillaBeez.WebRtc.Tests.Turn;

/// <summary>Our client against coturn, as Debian ships it, on loopback.</summary>
public sealed class CoturnTests
{
    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void Allocate_GivesTheAddressesAndCloseGivesThemBack(bool overTcp)
    {
        using var server = CoturnServer.Start(IPAddress.Loopback);
        using var client = new LiveTurnClient(server, overTcp).Allocate();

        Assert.Equal(IPAddress.Loopback, client.Client.RelayedAddress!.Value.Address);
        Assert.Equal(overTcp ? client.Local.AsTcp() : client.Local, client.Client.MappedAddress);
        Assert.Equal([new TurnEvent(TurnEventKind.Allocated)], client.Events);
        client.Close();
        Assert.Equal(TurnClientState.Closed, client.Client.State);
    }

    [SkippableTheory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public void TwoAllocations_CarryDataBothWaysOnChannels(bool oneOverTcp, bool otherOverTcp)
    {
        using var server = CoturnServer.Start(IPAddress.Loopback);
        using var one = new LiveTurnClient(server, oneOverTcp).Allocate();
        using var other = new LiveTurnClient(server, otherOverTcp).Allocate();
        var oneAddress = one.Client.RelayedAddress!.Value;
        var otherAddress = other.Client.RelayedAddress!.Value;

        // The first payloads may meet a relay that does not permit the sender yet, as first checks do.
        var isOneBound = false;
        var isOtherBound = false;
        LiveTurnClient.RunUntil(
            () =>
            {
                isOneBound = one.Send(otherAddress, [1]) || isOneBound;
                isOtherBound = other.Send(oneAddress, [2]) || isOtherBound;
                return isOneBound && isOtherBound && one.Received.Any(r => r.OnChannel) && other.Received.Any(r => r.OnChannel);
            },
            one,
            other);

        foreach (var size in new[] { 0, 1, 2, 3, 4, 5, 1200, 1400 })
        {
            one.Received.Clear();
            other.Received.Clear();
            var payload = new byte[size];
            new SeededRandomSource((ulong)size).Fill(payload);
            LiveTurnClient.RunUntil(
                () =>
                {
                    // UDP may lose one even on loopback when the machine is busy.
                    Assert.True(one.Send(otherAddress, payload));
                    Assert.True(other.Send(oneAddress, payload));
                    return IsThere(one, otherAddress, payload) && IsThere(other, oneAddress, payload);
                },
                one,
                other);
        }

        static bool IsThere(LiveTurnClient client, TransportAddress from, byte[] payload) =>
            client.Received.Any(r => r.OnChannel && r.Peer == from && r.Payload.AsSpan().SequenceEqual(payload));
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void WrongPassword_Fails(bool overTcp)
    {
        using var server = CoturnServer.Start(IPAddress.Loopback);
        using var client = new LiveTurnClient(server, overTcp, options => options with { Password = "wrong" });
        LiveTurnClient.RunUntil(() => client.Client.State == TurnClientState.Failed, client);

        Assert.Equal(StunErrorCode.Unauthenticated, client.Client.Failure!.Code);
        Assert.Equal(2, client.Sent.Count);
    }

    [SkippableFact]
    public void SecondAllocationOnOneSocket_AsksForANewSocketUntilTheFirstIsGivenBack()
    {
        using var server = CoturnServer.Start(IPAddress.Loopback);
        using var socket = LiveTurnClient.Connect(server, overTcp: false);
        using var first = new LiveTurnClient(server, overTcp: false, socket: socket).Allocate();
        using var second = new LiveTurnClient(server, overTcp: false, socket: socket);
        LiveTurnClient.RunUntil(() => second.Events.Count > 0, second);
        Assert.Equal([new TurnEvent(TurnEventKind.NeedsNewSocket)], second.Events);

        first.Close();

        // coturn forgets the first one about a second later, and not while requests keep coming: one try each half second.
        var clock = Stopwatch.StartNew();
        var tries = 0;
        TurnClientState state;
        do
        {
            Assert.True(tries++ < 60, "the first allocation was not given back");
            LiveTurnClient.RunUntil(() => clock.ElapsedMilliseconds >= 500 * tries, first);
            using var third = new LiveTurnClient(server, overTcp: false, socket: socket);
            LiveTurnClient.RunUntil(() => third.Client.State != TurnClientState.Allocating, third);
            state = third.Client.State;
        }
        while (state != TurnClientState.Allocated);
    }

    [SkippableFact]
    public void ForbiddenPeer_RefusesOnlyItself()
    {
        using var server = CoturnServer.Start(IPAddress.Loopback, "--denied-peer-ip=127.0.0.66");
        using var client = new LiveTurnClient(server, overTcp: false).Allocate();
        using var peer = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        peer.Bind(new IPEndPoint(IPAddress.Loopback, 0));

        // Both are in one request, which coturn refuses as a whole.
        _ = client.Client.TryWrap(Instant.Zero, TurnRig.Parse("127.0.0.66:7000"), [6], new byte[100], out _);
        _ = client.Send(TransportAddress.From((IPEndPoint)peer.LocalEndPoint!), [1, 2, 3]);
        LiveTurnClient.RunUntil(() => peer.Poll(0, SelectMode.SelectRead), client);

        var buffer = new byte[100];
        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
        Assert.Equal(3, peer.ReceiveFrom(buffer, ref from));
        Assert.Equal(client.Client.RelayedAddress, TransportAddress.From((IPEndPoint)from));
        Assert.Equal(TurnClientState.Allocated, client.Client.State);
    }

    [SkippableFact]
    public void Quota_IsNamed()
    {
        using var server = CoturnServer.Start(IPAddress.Loopback, "--user-quota=1");
        using var first = new LiveTurnClient(server, overTcp: false).Allocate();
        using var second = new LiveTurnClient(server, overTcp: false);
        LiveTurnClient.RunUntil(() => second.Client.State == TurnClientState.Failed, second);

        Assert.Equal(StunErrorCode.AllocationQuotaReached, second.Client.Failure!.Code);
    }

    [SkippableFact]
    public void StaleNonce_IsRenewedInTheMiddle()
    {
        using var server = CoturnServer.Start(IPAddress.Loopback, "--stale-nonce=1");
        using var client = new LiveTurnClient(server, overTcp: false).Allocate();
        using var peer = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        peer.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var peerAddress = TransportAddress.From((IPEndPoint)peer.LocalEndPoint!);

        // Every 20 ms another address asks for a permission, until the nonce has run out and was renewed.
        var clock = Stopwatch.StartNew();
        var asked = 0;
        LiveTurnClient.RunUntil(
            () =>
            {
                if (clock.ElapsedMilliseconds > 20 * asked && asked < 250)
                {
                    asked++;
                    _ = client.Send(TurnRig.Parse($"127.0.0.{asked}:9"), [1]);
                }

                return NoncesOf(client).Count > 1;
            },
            client);

        LiveTurnClient.RunUntil(
            () =>
            {
                _ = client.Send(peerAddress, [1, 2, 3]);
                return peer.Poll(0, SelectMode.SelectRead);
            },
            client);
        Assert.Equal(TurnClientState.Allocated, client.Client.State);
    }

    [SkippableFact]
    public void TryAlternate_NamesTheOtherServer()
    {
        using var server = CoturnServer.Start(IPAddress.Loopback, "--alternate-server=127.0.0.1:4000");
        using var client = new LiveTurnClient(server, overTcp: false);
        LiveTurnClient.RunUntil(() => client.Events.Count > 0, client);

        Assert.Equal([new TurnEvent(TurnEventKind.TryAlternate, TurnRig.Parse("127.0.0.1:4000"))], client.Events);
    }

    [SkippableFact]
    public void IPv6Allocation_IsGiven()
    {
        Skip.IfNot(Socket.OSSupportsIPv6, "there is no IPv6");
        using var server = CoturnServer.Start(IPAddress.IPv6Loopback);
        using var client = new LiveTurnClient(server, overTcp: false, options => options with { RequestIPv6 = true }).Allocate();

        Assert.Equal(IPAddress.IPv6Loopback, client.Client.RelayedAddress!.Value.Address);
    }

    [SkippableFact]
    public void Binding_ShowsTheSocketsAddress()
    {
        using var server = CoturnServer.Start(IPAddress.Loopback);
        using var socket = LiveTurnClient.Connect(server, overTcp: false);
        var client = new StunBindingClient(server.Address, SystemRandomSource.Instance);
        client.Start();
        var buffer = new byte[2048];
        Assert.True(client.TryPollTransmit(Instant.Zero, buffer, out var written));
        _ = socket.Send(buffer.AsSpan(0, written));
        Assert.True(socket.Poll(Patience.Bound, SelectMode.SelectRead));
        Assert.True(client.HandleMessage(Instant.Zero, server.Address, buffer.AsSpan(0, socket.Receive(buffer))));

        Assert.Equal(TransportAddress.From((IPEndPoint)socket.LocalEndPoint!), client.MappedAddress);
    }

    private static HashSet<string> NoncesOf(LiveTurnClient client)
    {
        var nonces = new HashSet<string>();
        foreach (var bytes in client.Sent)
        {
            if (StunMessage.TryParse(bytes, out var message, out _) && message.TryGet(StunAttributeType.Nonce, out var nonce))
            {
                _ = nonces.Add(Convert.ToHexString(nonce));
            }
        }

        return nonces;
    }
}
