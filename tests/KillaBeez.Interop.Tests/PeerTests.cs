using KillaBeez.Interop.Tests.Agents;
using KillaBeez.Interop.Tests.Matrix;
using KillaBeez.Tests;
using KillaBeez.WebRtc.PeerConnections;

namespace KillaBeez.Interop.Tests;

/// <summary>The matrix against one foreign stack; a class per stack names it.</summary>
public abstract class PeerTests(PeerFixture peer)
{
    private const int ManyChannels = 10;
    private const int BulkMessageBytes = 16 * 1024;
    private protected const long BulkBytes = 64L * 1024 * 1024;

    /// <summary>Every kind of channel, opened by either side, carries every size as text and as binary, both ways.</summary>
    [SkippableTheory]
    [InlineData(Offerer.We, Signalling.Complete)]
    [InlineData(Offerer.We, Signalling.Trickle)]
    [InlineData(Offerer.They, Signalling.Complete)]
    [InlineData(Offerer.They, Signalling.Trickle)]
    public async Task Echo_EveryKindSizeAndType_ComesBackUnchanged(Offerer offerer, Signalling signalling)
    {
        await using var link = await PeerLink.ConnectAsync(peer.Require(), peer.Endpoint, offerer, signalling);
        var result = new MatrixResult();
        foreach (var kind in ChannelKind.All)
        {
            result.Add(await EchoAsync(link, kind, isTheirs: false));
            result.Add(await EchoAsync(link, kind, isTheirs: true));
        }

        InteropTable.Current.Record(peer.Name, InteropTable.Matrix(offerer, signalling), result.Passed, result.Total, result.NotApplicable);
        Assert.Empty(result.Failures);
    }

    [SkippableFact]
    public Task Close_ChannelByUs_BothSidesSeeIt() => ClosingAsync(async link =>
    {
        var channel = await link.OpenAsync("ours", ChannelKind.Reliable);
        channel.Raw.Close();
        await link.ExpectAsync("chclosed", "ours");
        await channel.ClosesAsync();
        await AssertWorksAsync(link.First);
    });

    [SkippableFact]
    public Task Close_ChannelByThem_BothSidesSeeIt() => ClosingAsync(async link =>
    {
        var channel = await link.OpenAsync("ours", ChannelKind.Reliable);
        link.Send("closechannel", ("label", "ours"));
        await channel.ClosesAsync();
        await link.ExpectAsync("chclosed", "ours");
        await AssertWorksAsync(link.First);
    });

    /// <summary>The stream of a closed channel is used again.</summary>
    [SkippableFact]
    public Task Close_ChannelAndOpenAnother_ItWorks() => ClosingAsync(async link =>
    {
        var first = await link.OpenAsync("one", ChannelKind.Reliable);
        first.Raw.Close();
        await link.ExpectAsync("chclosed", "one");
        await first.ClosesAsync();
        await AssertWorksAsync(await link.OpenAsync("two", ChannelKind.Reliable));
        await AssertWorksAsync(await link.AcceptAsync("three", ChannelKind.Reliable));
    });

    [SkippableFact]
    public Task Close_ConnectionByUs_TheySeeIt() => ClosingAsync(async link =>
    {
        await link.Connection.DisposeAsync();
        await link.ExpectAsync("chclosed", "first");
    });

    [SkippableFact]
    public Task Close_ConnectionByThem_WeSeeIt() => ClosingAsync(async link =>
    {
        link.Send("close");
        if (peer.SilentClose is { } reason)
        {
            InteropTable.Current.Note(peer.Name, reason);
            await link.ReachesAsync(PeerConnectionState.Disconnected);
            return;
        }

        await link.First.ClosesAsync();
    });

    [SkippableFact]
    public async Task TenChannels_AtOnce_AllWork()
    {
        await using var link = await PeerLink.ConnectAsync(peer.Require(), peer.Endpoint);
        var result = new MatrixResult();
        var opening = Enumerable.Range(0, ManyChannels).Select(i => i % 2 == 0
            ? link.OpenAsync($"ours {i}", ChannelKind.Reliable)
            : link.AcceptAsync($"theirs {i}", ChannelKind.Reliable));
        var channels = await Task.WhenAll(opening);
        foreach (var each in await Task.WhenAll(channels.Select(channel => EchoMatrix.RunAsync(channel, ChannelKind.Reliable, IsApplicable, limit: BulkMessageBytes))))
        {
            result.Add(each);
        }

        InteropTable.Current.Record(peer.Name, InteropTable.TenChannels, result.Passed, result.Total, result.NotApplicable);
        Assert.Empty(result.Failures);
    }

    [SkippableFact]
    public async Task Bulk_SixtyFourMiBEachWayAtOnce_ArrivesInOrder()
    {
        var agent = Begin(InteropTable.Bulk, cells: 1);
        await using var link = await PeerLink.ConnectAsync(agent, peer.Endpoint);
        using var bound = new CancellationTokenSource(Patience.ForMuch);
        var arrived = await TransferAsync(link, BulkBytes, bound.Token);
        InteropTable.Current.Record(peer.Name, InteropTable.Bulk, arrived == (BulkBytes, BulkBytes) ? 1 : 0, 0);
        Assert.Equal((BulkBytes, BulkBytes), arrived);
    }

    /// <summary>Sends much both ways at once through a bad path, which must have been one.</summary>
    private protected async Task TransferThroughAsync(PathFaults faults, string column, long bytes, Func<PathRelay, int> suffered)
    {
        var agent = Begin(column, cells: 1);
        await using var relay = new PathRelay(faults, seed: 1);
        await using var link = await PeerLink.ConnectAsync(agent, peer.Endpoint, relay: relay);
        using var bound = new CancellationTokenSource(Patience.ForMuch);
        var arrived = await TransferAsync(link, bytes, bound.Token);
        InteropTable.Current.Record(peer.Name, column, arrived == (bytes, bytes) ? 1 : 0, 0);
        Assert.InRange(suffered(relay), 50, int.MaxValue);
        Assert.Equal((bytes, bytes), arrived);
    }

