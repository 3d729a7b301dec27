using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using KillaBeez.WebRtc.PeerConnections;

namespace KillaBeez.WebRtc.Tests.PeerConnections;

/// <summary>What an application relies on, over real sockets and real DTLS.</summary>
public sealed class PeerConnectionTests
{
    [Fact]
    public async Task Connect_TrickledCandidates_Connects()
    {
        await using var pair = new RtcPair();
        var options = new PeerConnectionOptions { TrickleCandidates = true };
        var left = pair.Left.CreatePeerConnection(options);
        var right = pair.Right.CreatePeerConnection(options);
        var toRight = new BlockingCollection<string>();
        var toLeft = new BlockingCollection<string>();
        left.IceCandidateFound += (_, candidate) => toRight.Add(candidate);
        right.IceCandidateFound += (_, candidate) => toLeft.Add(candidate);
        var channel = left.CreateDataChannel("x");

        await RtcPair.NegotiateAsync(left, right);
        Assert.DoesNotContain("a=candidate", right.RemoteDescription!.Sdp);
        await CarryAsync(toRight, right);
        await CarryAsync(toLeft, left);

        await RtcPair.OpensAsync(channel);
        Assert.Contains("a=candidate", left.LocalDescription!.Sdp);
    }

    [Fact]
    public async Task Connect_OfferedAsDtlsClient_OffererOpensTheAssociation()
    {
        await using var pair = new RtcPair();
        var left = pair.Left.CreatePeerConnection();
        var right = pair.Right.CreatePeerConnection();
        var channel = left.CreateDataChannel("x");
        var offer = await left.CreateOfferAsync();
        await left.SetLocalDescriptionAsync(offer);
        await right.SetRemoteDescriptionAsync(offer with { Sdp = offer.Sdp.Replace("a=setup:actpass", "a=setup:active", StringComparison.Ordinal) });
        var answer = await right.CreateAnswerAsync();
        Assert.Contains("a=setup:passive", answer.Sdp);
        await right.SetLocalDescriptionAsync(answer);
        await left.SetRemoteDescriptionAsync(answer);

        await RtcPair.OpensAsync(channel);

        // The DTLS client has the even streams (RFC 8832, section 6).
        Assert.Equal(0, channel.Id);
    }

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

        Assert.Equal([9], await received.Task.WaitAsync(RtcPair.Patience));
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

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Dispose_EitherSide_ClosesTheOther(bool leftCloses)
    {
        await using var pair = new RtcPair();
        var link = await pair.ConnectAsync();
        var (closer, other, otherChannel) = leftCloses ? (link.Left, link.Right, link.Far) : (link.Right, link.Left, link.Near);
        var closing = RtcPair.ReachesAsync(other, PeerConnectionState.Closed);
        var channelClosing = RtcPair.ClosesAsync(otherChannel);

        await closer.DisposeAsync().AsTask().WaitAsync(RtcPair.Patience);

        await closing;
        await channelClosing;
        Assert.Equal(PeerConnectionCloseReason.Remote, other.CloseReason);
        Assert.Equal(PeerConnectionCloseReason.Local, closer.CloseReason);
        Assert.Throws<KillaBeezException>(() => other.CreateDataChannel("late"));
    }

    [Fact]
    public async Task Connect_WrongFingerprint_FailsBeforeAnyChannel()
    {
        await using var pair = new RtcPair();
        var left = pair.Left.CreatePeerConnection();
        var right = pair.Right.CreatePeerConnection();
        var channel = left.CreateDataChannel("x");
        var failing = RtcPair.ReachesAsync(left, PeerConnectionState.Failed);
        var offer = await left.CreateOfferAsync();
        await left.SetLocalDescriptionAsync(offer);
        await right.SetRemoteDescriptionAsync(offer);
        var answer = await right.CreateAnswerAsync();
        await right.SetLocalDescriptionAsync(answer);
        await left.SetRemoteDescriptionAsync(answer with { Sdp = answer.Sdp.Replace(right.LocalFingerprint, left.LocalFingerprint, StringComparison.Ordinal) });

        await failing;

        Assert.Equal(PeerConnectionCloseReason.FingerprintMismatch, left.CloseReason);
        Assert.Contains("fingerprint", left.FailureReason);
        Assert.Null(left.RemoteFingerprint);
        await RtcPair.ClosesAsync(channel);
        await RtcPair.ReachesAsync(right, PeerConnectionState.Closed);
        Assert.Equal(0, left.GetStats().MessagesReceived);
    }

