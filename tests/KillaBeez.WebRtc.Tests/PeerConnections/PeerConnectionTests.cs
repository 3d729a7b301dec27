using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using KillaBeez.Tests;
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

        await closer.DisposeAsync().AsTask().WaitAsync(Patience.Bound);

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
        var sent = 0;

        // What overruns the socket's buffer while the machine is busy is lost: it goes on until enough has arrived.
        await WaitUntil.HoldsAsync(
            async () =>
            {
                for (var burst = 0; burst < 50; burst++, sent++)
                {
                    var bytes = new byte[random.NextInt32(0, 1500)];
                    random.Fill(bytes);
                    if (bytes.Length > 0 && sent % 2 == 0)
                    {
                        bytes[0] = (byte)(sent % 80);
                    }

                    await stranger.SendAsync(bytes, pair.Right.LocalEndPoints[0]);
                }

                return pair.Right.UnroutableDatagrams >= 400;
            },
            "the garbage to be counted");
        var echoed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        link.Far.MessageReceived += (_, _, _) => echoed.TrySetResult();
        await link.Near.SendAsync("still there?");
        await echoed.Task.WaitAsync(Patience.Bound);
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
        await echoed.Task.WaitAsync(Patience.Bound);
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

        Assert.True(done.Wait(Patience.Bound));
        Assert.Equal(count, received.Count);
        Assert.All(received.Values, n => Assert.Equal(1, n));
        Assert.All(links, link => Assert.Equal(link.Left.LocalFingerprint, link.Right.RemoteFingerprint));
        await Task.WhenAll(links.Select(link => link.Left.DisposeAsync().AsTask())).WaitAsync(Patience.Bound);
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

        Assert.Equal([1, 2], await received.Task.WaitAsync(Patience.Bound));
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
    public async Task Dispose_EndpointWithConnections_TellsThePeers()
    {
        await using var pair = new RtcPair();
        var link = await pair.ConnectAsync();
        var closing = RtcPair.ReachesAsync(link.Right, PeerConnectionState.Closed);

        await pair.Left.DisposeAsync().AsTask().WaitAsync(Patience.Bound);

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
        while (candidates.TryTake(out var candidate, Patience.Bound))
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
