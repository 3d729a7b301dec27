using System.Net;
using KillaBeez.Turn.Tests.Engine;

namespace KillaBeez.Turn.Tests.Abuse;

/// <summary>Where a client must not be able to have data sent.</summary>
public sealed class ForbiddenPeerTests
{
    public static TheoryData<string, string> Forbidden => new()
    {
        { "this network", "0.0.0.0" },
        { "this network, a host", "0.1.2.3" },
        { "private 10/8, first", "10.0.0.0" },
        { "private 10/8, last", "10.255.255.255" },
        { "shared (CGNAT), first", "100.64.0.0" },
        { "shared (CGNAT), last", "100.127.255.255" },
        { "loopback", "127.0.0.1" },
        { "loopback, last", "127.255.255.255" },
        { "link-local", "169.254.1.1" },
        { "cloud metadata", "169.254.169.254" },
        { "private 172.16/12, first", "172.16.0.0" },
        { "private 172.16/12, last", "172.31.255.255" },
        { "protocol assignments", "192.0.0.8" },
        { "documentation 1", "192.0.2.1" },
        { "6to4 relays", "192.88.99.1" },
        { "private 192.168/16", "192.168.1.1" },
        { "benchmarking", "198.19.255.255" },
        { "documentation 2", "198.51.100.1" },
        { "documentation 3", "203.0.113.1" },
        { "multicast, first", "224.0.0.1" },
        { "multicast, last", "239.255.255.255" },
        { "reserved", "240.0.0.1" },
        { "broadcast", "255.255.255.255" },
        { "IPv6 unspecified", "::" },
        { "IPv6 loopback", "::1" },
        { "IPv4-compatible", "::8.8.8.8" },
        { "IPv4-mapped private", "::ffff:10.0.0.1" },
        { "IPv4-mapped public", "::ffff:8.8.8.8" },
        { "NAT64 of a private address", "64:ff9b::10.0.0.1" },
        { "NAT64 of a public address", "64:ff9b::8.8.8.8" },
        { "local NAT64", "64:ff9b:1::8.8.8.8" },
        { "discard", "100::1" },
        { "Teredo", "2001:0:1::1" },
        { "IPv6 benchmarking", "2001:2::1" },
        { "ORCHID", "2001:10::1" },
        { "ORCHIDv2", "2001:20::1" },
        { "IPv6 documentation", "2001:db8::1" },
        { "6to4", "2002:a00:1::1" },
        { "unique local, fc", "fc00::1" },
        { "unique local, fd", "fdff::1" },
        { "IPv6 metadata", "fd00:ec2::254" },
        { "IPv6 link-local", "fe80::1" },
        { "site-local", "fec0::1" },
        { "IPv6 multicast", "ff02::1" },
    };

