using KillaBeez.Interop.Tests.Agents;
using KillaBeez.Interop.Tests.Matrix;

namespace KillaBeez.Interop.Tests;

/// <summary>The matrix against one foreign stack; a class per stack names it.</summary>
public abstract class PeerTests(PeerFixture peer)
{
    private const int ManyChannels = 10;
    private const int BulkMessageBytes = 16 * 1024;
    private const long BulkBytes = 64L * 1024 * 1024;
    private static readonly TimeSpan BulkPatience = TimeSpan.FromSeconds(90);

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

        InteropTable.Current.Record(peer.Name, InteropTable.Matrix(offerer, signalling), result.Passed, result.Total);
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
    public async Task Close_ConnectionByThem_WeSeeIt()
    {
        peer.Require();
        if (peer.SilentClose is { } reason)
        {
            InteropTable.Current.Note(peer.Name, reason);
            return;
        }

        await ClosingAsync(async link =>
        {
            link.Send("close");
            await link.First.ClosesAsync();
        });
    }

    [SkippableFact]
    public async Task TenChannels_AtOnce_AllWork()
    {
        await using var link = await PeerLink.ConnectAsync(peer.Require(), peer.Endpoint);
        var result = new MatrixResult();
        var opening = Enumerable.Range(0, ManyChannels).Select(i => i % 2 == 0
            ? link.OpenAsync($"ours {i}", ChannelKind.Reliable)
            : link.AcceptAsync($"theirs {i}", ChannelKind.Reliable));
        var channels = await Task.WhenAll(opening);
        foreach (var each in await Task.WhenAll(channels.Select(channel => EchoMatrix.RunAsync(channel, ChannelKind.Reliable, IsApplicable, BulkMessageBytes))))
        {
            result.Add(each);
        }

        InteropTable.Current.Record(peer.Name, InteropTable.TenChannels, result.Passed, result.Total);
        Assert.Empty(result.Failures);
    }

    [SkippableFact]
    public async Task Bulk_SixtyFourMiBEachWayAtOnce_ArrivesInOrder()
    {
        await using var link = await PeerLink.ConnectAsync(peer.Require(), peer.Endpoint);
        using var bound = new CancellationTokenSource(BulkPatience);
        link.Send("send", ("label", "first"), ("size", BulkMessageBytes), ("total", BulkBytes), ("numbered", true), ("maxSec", BulkPatience.TotalSeconds));
        var counted = await link.First.SendManyAsync(BulkMessageBytes, BulkBytes, bound.Token);
        var sent = await link.ExpectAsync("sent", "first", BulkPatience);
        var isRight = counted == BulkBytes && sent.Number("got") == BulkBytes;
        InteropTable.Current.Record(peer.Name, InteropTable.Bulk, isRight ? 1 : 0, 1);
        Assert.Equal(BulkBytes, counted);
        Assert.Equal(BulkBytes, sent.Number("got"));
    }

    private static async Task AssertWorksAsync(LocalChannel channel)
    {
        var result = await EchoMatrix.RunAsync(channel, ChannelKind.Reliable, size => size > 0, largest: 1);
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
            return new MatrixResult();
        }

        var channel = isTheirs ? await link.AcceptAsync("theirs " + kind.Name, kind) : await link.OpenAsync("ours " + kind.Name, kind);
        return await EchoMatrix.RunAsync(channel, kind, IsApplicable, peer.LargestMessage);
    }

    private bool IsApplicable(int size) => peer.NotApplicable(ChannelKind.Reliable, isTheirs: false, size) is null;
}