    [Fact]
    public async Task Connect_GarbageOnThePort_IsCountedAndHarmless()
    {
        await using var pair = new RtcPair();
        var link = await pair.ConnectAsync();
        using var stranger = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        var random = new SeededRandomSource(5);
        for (var i = 0; i < 500; i++)
        {
            var bytes = new byte[random.NextInt32(0, 1500)];
            random.Fill(bytes);
            if (bytes.Length > 0 && i % 2 == 0)
            {
                bytes[0] = (byte)(i % 80);
            }

            await stranger.SendAsync(bytes, pair.Right.LocalEndPoints[0]);
        }

        Assert.True(SpinWait.SpinUntil(() => pair.Right.UnroutableDatagrams >= 400, RtcPair.Patience));
        var echoed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        link.Far.MessageReceived += (_, _, _) => echoed.TrySetResult();
        await link.Near.SendAsync("still there?");
        await echoed.Task.WaitAsync(RtcPair.Patience);
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
            RtcPair.Patience));

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
        await all.Task.WaitAsync(RtcPair.Patience);
        Assert.True(SpinWait.SpinUntil(() => link.Near.BufferedAmount == 0, RtcPair.Patience));
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

        Assert.InRange(await low.Task.WaitAsync(RtcPair.Patience), 0, 1000);
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
    public async Task Handler_Throws_FailsItsConnectionOnly()
    {
        await using var pair = new RtcPair();
        var broken = await pair.ConnectAsync(prepare: channel => channel.MessageReceived += (_, _, _) => throw new FormatException("boom"));
        var sound = await pair.ConnectAsync();
        var failing = RtcPair.ReachesAsync(broken.Right, PeerConnectionState.Failed);

        await broken.Near.SendAsync("x");

        await failing;
        Assert.Equal(PeerConnectionCloseReason.InternalError, broken.Right.CloseReason);
        Assert.IsType<FormatException>(broken.Right.Failure);
        var echoed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        sound.Far.MessageReceived += (_, _, _) => echoed.TrySetResult();
        await sound.Near.SendAsync("y");
        await echoed.Task.WaitAsync(RtcPair.Patience);
    }

    [Fact]
    public async Task SetRemoteDescription_Malformed_IsRefused()
    {
        await using var pair = new RtcPair();
        var connection = pair.Left.CreatePeerConnection();

        var error = await Assert.ThrowsAsync<KillaBeezException>(
            () => connection.SetRemoteDescriptionAsync(new SessionDescription(SdpType.Offer, "v=0\r\nnonsense")));

        Assert.Equal(KillaBeezError.ProtocolViolation, error.Error);
        await Assert.ThrowsAsync<KillaBeezException>(() => connection.AddIceCandidateAsync("candidate:rubbish"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => connection.CreateAnswerAsync());
        Assert.Equal(PeerConnectionState.New, connection.ConnectionState);
    }

    [Fact]
    public async Task Endpoint_HundredConnections_AllCarryMessages()
    {
        const int count = 100;
        await using var pair = new RtcPair();
        var received = new ConcurrentDictionary<int, int>();
        var done = new CountdownEvent(count);

        var links = await Task.WhenAll(Enumerable.Range(0, count).Select(async i =>
        {
            var link = await pair.ConnectAsync(prepare: channel => channel.MessageReceived += (_, m, _) =>
            {
                received.AddOrUpdate(m.Span[0], 1, (_, n) => n + 1);
                done.Signal();
            });
            await link.Near.SendAsync(new[] { (byte)i });
            return link;
        }));

        Assert.True(done.Wait(RtcPair.Patience));
        Assert.Equal(count, received.Count);
        Assert.All(received.Values, n => Assert.Equal(1, n));
        Assert.All(links, link => Assert.Equal(link.Left.LocalFingerprint, link.Right.RemoteFingerprint));
        await Task.WhenAll(links.Select(link => link.Left.DisposeAsync().AsTask())).WaitAsync(RtcPair.Patience);
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
    public async Task Endpoint_ConnectedWithItself_CarriesMessages()
    {
        await using var endpoint = RtcPair.StartEndpoint("both");
        var left = endpoint.CreatePeerConnection();
        var right = endpoint.CreatePeerConnection();
        var received = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        right.DataChannelOpened += (_, channel) => channel.MessageReceived += (_, m, _) => received.TrySetResult(m.ToArray());
        var near = left.CreateDataChannel("x");
        await RtcPair.NegotiateAsync(left, right);
        await RtcPair.OpensAsync(near);

        await near.SendAsync(new byte[] { 1, 2 });

        Assert.Equal([1, 2], await received.Task.WaitAsync(RtcPair.Patience));
    }

    [Fact]
    public async Task Offers_CrossingBetweenTwoEndpoints_MakeTwoConnections()
    {
        await using var pair = new RtcPair();
        var (x, xPeer) = (pair.Left.CreatePeerConnection(), pair.Right.CreatePeerConnection());
        var (y, yPeer) = (pair.Right.CreatePeerConnection(), pair.Left.CreatePeerConnection());
        var xChannel = x.CreateDataChannel("x");
        var yChannel = y.CreateDataChannel("y");
        var xOffer = await x.CreateOfferAsync();
        var yOffer = await y.CreateOfferAsync();
        await x.SetLocalDescriptionAsync(xOffer);
        await y.SetLocalDescriptionAsync(yOffer);
        await AnswerAsync(xOffer, xPeer, x);
        await AnswerAsync(yOffer, yPeer, y);

        await Task.WhenAll(RtcPair.OpensAsync(xChannel), RtcPair.OpensAsync(yChannel));
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

        Assert.True(await sink.AllReceived.WaitAsync(RtcPair.Patience));
        await link.Left.DisposeAsync();
        Assert.Equal(PeerConnectionCloseReason.Remote, await sink.Closed.WaitAsync(RtcPair.Patience));

        var late = new CountingSink(1);
        late.Attach(link.Far);
        Assert.Equal(PeerConnectionCloseReason.Remote, await late.Closed.WaitAsync(RtcPair.Patience));
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

        Assert.True(await done.Task.WaitAsync(RtcPair.Patience));
    }

    [Fact]
    public async Task Dispose_EndpointWithConnections_TellsThePeers()
    {
        await using var pair = new RtcPair();
        var link = await pair.ConnectAsync();
        var closing = RtcPair.ReachesAsync(link.Right, PeerConnectionState.Closed);

        await pair.Left.DisposeAsync().AsTask().WaitAsync(RtcPair.Patience);

        await closing;
        Assert.Equal(PeerConnectionState.Closed, link.Left.ConnectionState);
        Assert.Equal(DataChannelState.Closed, link.Near.ReadyState);
        Assert.Throws<KillaBeezException>(() => link.Near.TrySend([1]));
        Assert.Throws<ObjectDisposedException>(() => pair.Left.CreatePeerConnection());
        await link.Left.DisposeAsync();
    }

    private static async Task AnswerAsync(SessionDescription offer, PeerConnection answerer, PeerConnection offerer)
    {
        await answerer.SetRemoteDescriptionAsync(offer);
        var answer = await answerer.CreateAnswerAsync();
        await answerer.SetLocalDescriptionAsync(answer);
        await offerer.SetRemoteDescriptionAsync(answer);
    }

    private static async Task CarryAsync(BlockingCollection<string> candidates, PeerConnection to)
    {
        while (candidates.TryTake(out var candidate, RtcPair.Patience))
        {
            await to.AddIceCandidateAsync(candidate);
            if (candidate.Length == 0)
            {
                return;
            }
        }

        Assert.Fail("no end of candidates");
    }
}
