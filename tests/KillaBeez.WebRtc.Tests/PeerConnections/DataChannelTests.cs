using System.Collections.Concurrent;
using KillaBeez.Tests;
using KillaBeez.WebRtc.PeerConnections;

namespace KillaBeez.WebRtc.Tests.PeerConnections;

/// <summary>What an application relies on in its channels, over real sockets and real DTLS.</summary>
public sealed class DataChannelTests
{
    [Fact]
    public async Task Channel_UnorderedWithLimits_KeepsItsPropertiesAtTheOtherEnd()
    {
        await using var pair = new RtcPair();
        var link = await pair.ConnectAsync(new DataChannelInit { Ordered = false, MaxRetransmits = 3, Protocol = "p" });

        Assert.Equal((false, 3, null, "p"), (link.Far.Ordered, link.Far.MaxRetransmits, link.Far.MaxPacketLifeTimeMs, link.Far.Protocol));
        Assert.Equal(link.Near.Id, link.Far.Id);
        Assert.Equal(DataChannelState.Open, link.Far.ReadyState);
    }

    [Fact]
    public async Task Channel_Negotiated_NeedsNoAnnouncement()
    {
        await using var pair = new RtcPair();
        var left = pair.Left.CreatePeerConnection();
        var right = pair.Right.CreatePeerConnection();
        var init = new DataChannelInit { Negotiated = true, Id = 7 };
        var near = left.CreateDataChannel("near", init);
        var far = right.CreateDataChannel("far", init);
        var received = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        far.MessageReceived += (_, message, _) => received.TrySetResult(message.ToArray());
        right.DataChannelOpened += (_, _) => received.TrySetException(new InvalidOperationException("announced"));

        await RtcPair.NegotiateAsync(left, right);
        await RtcPair.OpensAsync(near);
        await near.SendAsync(new byte[] { 9 });

        Assert.Equal([9], await received.Task.WaitAsync(Patience.Bound));
        Assert.Equal(7, far.Id);
    }

    [Fact]
    public async Task CreateDataChannel_OnceConnected_NeedsNoOffer()
    {
        await using var pair = new RtcPair();
        var link = await pair.ConnectAsync();
        var accepting = RtcPair.AcceptAsync(link.Left);

        var second = link.Right.CreateDataChannel("second");

        await RtcPair.OpensAsync(second);
        Assert.Equal("second", (await accepting).Label);
        Assert.NotEqual(second.Id % 2, link.Near.Id % 2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Channel_ClosedByEitherSide_DeliversWhatWasSentAndClosesBoth(bool nearCloses)
    {
        await using var pair = new RtcPair();
        var received = new ConcurrentQueue<byte>();
        var link = await pair.ConnectAsync(prepare: channel => channel.MessageReceived += (_, m, _) => received.Enqueue(m.Span[0]));
        link.Near.MessageReceived += (_, m, _) => received.Enqueue(m.Span[0]);
        var (closer, other) = nearCloses ? (link.Near, link.Far) : (link.Far, link.Near);

        for (byte i = 0; i < 50; i++)
        {
            Assert.True(closer.TrySend([i]));
        }

        closer.Close();
        Assert.Throws<KillaBeezException>(() => closer.TrySend([1]));

        await RtcPair.ClosesAsync(other);
        await RtcPair.ClosesAsync(closer);
        Assert.Equal(Enumerable.Range(0, 50).Select(i => (byte)i), received);
        Assert.Equal(PeerConnectionState.Connected, link.Left.ConnectionState);
    }

    [Fact]
    public async Task Send_PeerThatNeverReads_StopsInBoundedMemoryAndResumes()
    {
        const int window = 1024 * 1024;
        const int high = 256 * 1024;
        const int messageBytes = 16 * 1024;
        await using var pair = new RtcPair();
        var options = new PeerConnectionOptions
        {
            ReceiveWindowBytes = window, SendBufferHighBytes = high, SendBufferLowBytes = high / 4,
        };
        var link = await pair.ConnectAsync(options: options);
        var message = new byte[messageBytes];
        var accepted = 0L;
        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                while (link.Near.TrySend(message))
                {
                    accepted += messageBytes;
                }

                return accepted >= window + high - (4 * messageBytes);
            },
            Patience.Bound));

        Assert.InRange(accepted, window, window + high + (4 * messageBytes));
        Assert.InRange(link.Near.BufferedAmount, 1, high);

