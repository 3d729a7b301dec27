using KillaBeez.NatLab.Install;
using KillaBeez.NatLab.Peers;
using KillaBeez.NatLab.Servers;
using KillaBeez.NatLab.Topology;
using KillaBeez.Tests;

namespace KillaBeez.NatLab.Matrix;

/// <summary>The ways that the matrix leaves open: each way to a relay by itself, and TCP from peer to peer.</summary>
public sealed class TransportTests : IAsyncLifetime
{
    private const int ConnectionId = 1;
    private const long TransferBytes = 1024 * 1024;

    private readonly Stack<IAsyncDisposable> _parts = [];

    public static TheoryData<IceService, RelayTransport> Relays
    {
        get
        {
            var relays = new TheoryData<IceService, RelayTransport>();
            foreach (var transport in Enum.GetValues<RelayTransport>())
            {
                relays.Add(IceService.Coturn, transport);
                relays.Add(IceService.KillaBeezTurn, transport);
            }

            return relays;
        }
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        while (_parts.TryPop(out var part))
        {
            await part.DisposeAsync();
        }
    }

    /// <summary>Each peer hides every address of its own, so the bytes go through a relay at both ends.</summary>
    [SkippableTheory]
    [MemberData(nameof(Relays))]
    public async Task RelayOnly_EachWayToTheServer_CarriesEveryByteAndShowsNoOtherAddress(IceService service, RelayTransport transport)
    {
        LabRequirements.SkipIf(await LabRequirements.Missing ?? await IceServers.MissingAsync(service));
        var internet = Own(await Internet.CreateAsync());
        await Own(IceServers.Create(internet)).StartAsync(service);
        var one = Own(await Site.BuildAsync(internet, SiteKind.Open, 10));
        var other = Own(await Site.BuildAsync(internet, SiteKind.PortRestricted, 20));

        var link = await PeerLink.ConnectAsync(
            ConnectionId,
            Own(await LabPeer.StartAsync(one, IceServers.RelayOptions(service, transport, one))),
            Own(await LabPeer.StartAsync(other, IceServers.RelayOptions(service, transport, other))),
            Patience.Bound);

        Assert.Equal(new PeerPath("relay", "relay", IsTcp: false), await link.PathAsync());
        Assert.All(link.Descriptions, sdp => Assert.DoesNotContain($"{one.IPv4}", sdp, StringComparison.Ordinal));
        Assert.All(link.Descriptions, sdp => Assert.DoesNotContain($"{other.IPv4}", sdp, StringComparison.Ordinal));
        Assert.All(link.Descriptions, sdp => Assert.DoesNotContain($"{other.Uplink.IPv4}", sdp, StringComparison.Ordinal));
        var sent = await link.SendAsync(TransferBytes, Patience.Bound);
        Assert.Equal(sent.Bytes, sent.Got);
    }

    /// <summary>Without any server: one side awaits TCP at a public address (RFC 6544), the other gets no UDP out.</summary>
    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task UdpBlocked_PeerThatAwaitsTcp_IsReachedOverTcp(bool isBlockedOffering)
    {
        LabRequirements.SkipIf(await LabRequirements.Missing);
        var internet = Own(await Internet.CreateAsync());
        var blocked = Own(await LabPeer.StartAsync(Own(await Site.BuildAsync(internet, SiteKind.UdpBlocked, 10)), []));
        var open = Own(await LabPeer.StartAsync(Own(await Site.BuildAsync(internet, SiteKind.Open, 20)), ["--tcp-port", "0"]));
        var (offerer, answerer) = isBlockedOffering ? (blocked, open) : (open, blocked);

        var link = await PeerLink.ConnectAsync(ConnectionId, offerer, answerer, Patience.Bound);

        Assert.Equal(
            isBlockedOffering ? new PeerPath("prflx", "host", IsTcp: true) : new PeerPath("host", "prflx", IsTcp: true),
            await link.PathAsync());
        var sent = await link.SendAsync(TransferBytes, Patience.Bound);
        Assert.Equal(sent.Bytes, sent.Got);
    }

    private T Own<T>(T part)
        where T : IAsyncDisposable
    {
        _parts.Push(part);
        return part;
    }
}