    /// <summary>Both sides have offered at once; we take our offer back and answer.</summary>
    [SkippableFact]
    public Task Glare_WeGiveWay_BothSidesChannelsWork() => GlareAsync(Offerer.We);

    private protected async Task GlareAsync(Offerer polite)
    {
        var agent = Begin(InteropTable.Glare, cells: 1);
        await using var link = await PeerLink.ConnectInGlareAsync(agent, peer.Endpoint, polite);
        await AssertWorksAsync(link.First);
        await AssertWorksAsync(await link.AcceptedAsync("theirs"));
        InteropTable.Current.Record(peer.Name, InteropTable.Glare, 1, 0);
    }

    /// <summary>Sends much both ways at once; returns how many bytes arrived there and here, in order and once.</summary>
    private static async Task<(long There, long Here)> TransferAsync(PeerLink link, long bytes, CancellationToken cancellationToken)
    {
        link.Send("send", ("label", "first"), ("size", BulkMessageBytes), ("total", bytes), ("numbered", true), ("maxSec", Patience.ForMuch.TotalSeconds));
        var there = await link.First.SendManyAsync(BulkMessageBytes, bytes, cancellationToken);
        var sent = await link.ExpectAsync("sent", "first", Patience.ForMuch);
        return (there, sent.Number("got") ?? 0);
    }

    /// <summary>The path is chosen anew under a running transfer, which notices nothing.</summary>
    private protected async Task RestartIceAsync(Offerer by)
    {
        var agent = Begin(InteropTable.IceRestart, cells: 1);
        await using var link = await PeerLink.ConnectAsync(agent, peer.Endpoint);
        using var bound = new CancellationTokenSource(Patience.ForMuch);
        var before = Ufrag(link);
        var transfer = TransferAsync(link, BulkBytes, bound.Token);
        await link.RestartIceAsync(by, bound.Token);
        Assert.False(transfer.IsCompleted);
        var arrived = await transfer;
        var isRight = arrived == (BulkBytes, BulkBytes) && Ufrag(link) != before;
        InteropTable.Current.Record(peer.Name, InteropTable.IceRestart, isRight ? 1 : 0, 0);
        Assert.Equal((BulkBytes, BulkBytes), arrived);
        Assert.NotEqual(before, Ufrag(link));
    }

    /// <summary>The peer says no to our restart under a running transfer; we take the offer back.</summary>
    private protected async Task TakeIceRestartBackAsync()
    {
        var agent = Begin(InteropTable.IceRestart, cells: 1);
        await using var link = await PeerLink.ConnectAsync(agent, peer.Endpoint);
        using var bound = new CancellationTokenSource(Patience.ForMuch);
        var before = Ufrag(link);
        var transfer = TransferAsync(link, BulkBytes, bound.Token);
        await link.TakeIceRestartBackAsync(bound.Token);
        Assert.False(transfer.IsCompleted);
        var arrived = await transfer;
        var isRight = arrived == (BulkBytes, BulkBytes) && Ufrag(link) == before;
        InteropTable.Current.Record(peer.Name, InteropTable.IceRestart, isRight ? 1 : 0, 0);
        Assert.Equal((BulkBytes, BulkBytes), arrived);
        Assert.Equal(before, Ufrag(link));
    }

    private static string? Ufrag(PeerLink link) =>
        link.Connection.LocalDescription?.Sdp.Split("\r\n").First(line => line.StartsWith("a=ice-ufrag:", StringComparison.Ordinal));

    /// <summary>The agent, once the table knows of the cells: one that ends in an exception is then a failed one.</summary>
    private PeerAgent Begin(string column, int cells)
    {
        var agent = peer.Require();
        InteropTable.Current.Record(peer.Name, column, 0, cells);
        return agent;
    }

    private static async Task AssertWorksAsync(LocalChannel channel)
    {
        var result = await EchoMatrix.RunAsync(channel, ChannelKind.Reliable, size => size > 0, limit: 1);
        Assert.Empty(result.Failures);
    }

    private async Task ClosingAsync(Func<PeerLink, Task> act)
    {
        var agent = peer.Require();
        var passed = false;
        try
        {
            await using var link = await PeerLink.ConnectAsync(agent, peer.Endpoint);
            await act(link);
            passed = true;
        }
        finally
        {
            InteropTable.Current.Record(peer.Name, InteropTable.Closing, passed ? 1 : 0, 1);
        }
    }

    private async Task<MatrixResult> EchoAsync(PeerLink link, ChannelKind kind, bool isTheirs)
    {
        bool IsApplicable(int size)
        {
            if (peer.NotApplicable(kind, isTheirs, size) is not { } reason)
            {
                return true;
            }

            InteropTable.Current.Note(peer.Name, reason);
            return false;
        }

        if (!IsApplicable(1))
        {
            return new MatrixResult { NotApplicable = EchoMatrix.Cells(link.First.Raw.MaxMessageBytes, peer.LargestMessage) };
        }

        var channel = isTheirs ? await link.AcceptAsync("theirs " + kind.Name, kind) : await link.OpenAsync("ours " + kind.Name, kind);
        return await EchoMatrix.RunAsync(channel, kind, IsApplicable, peer.LargestMessage);
    }

    private bool IsApplicable(int size) => peer.NotApplicable(ChannelKind.Reliable, isTheirs: false, size) is null;
}
