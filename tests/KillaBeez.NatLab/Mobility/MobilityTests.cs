using KillaBeez.NatLab.Install;
using KillaBeez.NatLab.Peers;
using KillaBeez.NatLab.Servers;
using KillaBeez.NatLab.Topology;
using KillaBeez.Tests;

namespace KillaBeez.NatLab.Mobility;

/// <summary>The way between two peers changes while bytes travel on it: every byte arrives all the same.</summary>
public sealed class MobilityTests : IAsyncLifetime
{
    private const int ConnectionId = 1;
    private const int MegabitsPerSecond = 60;
    private const long TransferBytes = 32 * 1024 * 1024;

    /// <summary>Something happens to the path when this much has arrived: much has, and much is still to come.</summary>
    private const long BeforeBytes = 4 * 1024 * 1024;

    private readonly Stack<IAsyncDisposable> _parts = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        while (_parts.TryPop(out var part))
        {
            await part.DisposeAsync();
        }
    }

    /// <summary>As a router does that restarts, or that needs the memory: the host's next datagram gets another port.</summary>
    [SkippableTheory]
    [InlineData(SiteKind.Symmetric, SiteKind.Open)]
    [InlineData(SiteKind.Symmetric, SiteKind.FullCone)]
    public async Task SendersNat_ForgetsItsMappings_NothingIsLost(SiteKind sender, SiteKind receiver)
    {
        LabRequirements.SkipIf(await LabRequirements.Missing);
        var (from, to) = await StartPeersAsync(sender, receiver);

        await TransferAsync(from, to, from.Site.ForgetMappingsAsync, changesFor: to);
    }

    [SkippableTheory]
    [InlineData(SiteKind.Open, SiteKind.Symmetric)]
    [InlineData(SiteKind.FullCone, SiteKind.Symmetric)]
    public async Task ReceiversNat_ForgetsItsMappings_NothingIsLost(SiteKind sender, SiteKind receiver)
    {
        LabRequirements.SkipIf(await LabRequirements.Missing);
        var (from, to) = await StartPeersAsync(sender, receiver);

        await TransferAsync(from, to, to.Site.ForgetMappingsAsync, changesFor: from);
    }

    /// <summary>
    /// The old address is gone, and with it the socket that everything went through. A peer that lets strangers in is
    /// reached from the new address at once.
    /// </summary>
    [SkippableTheory]
    [InlineData(SiteKind.PortRestricted, SiteKind.Open)]
    [InlineData(SiteKind.Symmetric, SiteKind.FullCone)]
    public async Task SendingHost_ChangesItsAddress_NothingIsLost(SiteKind sender, SiteKind receiver)
    {
        LabRequirements.SkipIf(await LabRequirements.Missing);
        var (from, to) = await StartPeersAsync(sender, receiver);

        await TransferAsync(from, to, from.Site.MoveAsync, changesFor: from);
    }

    [SkippableTheory]
    [InlineData(SiteKind.Open, SiteKind.PortRestricted)]
    [InlineData(SiteKind.FullCone, SiteKind.Symmetric)]
    public async Task ReceivingHost_ChangesItsAddress_NothingIsLost(SiteKind sender, SiteKind receiver)
    {
        LabRequirements.SkipIf(await LabRequirements.Missing);
        var (from, to) = await StartPeersAsync(sender, receiver);

        await TransferAsync(from, to, to.Site.MoveAsync, changesFor: to);
    }

    /// <summary>A peer that lets nobody in it has not sent to must be told the new address: the agent asks for an exchange.</summary>
    [SkippableTheory]
    [InlineData(SiteKind.PortRestricted, SiteKind.PortRestricted, true)]
    [InlineData(SiteKind.DualStack, SiteKind.IPv6Only, false)]
    [InlineData(SiteKind.IPv6Only, SiteKind.IPv6Only, true)]
    public async Task Host_ChangesItsAddressAndItsPeerFilters_IsFoundAgainThroughSignalling(SiteKind sender, SiteKind receiver, bool isSenderMoving)
    {
        LabRequirements.SkipIf(await LabRequirements.Missing);
        var (from, to) = await StartPeersAsync(sender, receiver);
        var moving = isSenderMoving ? from : to;

        await TransferAsync(from, to, moving.Site.MoveAsync, changesFor: moving, isSignalled: true);
    }

    private async Task<(LabPeer From, LabPeer To)> StartPeersAsync(SiteKind sender, SiteKind receiver)
    {
        var internet = Own(await Internet.CreateAsync());
        var servers = Own(IceServers.Create(internet));
        await servers.StartAsync(IceService.StunOnly);
        var from = Own(await Site.BuildAsync(internet, sender, 10));
        var to = Own(await Site.BuildAsync(internet, receiver, 20));
        await from.LimitRateAsync(MegabitsPerSecond);
        return (
            Own(await LabPeer.StartAsync(from, IceServers.Options(IceService.StunOnly, from))),
            Own(await LabPeer.StartAsync(to, IceServers.Options(IceService.StunOnly, to))));
    }

    /// <summary>Connects the peers, transfers, lets something happen meanwhile, and looks at what came of it.</summary>
    private static async Task TransferAsync(LabPeer from, LabPeer to, Func<Task> happening, LabPeer changesFor, bool isSignalled = false)
    {
        var link = await PeerLink.ConnectAsync(ConnectionId, from, to, Patience.Bound);
        var before = await PathAsync();
        var sending = link.SendAsync(TransferBytes, Patience.Bound);
        await WaitUntil.HoldsAsync(async () => (await link.StatsAsync(to)).BytesReceived >= BeforeBytes, "the transfer to be under way");
        Assert.False(sending.IsCompleted);

        await happening();
        if (isSignalled)
        {
            await link.RestartAsync(changesFor, Patience.Bound);
        }

        var sent = await sending;
        Assert.True(sent.Bytes >= TransferBytes);
        Assert.Equal(sent.Bytes, sent.Got);
        Assert.NotEqual(before, await PathAsync());

        async Task<(string?, string?)> PathAsync()
        {
            var stats = await link.StatsAsync(changesFor);
            return (stats.LocalAddress, stats.RemoteAddress);
        }
    }

    private T Own<T>(T part)
        where T : IAsyncDisposable
    {
        _parts.Push(part);
        return part;
    }
}