        var received = 0L;
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        link.Far.MessageReceived += (_, m, _) =>
        {
            if (Interlocked.Add(ref received, m.Length) == Interlocked.Read(ref accepted))
            {
                all.TrySetResult();
            }
        };
        await all.Task.WaitAsync(Patience.Bound);
        Assert.True(SpinWait.SpinUntil(() => link.Near.BufferedAmount == 0, Patience.Bound));
    }

    [Fact]
    public async Task BufferedAmountLow_AfterABurst_IsRaised()
    {
        await using var pair = new RtcPair();
        var link = await pair.ConnectAsync();
        var low = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        link.Near.BufferedAmountLowThreshold = 1000;
        link.Near.BufferedAmountLow += (_, _) => low.TrySetResult(link.Near.BufferedAmount);

        Assert.True(link.Near.TrySend(new byte[200_000]));

        Assert.InRange(await low.Task.WaitAsync(Patience.Bound), 0, 1000);
    }

    [Fact]
    public async Task TrySend_CallersMistakes_Throw()
    {
        await using var pair = new RtcPair();
        var connection = pair.Left.CreatePeerConnection();
        var unopened = connection.CreateDataChannel("x");
        Assert.Throws<InvalidOperationException>(() => unopened.TrySend([1]));
        var link = await pair.ConnectAsync(options: new PeerConnectionOptions { MaxMessageBytes = 1000 });

        Assert.Equal(1000, link.Near.MaxMessageBytes);
        Assert.True(link.Near.TrySend(new byte[1000]));
        Assert.Throws<ArgumentException>(() => link.Near.TrySend(new byte[1001]));
    }

    [Fact]
    public async Task CreateDataChannel_IdTaken_ClosesTheChannelOnly()
    {
        await using var pair = new RtcPair();
        var link = await pair.ConnectAsync();
        var init = new DataChannelInit { Negotiated = true, Id = 500 };
        var first = link.Left.CreateDataChannel("first", init);
        var second = link.Left.CreateDataChannel("second", init);

        await RtcPair.ClosesAsync(second);
        await RtcPair.OpensAsync(first);
        Assert.Equal(PeerConnectionState.Connected, link.Left.ConnectionState);
    }

    [Fact]
    public async Task Sink_Messages_ArriveInBatchesInOrderAndGiveTheWindowBack()
    {
        const int messages = 4000;
        await using var pair = new RtcPair();
        var options = new PeerConnectionOptions { ReceiveWindowBytes = 512 * 1024 };
        var sink = new CountingSink(messages);
        var link = await pair.ConnectAsync(options: options, prepare: sink.Attach);
        for (var i = 0; i < messages; i++)
        {
            var message = new byte[1000];
            BitConverter.TryWriteBytes(message, i);
            await link.Near.SendAsync(message);
        }

        Assert.True(await sink.AllReceived.WaitAsync(Patience.Bound));
        await link.Left.DisposeAsync();
        Assert.Equal(PeerConnectionCloseReason.Remote, await sink.Closed.WaitAsync(Patience.Bound));

        var late = new CountingSink(1);
        late.Attach(link.Far);
        Assert.Equal(PeerConnectionCloseReason.Remote, await late.Closed.WaitAsync(Patience.Bound));
    }

    [Fact]
    public async Task TrySend_ManyThreads_EveryMessageArrivesOnceAndInItsSendersOrder()
    {
        const int senders = 4;
        const int each = 5000;
        await using var pair = new RtcPair();
        var next = new int[senders];
        var total = 0;
        var done = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var link = await pair.ConnectAsync(prepare: channel => channel.MessageReceived += (_, m, _) =>
        {
            var number = BitConverter.ToInt32(m.Span[1..]);
            if (number != next[m.Span[0]]++)
            {
                done.TrySetResult(false);
            }
            else if (++total == senders * each)
            {
                done.TrySetResult(true);
            }
        });

        await Task.WhenAll(Enumerable.Range(0, senders).Select(sender => Task.Run(async () =>
        {
            for (var i = 0; i < each; i++)
            {
                var message = new byte[200];
                message[0] = (byte)sender;
                BitConverter.TryWriteBytes(message.AsSpan(1), i);
                await link.Near.SendAsync(message);
            }
        })));

        Assert.True(await done.Task.WaitAsync(Patience.Bound));
    }

    [Fact]
    public async Task Channel_ClosedWithMessagesUnread_GivesTheirWindowBack()
    {
        await using var pair = new RtcPair();
        var link = await pair.ConnectAsync();
        for (var i = 0; i < 4; i++)
        {
            var accepting = RtcPair.AcceptAsync(link.Right);
            var near = link.Left.CreateDataChannel($"channel {i}");
            await RtcPair.OpensAsync(near);
            var far = await accepting;
            await near.SendAsync(new byte[50_000]);
            near.Close();
            await RtcPair.ClosesAsync(far);
        }

        var driver = link.Right.Driver;
        using var limit = new CancellationTokenSource(Patience.Bound);
        long occupied;
        do
        {
            var answer = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
            Assert.True(driver.Loop.Post(_ => answer.SetResult(driver.Engine.Channels.Association.ReceiveOccupiedBytes)));
            occupied = await answer.Task.WaitAsync(Patience.Bound);
        }
        while (occupied > 0 && !limit.IsCancellationRequested);

        Assert.Equal(0, occupied);
    }

    [Fact]
    public async Task Channel_ClosedByBothAtOnceWithMessagesQueued_LeavesTheConnectionAlone()
    {
        const int channels = 100;
        await using var pair = new RtcPair();
        var link = await pair.ConnectAsync();
        for (var i = 0; i < channels; i++)
        {
            var accepting = RtcPair.AcceptAsync(link.Right);
            var near = link.Left.CreateDataChannel($"channel {i}");
            await RtcPair.OpensAsync(near);
            var far = await accepting;
            for (var sent = 0; sent < 5; sent++)
            {
                near.TrySend(new byte[50_000]);
                far.TrySend(new byte[50_000]);
            }

            near.Close();
            far.Close();
            await Task.WhenAll(RtcPair.ClosesAsync(near), RtcPair.ClosesAsync(far));
        }

        Assert.Equal(PeerConnectionState.Connected, link.Left.ConnectionState);
        Assert.Equal(PeerConnectionState.Connected, link.Right.ConnectionState);
    }
}
