using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using KillaBeez.NatLab.Install;
using KillaBeez.NatLab.Topology;
using KillaBeez.Tests;

namespace KillaBeez.NatLab.Probes;

/// <summary>Each kind of site is what it is called: a table about what the lab only meant to build would be worth nothing.</summary>
public sealed class SiteKindTests : IAsyncLifetime
{
    private const byte HostNumber = 10;

    private Internet? _internet;

    public async Task InitializeAsync()
    {
        if (await LabRequirements.Missing is null)
        {
            _internet = await Internet.CreateAsync();
        }
    }

    public async Task DisposeAsync()
    {
        if (_internet is not null)
        {
            await _internet.DisposeAsync();
        }
    }

    [SkippableTheory]
    [InlineData(SiteKind.Open, false, true, Dependence.Independent, Dependence.Independent)]
    [InlineData(SiteKind.FullCone, true, true, Dependence.Independent, Dependence.Independent)]
    [InlineData(SiteKind.PortRestricted, true, true, Dependence.Independent, Dependence.AddressAndPort)]
    [InlineData(SiteKind.Symmetric, true, false, Dependence.AddressAndPort, Dependence.AddressAndPort)]
    [InlineData(SiteKind.DoubleNat, true, true, Dependence.Independent, Dependence.AddressAndPort)]
    [InlineData(SiteKind.DualStack, true, true, Dependence.Independent, Dependence.AddressAndPort)]
    public async Task Site_OverIPv4_TranslatesAndFiltersAsItIsCalled(SiteKind kind, bool isTranslated, bool keepsPort, Dependence mapping, Dependence filtering)
    {
        LabRequirements.SkipIf(await LabRequirements.Missing);
        await using var site = await Site.BuildAsync(_internet!, kind, HostNumber);
        using var probe = new NatProbe(_internet!, site, AddressFamily.InterNetwork);

        Assert.Equal(new NatBehaviour(isTranslated, keepsPort, mapping, filtering), await probe.RunAsync());
    }

    [SkippableTheory]
    [InlineData(SiteKind.DualStack)]
    [InlineData(SiteKind.IPv6Only)]
    public async Task Site_OverIPv6_FiltersButDoesNotTranslate(SiteKind kind)
    {
        LabRequirements.SkipIf(await LabRequirements.Missing);
        await using var site = await Site.BuildAsync(_internet!, kind, HostNumber);
        using var probe = new NatProbe(_internet!, site, AddressFamily.InterNetworkV6);

        Assert.Equal(new NatBehaviour(false, true, Dependence.Independent, Dependence.AddressAndPort), await probe.RunAsync());
    }

    [SkippableFact]
    public async Task UdpBlocked_Datagrams_AreDroppedAndTcpGoesThrough()
    {
        LabRequirements.SkipIf(await LabRequirements.Missing);
        await using var site = await Site.BuildAsync(_internet!, SiteKind.UdpBlocked, HostNumber);
        using var server = _internet!.Network.OpenSocket(new IPEndPoint(Internet.FirstServer, 0), ProtocolType.Udp);
        using var host = site.Host.OpenSocket(new IPEndPoint(site.IPv4!, 0), ProtocolType.Udp);

        await host.SendToAsync("?"u8.ToArray(), server.LocalEndPoint!);
        await WaitUntil.HoldsAsync(async () => await DroppedAsync(site) == 1, "the router to drop the datagram");

        Assert.Equal(0, server.Available);
        Assert.Equal(site.Uplink.IPv4, await ConnectOverTcpAsync(site));
    }

    [SkippableTheory]
    [InlineData(SiteKind.PortRestricted)]
    [InlineData(SiteKind.Symmetric)]
    public async Task ForgetMappings_OfAHostThatSends_MakesNewOnes(SiteKind kind)
    {
        LabRequirements.SkipIf(await LabRequirements.Missing);
        await using var site = await Site.BuildAsync(_internet!, kind, HostNumber);
        using var server = _internet!.Network.OpenSocket(new IPEndPoint(Internet.FirstServer, 0), ProtocolType.Udp);
        using var host = site.Host.OpenSocket(new IPEndPoint(site.IPv4!, 0), ProtocolType.Udp);
        var before = await SeenAsync();

        await site.ForgetMappingsAsync();

        // 16 bits of chance: it is not the same again three times.
        IPEndPoint[] after = [await SeenAsync(), await SeenAgainAsync(), await SeenAgainAsync()];
        Assert.Equal(kind == SiteKind.PortRestricted, after.All(before.Equals));

        async Task<IPEndPoint> SeenAgainAsync()
        {
            await site.ForgetMappingsAsync();
            return await SeenAsync();
        }

        async Task<IPEndPoint> SeenAsync()
        {
            await host.SendToAsync("?"u8.ToArray(), server.LocalEndPoint!);
            return (IPEndPoint)(await server.ReceiveFromAsync(new byte[16], server.LocalEndPoint!)).RemoteEndPoint;
        }
    }

    private static async Task<long> DroppedAsync(Site site)
    {
        var json = await site.Router!.RunAsync("nft", ["-j", "list", "counter", "inet", "filter", RouterRules.BlockedCounter]);
        var counter = JsonNode.Parse(json)!["nftables"]!.AsArray().Select(item => item!["counter"]).Single(item => item is not null);
        return (long)counter!["packets"]!;
    }

    private async Task<IPAddress> ConnectOverTcpAsync(Site site)
    {
        using var listener = _internet!.Network.OpenSocket(new IPEndPoint(Internet.FirstServer, 0), ProtocolType.Tcp);
        listener.Listen();
        using var client = site.Host.OpenSocket(new IPEndPoint(site.IPv4!, 0), ProtocolType.Tcp);
        var accepting = listener.AcceptAsync();
        await client.ConnectAsync(listener.LocalEndPoint!);
        using var accepted = await accepting.WaitAsync(Patience.Bound);
        return ((IPEndPoint)accepted.RemoteEndPoint!).Address;
    }
}