    public static TheoryData<string> Public => ["8.8.8.8", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.1", "223.255.255.255", "2001:4860::8888", "2a00:1450::1", "2600::1", "2003::1"];

    private static ServerHarness Server(Func<TurnServerOptions, TurnServerOptions>? change = null) => new(o =>
        (change ?? (static x => x))(o with { RelayAddresses = [IPAddress.Parse("45.0.0.1"), IPAddress.Parse("2a00:99::1")] }));

    [Theory]
    [MemberData(nameof(Forbidden))]
    public void Peer_OfAForbiddenKind_Is403ForPermissionsAndChannels(string kind, string address)
    {
        var server = Server();
        var client = AllocatedFor(server, address);
        var peer = EndPoint(address);

        Assert.True(client.Permit(peer)!.Error == 403, kind);
        Assert.True(client.Bind(0x4000, peer)!.Error == 403, kind);
        client.SendTo(peer, 1);
        client.SendOn(0x4000, 1);

        Assert.Empty(server.ToPeers);
        Assert.Equal(2, server.Engine.Counts.PeersForbidden);
    }

    [Theory]
    [MemberData(nameof(Public))]
    public void Peer_NextToAForbiddenKind_IsPermitted(string address)
    {
        var server = Server();
        var client = AllocatedFor(server, address);

        Assert.True(client.Permit(EndPoint(address))!.IsSuccess);
        client.SendTo(EndPoint(address), 1);

        Assert.Single(server.ToPeers);
    }

    [Theory]
    [InlineData("10.0.0.1", true)]
    [InlineData("192.168.1.1", true)]
    [InlineData("127.0.0.1", true)]
    [InlineData("fd12::1", true)]
    [InlineData("169.254.169.254", false)]
    [InlineData("fd00:ec2::254", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData("64:ff9b::10.0.0.1", false)]
    [InlineData("0.0.0.0", false)]
    public void Peer_WherePrivateNetworksAreAllowed_IsPermittedIfItIsOne(string address, bool permitted)
    {
        var client = AllocatedFor(Server(o => o with { AllowedPeerNetworks = TurnPeerNetworks.Private }), address);

        Assert.Equal(permitted, client.Permit(EndPoint(address))!.IsSuccess);
    }

    [Fact]
    public void Peer_OfAnAllowedNetwork_IsPermittedAndItsNeighbourIsNot()
    {
        var client = AllocatedFor(Server(o => o with { AllowedPeerNetworks = [IPNetwork.Parse("10.1.2.0/23")] }), "10.1.2.1");

        Assert.True(client.Permit("10.1.3.255:1")!.IsSuccess);
        Assert.Equal(403, client.Permit("10.1.4.0:1")!.Error);
    }

    [Fact]
    public void Peer_OfADeniedNetwork_Is403EvenIfItIsAllowedToo()
    {
        var client = AllocatedFor(
            Server(o => o with { AllowedPeerNetworks = [IPNetwork.Parse("8.0.0.0/8")], DeniedPeerNetworks = [IPNetwork.Parse("8.8.8.0/24")] }), "8.8.8.8");

        Assert.Equal(403, client.Permit("8.8.8.8:1")!.Error);
        Assert.True(client.Permit("8.8.4.4:1")!.IsSuccess);
    }

    [Fact]
    public void Server_ItsOwnPorts_AreNotReached()
    {
        var server = Server();
        var client = AllocatedFor(server, "45.0.0.1");
        Assert.True(client.Permit("45.0.0.1:0")!.IsSuccess);

        client.SendTo("45.0.0.1:3478", 1);
        client.SendTo("45.0.0.1:22", 1);
        client.SendTo("45.0.0.1:49999", 1);
        client.Bind(0x4000, "45.0.0.1:3478");
        client.SendOn(0x4000, 1);

        Assert.Empty(server.ToPeers);
    }

    [Fact]
    public void Server_ItsOwnAddressBehindA1To1Nat_Is403()
    {
        var server = new ServerHarness(o => o with
        {
            RelayAddresses = [IPAddress.Parse("10.1.1.1")],
            ExternalAddresses = [IPAddress.Parse("46.0.0.1")],
        });
        var client = AllocatedFor(server, "10.1.1.1");

        Assert.Equal(403, client.Permit("10.1.1.1:22")!.Error);
        Assert.Equal(403, client.Permit("45.0.0.1:3478")!.Error);
    }

    [Fact]
    public void Server_ItsListeningPortInAnAllowedNetwork_IsNotReached()
    {
        var server = Server(o => o with { AllowedPeerNetworks = [IPNetwork.Parse("45.0.0.0/24")] });
        var client = AllocatedFor(server, "45.0.0.1");
        client.Permit("45.0.0.1:0");

        client.SendTo("45.0.0.1:3478", 1);
        Assert.Empty(server.ToPeers);
        client.SendTo("45.0.0.1:9999", 1);
        Assert.Single(server.ToPeers);
    }

    private static ScriptedClient AllocatedFor(ServerHarness server, string address)
    {
        var client = new ScriptedClient(server);
        client.Allocate(address.Contains(':', StringComparison.Ordinal)
            ? static (ref KillaBeez.WebRtc.Stun.StunWriter w) => KillaBeez.WebRtc.Turn.RequestedAddressFamilyAttribute.Write(ref w, KillaBeez.WebRtc.Turn.TurnAddressFamily.IPv6)
            : null);
        return client;
    }

    private static string EndPoint(string address) => address.Contains(':', StringComparison.Ordinal) ? $"[{address}]:7" : $"{address}:7";
}
