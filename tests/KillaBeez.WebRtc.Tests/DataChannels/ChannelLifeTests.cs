using KillaBeez.WebRtc.DataChannels;
using KillaBeez.WebRtc.Sctp;
using KillaBeez.WebRtc.Tests.Emulation;

namespace KillaBeez.WebRtc.Tests.DataChannels;

public sealed class ChannelLifeTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    private static readonly LossyPipeOptions Bad = new()
    {
        Loss = 0.2,
        Duplication = 0.05,
        Reordering = 0.1,
        Delay = TimeSpan.FromMilliseconds(20),
        Jitter = TimeSpan.FromMilliseconds(5),
    };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Close_FromEitherSide_ClosesBothAfterAllMessagesArrived(bool isClientClosing)
    {
        var pair = new TransportPair(3, Bad);
        var channel = pair.Client.Transport.OpenChannel(pair.Now, new DataChannelInit());
        pair.Connect();
        Assert.True(pair.RunUntil(() => pair.Server.Has(DataChannelEventKind.ChannelOpened), Limit));
        var closer = isClientClosing ? pair.Client : pair.Server;
        var other = isClientClosing ? pair.Server : pair.Client;
        var handle = isClientClosing ? channel : pair.Server.RemoteChannel;
        for (var i = 0; i < 20; i++)
        {
            Assert.True(closer.Transport.TrySend(pair.Now, handle, new byte[3000], isText: false));
        }

        closer.Transport.CloseChannel(pair.Now, handle);
        closer.Transport.CloseChannel(pair.Now, handle);
        Assert.True(pair.RunUntil(() => closer.Has(DataChannelEventKind.ChannelClosed) && other.Has(DataChannelEventKind.ChannelClosed), Limit));
        Assert.Equal(20, other.Messages.Count);
        Assert.Equal(1, other.Count(DataChannelEventKind.ChannelClosing));
        Assert.Equal(0, closer.Count(DataChannelEventKind.ChannelClosing));
        Assert.Equal(1, closer.Count(DataChannelEventKind.ChannelClosed));
    }

    [Fact]
    public void Close_FromBothSidesAtOnce_ClosesOnce()
    {
        var pair = new TransportPair(4, Bad);
        var channel = pair.Client.Transport.OpenChannel(pair.Now, new DataChannelInit());
        pair.Connect();
        Assert.True(pair.RunUntil(() => pair.Server.Has(DataChannelEventKind.ChannelOpened), Limit));
        pair.Client.Transport.CloseChannel(pair.Now, channel);
        pair.Server.Transport.CloseChannel(pair.Now, pair.Server.RemoteChannel);
        Assert.True(pair.RunUntil(() => pair.Client.Has(DataChannelEventKind.ChannelClosed) && pair.Server.Has(DataChannelEventKind.ChannelClosed), Limit));
        pair.RunFor(TimeSpan.FromSeconds(20));
        Assert.Equal(1, pair.Client.Count(DataChannelEventKind.ChannelClosed));
        Assert.Equal(1, pair.Server.Count(DataChannelEventKind.ChannelClosed));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Close_FromBothSidesAtOnceWithMessagesQueued_NeverWaitsForATimer(bool isOwnStack)
    {
        for (var seed = 1; seed <= 6; seed++)
        {
            var random = new SeededRandomSource((ulong)seed);
            var path = new LossyPipeOptions
            {
                Delay = TimeSpan.FromMicroseconds(random.NextInt32(10, 2_000)),
                BytesPerSecond = random.NextInt32(20_000_000, 500_000_000),
                QueueBytes = int.MaxValue,
            };
            var options = new DataChannelTransportOptions { Sctp = new SctpOptions { RecognizeOwnStack = isOwnStack } };
            var pair = new TransportPair((ulong)seed, path, options) { BatchLimit = () => random.NextInt32(1, 65) };
            pair.Connect();
            for (var round = 1; round <= 30; round++)
            {
                var near = pair.Client.Transport.OpenChannel(pair.Now, new DataChannelInit());
                Assert.True(pair.RunUntil(() => pair.Server.Count(DataChannelEventKind.ChannelOpened) == round, Limit));
                var far = pair.Server.Events.Last(e => e.Kind == DataChannelEventKind.ChannelOpened).Channel;
                for (var i = 0; i < 5; i++)
                {
                    pair.Client.Transport.TrySend(pair.Now, near, new byte[50_000], isText: false);
                    pair.Server.Transport.TrySend(pair.Now, far, new byte[50_000], isText: false);
                }

                pair.Client.Transport.CloseChannel(pair.Now, near);
                pair.Server.Transport.CloseChannel(pair.Now, far);
                var begun = pair.Now;
                Assert.True(pair.RunUntil(() => pair.Client.Count(DataChannelEventKind.ChannelClosed) == round && pair.Server.Count(DataChannelEventKind.ChannelClosed) == round, Limit));
                Assert.True(pair.Now - begun < TimeSpan.FromMilliseconds(180), $"seed {seed}, round {round}: {pair.Now - begun}");
            }

            Assert.Equal(0, pair.Client.Transport.Statistics.Sent.Timeouts + pair.Server.Transport.Statistics.Sent.Timeouts);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void StreamId_IsUsedAgainAtOnceAndStartsAfresh(int seed)
    {
        var pair = new TransportPair((ulong)seed, Bad with { Loss = 0.3 });
        pair.Connect();
        for (var round = 0; round < 8; round++)
        {
            // The other side may still wait for the answer to its reset when the new OPEN reaches it.
            var count = round + 1;
            var channel = pair.Client.Transport.OpenChannel(pair.Now, new DataChannelInit { Label = $"round {round}" });
            Assert.Equal((ushort)0, pair.Client.Transport.StreamIdOf(channel));
            Assert.True(pair.RunUntil(() => pair.Client.Count(DataChannelEventKind.ChannelOpened) == count, Limit));
            Assert.True(pair.Client.Transport.TrySend(pair.Now, channel, [1, (byte)round], isText: false));
            Assert.True(pair.RunUntil(() => pair.Server.Messages.Count == count, Limit), $"seed {seed}, round {round}");
            Assert.Equal(round, pair.Server.Messages[round].Bytes[1]);
            var remote = pair.Server.Events.Last(e => e.Kind == DataChannelEventKind.ChannelOpened);
            Assert.Equal($"round {round}", remote.Init!.Label);
            Assert.True(pair.Server.Transport.TrySend(pair.Now, remote.Channel, [2, (byte)round], isText: false));
            Assert.True(pair.RunUntil(() => pair.Client.Messages.Count == count, Limit), $"seed {seed}, round {round}");
            pair.Client.Transport.CloseChannel(pair.Now, channel);
            Assert.True(pair.RunUntil(() => pair.Client.Count(DataChannelEventKind.ChannelClosed) == count, Limit), $"seed {seed}, round {round}");
        }
    }

    [Fact]
    public void Channels_HundredsAtOnce_OpenCarryAndClose()
    {
        var pair = new TransportPair(6, new LossyPipeOptions { Loss = 0.05, Delay = TimeSpan.FromMilliseconds(10) });
        var ours = new List<ChannelHandle>();
        for (var i = 0; i < 200; i++)
        {
            ours.Add(pair.Client.Transport.OpenChannel(pair.Now, new DataChannelInit { Label = $"c{i}" }));
            pair.Server.Transport.OpenChannel(pair.Now, new DataChannelInit { Label = $"s{i}" });
        }

        pair.Connect();
        Assert.True(pair.RunUntil(() => pair.Client.Count(DataChannelEventKind.ChannelOpened) == 400 && pair.Server.Count(DataChannelEventKind.ChannelOpened) == 400, Limit));
        Assert.All(pair.Client.Events.Where(e => e.Kind == DataChannelEventKind.ChannelOpened), e => Assert.Equal(e.IsRemote ? 1 : 0, e.StreamId % 2));
        foreach (var channel in ours)
        {
            pair.Client.Transport.TrySend(pair.Now, channel, [1], isText: false);
            pair.Client.Transport.CloseChannel(pair.Now, channel);
        }

        Assert.True(pair.RunUntil(() => pair.Client.Count(DataChannelEventKind.ChannelClosed) == 200 && pair.Server.Count(DataChannelEventKind.ChannelClosed) == 200, Limit));
        Assert.Equal(200, pair.Server.Messages.Count);
    }

    [Fact]
    public void Close_DuringBulkTrafficOfAnotherChannel_DoesNotWaitForItsEnd()
    {
        var pair = new TransportPair(7, new LossyPipeOptions { Delay = TimeSpan.FromMilliseconds(20), BytesPerSecond = 5_000_000 });
        var bulk = pair.Client.Transport.OpenChannel(pair.Now, new DataChannelInit());
        var brief = pair.Client.Transport.OpenChannel(pair.Now, new DataChannelInit());
        pair.Connect();
        pair.OnTurn = () =>
        {
            while (pair.Client.Transport.BufferedAmount(bulk) < 200_000)
            {
                Assert.True(pair.Client.Transport.TrySend(pair.Now, bulk, new byte[16_384], isText: false));
            }
        };
        pair.RunFor(TimeSpan.FromSeconds(1));
        pair.Client.Transport.CloseChannel(pair.Now, brief);
        Assert.True(pair.RunUntil(() => pair.Client.Has(DataChannelEventKind.ChannelClosed) && pair.Server.Has(DataChannelEventKind.ChannelClosed), TimeSpan.FromSeconds(3)));
    }

    [Fact]
    public void Close_PeerNeverResetsItsSide_EndsAtTheLimitAndRetiresTheId()
    {
        var pair = new TransportPair(11, new LossyPipeOptions { Delay = TimeSpan.FromMilliseconds(5) });
        var channel = pair.Client.Transport.OpenChannel(pair.Now, new DataChannelInit());
        pair.Connect();
        Assert.True(pair.RunUntil(() => pair.Server.Has(DataChannelEventKind.ChannelOpened), Limit));

        // A message that never gets through keeps the server from resetting its direction.
        pair.ToClient.DropFilter = packet => packet.Length > 500;
        Assert.True(pair.Server.Transport.TrySend(pair.Now, pair.Server.RemoteChannel, new byte[1000], isText: false));
        pair.RunFor(TimeSpan.FromMilliseconds(100));
        pair.Client.Transport.CloseChannel(pair.Now, channel);
        Assert.True(pair.RunUntil(() => pair.Server.Has(DataChannelEventKind.ChannelClosing), Limit));
        var closing = pair.Now;
        Assert.True(pair.RunUntil(() => pair.Client.Has(DataChannelEventKind.ChannelClosed), Limit));
        Assert.InRange(pair.Now - closing, DataChannelLimits.PeerResetTimeout, DataChannelLimits.PeerResetTimeout + TimeSpan.FromSeconds(1));

        var second = pair.Client.Transport.OpenChannel(pair.Now, new DataChannelInit());
        Assert.Equal((ushort)2, pair.Client.Transport.StreamIdOf(second));
        Assert.Throws<ArgumentException>(() => pair.Client.Transport.OpenChannel(pair.Now, new DataChannelInit { Id = 0 }));

        // The late message is nobody's; the late reset frees the id.
        pair.ToClient.DropFilter = null;
        Assert.True(pair.RunUntil(() => pair.Server.Has(DataChannelEventKind.ChannelClosed), Limit));
        pair.RunFor(TimeSpan.FromSeconds(5));
        Assert.Empty(pair.Client.Messages);
        Assert.Equal(0, pair.Client.Transport.Association.ReceiveOccupiedBytes);
        var third = pair.Client.Transport.OpenChannel(pair.Now, new DataChannelInit());
        Assert.Equal((ushort)0, pair.Client.Transport.StreamIdOf(third));
        Assert.True(pair.Client.Transport.TrySend(pair.Now, third, [3], isText: false));
        Assert.True(pair.RunUntil(() => pair.Server.Messages.Count == 1, Limit));
    }

    [Fact]
    public void Negotiated_OpensWithoutDcepOnBothSides()
    {
        var pair = new TransportPair();
        var init = new DataChannelInit { Negotiated = true, Id = 7, Ordered = false };
        var a = pair.Client.Transport.OpenChannel(pair.Now, init);
        var b = pair.Server.Transport.OpenChannel(pair.Now, init);
        pair.Connect();
        Assert.True(pair.RunUntil(() => pair.Client.Has(DataChannelEventKind.ChannelOpened) && pair.Server.Has(DataChannelEventKind.ChannelOpened), Limit));
        Assert.True(pair.Client.Transport.TrySend(pair.Now, a, [1], isText: false));
        Assert.True(pair.Server.Transport.TrySend(pair.Now, b, [2], isText: false));
        Assert.True(pair.RunUntil(() => pair.Client.Messages.Count == 1 && pair.Server.Messages.Count == 1, Limit));
        Assert.Equal(7, pair.Client.Messages[0].StreamId);
    }

    [Fact]
    public void Negotiated_MessagesBeforeTheOtherSideOpens_AreKept()
    {
        var pair = new TransportPair();
        var init = new DataChannelInit { Negotiated = true, Id = 8 };
        var a = pair.Client.Transport.OpenChannel(pair.Now, init);
        pair.Connect();
        pair.RunUntil(() => pair.Client.Has(DataChannelEventKind.ChannelOpened), Limit);
        Assert.True(pair.Client.Transport.TrySend(pair.Now, a, [9], isText: false));
        pair.RunFor(TimeSpan.FromSeconds(1));
        Assert.Empty(pair.Server.Messages);
        pair.Server.Transport.OpenChannel(pair.Now, init);
        Assert.True(pair.RunUntil(() => pair.Server.Messages.Count == 1, Limit));
    }

    [Fact]
    public void Unordered_MessagesOvertakeLostOnes()
    {
        var pair = new TransportPair(9, new LossyPipeOptions { Loss = 0.2, Delay = TimeSpan.FromMilliseconds(50) });
        var channel = pair.Client.Transport.OpenChannel(pair.Now, new DataChannelInit { Ordered = false });
        pair.Connect();
        Assert.True(pair.RunUntil(() => pair.Server.Has(DataChannelEventKind.ChannelOpened), Limit));
        pair.RunFor(TimeSpan.FromSeconds(2));
        for (var i = 0; i < 100; i++)
        {
            pair.Client.Transport.TrySend(pair.Now, channel, BitConverter.GetBytes(i).Concat(new byte[1100]).ToArray(), isText: false);
        }

        Assert.True(pair.RunUntil(() => pair.Server.Messages.Count == 100, Limit));
        var numbers = pair.Server.Messages.Select(m => BitConverter.ToInt32(m.Bytes)).ToList();
        Assert.Equal(Enumerable.Range(0, 100), numbers.Order());
        Assert.NotEqual(Enumerable.Range(0, 100), numbers);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void PartialReliability_OverLoss_NeverStallsAndKeepsOrder(int seed)
    {
        var random = new SeededRandomSource((ulong)seed);
        var pair = new TransportPair((ulong)seed, Bad with { Loss = 0.3 });
        var init = seed % 2 == 0
            ? new DataChannelInit { MaxRetransmits = seed % 3 }
            : new DataChannelInit { MaxPacketLifeTimeMs = 50 * seed };
        var partial = pair.Client.Transport.OpenChannel(pair.Now, init);
        var full = pair.Client.Transport.OpenChannel(pair.Now, new DataChannelInit());
        pair.Connect();
        var sent = 0;
        var sentFull = 0;
        var nextAt = pair.Now;
        pair.OnTurn = () =>
        {
            if (pair.Now < nextAt || sent >= 200 || !pair.Client.Has(DataChannelEventKind.ChannelOpened))
            {
                return;
            }

            nextAt = pair.Now.AddMs(5);
            var message = new byte[random.NextInt32(4, 6000)];
            BitConverter.TryWriteBytes(message, sent++);
            pair.Client.Transport.TrySend(pair.Now, partial, message, isText: false);
            if (sent % 10 == 0)
            {
                pair.Client.Transport.TrySend(pair.Now, full, BitConverter.GetBytes(sentFull++), isText: false);
            }
        };
        pair.RunFor(TimeSpan.FromSeconds(60));
        Assert.True(pair.RunUntil(() => pair.Client.Transport.Association.Sender.IsIdle, TimeSpan.FromSeconds(60)), $"seed {seed} stalls: {pair.Client.Transport.Statistics}");
        var numbers = pair.Server.Messages.Where(m => m.StreamId == 0).Select(m => BitConverter.ToInt32(m.Bytes)).ToList();
        Assert.Equal(numbers.Distinct().Order(), numbers);
        Assert.True(numbers.Count is > 20 and < 200, $"seed {seed}: {numbers.Count} of 200");
        Assert.Equal(Enumerable.Range(0, 20), pair.Server.Messages.Where(m => m.StreamId == 2).Select(m => BitConverter.ToInt32(m.Bytes)));
        Assert.Equal(0, pair.Server.Transport.Association.ReceiveOccupiedBytes);
    }

    [Fact]
    public void Reader_ThatStops_StopsTheSenderInBoundedMemoryAndGoesOn()
    {
        var options = new DataChannelTransportOptions
        {
            Sctp = new SctpOptions { ReceiveWindowBytes = 600_000 },
            ChannelSendBufferBytes = 300_000,
        };
        var pair = new TransportPair(8, new LossyPipeOptions { Loss = 0.02, Delay = TimeSpan.FromMilliseconds(5) }, options);
        var flow = new MessageFlow(pair, pair.Client, pair.Server, 8, new SeededRandomSource(8), messages: 300, minBytes: 1, maxBytes: 30_000);
        pair.Server.IsReading = false;
        flow.Open();
        pair.Connect();
        pair.OnTurn = flow.Turn;
        pair.RunFor(TimeSpan.FromMinutes(2));
        Assert.InRange(pair.Server.Transport.Association.ReceiveOccupiedBytes, 400_000, 600_000 + 262_144);
        Assert.InRange(pair.Client.Transport.BufferedAmount(flow.Channel), 200_000, 300_000);
        for (var i = 0; i < 1000 && !flow.IsDone; i++)
        {
            pair.Server.ReleaseAll(pair.Now);
            pair.Server.IsReading = i > 5;
            pair.RunFor(TimeSpan.FromSeconds(3));
        }

        Assert.True(flow.IsDone, $"{flow.Received}/{flow.Total}: {pair.Client.Transport.Statistics}");
        Assert.True(pair.Client.Count(DataChannelEventKind.BufferedAmountLow) > 0);
    }

    [Fact]
    public void BufferedAmountLow_IsReportedOnTheWayDownOnly()
    {
        var pair = new TransportPair(2, new LossyPipeOptions { Delay = TimeSpan.FromMilliseconds(10) });
        var channel = pair.Client.Transport.OpenChannel(pair.Now, new DataChannelInit());
        pair.Connect();
        pair.RunFor(TimeSpan.FromSeconds(1));
        pair.Client.Transport.SetBufferedAmountLowThreshold(channel, 20_000);
        Assert.Equal(0, pair.Client.Transport.BufferedAmount(channel));
        Assert.True(pair.Client.Transport.TrySend(pair.Now, channel, new byte[15_000], isText: false));
        Assert.True(pair.Client.Transport.TrySend(pair.Now, channel, new byte[25_000], isText: false));
        Assert.Equal(40_000, pair.Client.Transport.BufferedAmount(channel));
        Assert.Equal(0, pair.Client.Count(DataChannelEventKind.BufferedAmountLow));
        Assert.True(pair.RunUntil(() => pair.Client.Has(DataChannelEventKind.BufferedAmountLow), Limit));
        Assert.InRange(pair.Client.Transport.BufferedAmount(channel), 0, 20_000);
        pair.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(1, pair.Client.Count(DataChannelEventKind.BufferedAmountLow));
        Assert.Equal(0, pair.Client.Transport.BufferedAmount(channel));
    }

    [Fact]
    public void Misuse_IsReportedToTheCaller()
    {
        var pair = new TransportPair();
        var transport = pair.Client.Transport;
        Assert.Throws<ArgumentException>(() => transport.OpenChannel(pair.Now, new DataChannelInit { MaxRetransmits = 1, MaxPacketLifeTimeMs = 1 }));
        Assert.Throws<ArgumentException>(() => transport.OpenChannel(pair.Now, new DataChannelInit { Negotiated = true }));
        Assert.Throws<ArgumentException>(() => transport.OpenChannel(pair.Now, new DataChannelInit { Label = new string('x', 65_536) }));
        var channel = transport.OpenChannel(pair.Now, new DataChannelInit());
        Assert.Throws<InvalidOperationException>(() => transport.TrySend(pair.Now, channel, [1], isText: false));
        transport.SetRemoteMaxMessageSize(1000);
        pair.Connect();
        pair.RunFor(TimeSpan.FromSeconds(1));
        Assert.Throws<ArgumentException>(() => transport.TrySend(pair.Now, channel, new byte[1001], isText: false));
        Assert.True(transport.TrySend(pair.Now, channel, new byte[1000], isText: false));
    }

    [Fact]
    public void Abort_ClosesEverythingOnBothSides()
    {
        var pair = new TransportPair();
        pair.Client.Transport.OpenChannel(pair.Now, new DataChannelInit());
        pair.Connect();
        pair.RunFor(TimeSpan.FromSeconds(1));
        pair.Client.Transport.Abort(pair.Now);
        Assert.True(pair.RunUntil(() => pair.Server.Has(DataChannelEventKind.Closed), Limit));
        Assert.Equal(SctpCloseReason.RemoteAbort, pair.Server.Events[^1].Reason);
        Assert.Equal(SctpCloseReason.LocalAbort, pair.Client.Events[^1].Reason);
        Assert.Equal(1, pair.Server.Count(DataChannelEventKind.ChannelClosed));
        Assert.Equal(Instant.Never, pair.Server.Transport.NextTimeout);
        Assert.Throws<InvalidOperationException>(() => pair.Client.Transport.OpenChannel(pair.Now, new DataChannelInit()));
    }

    [Fact]
    public void Shutdown_DeliversWhatIsQueued()
    {
        var pair = new TransportPair(12, Bad);
        var channel = pair.Client.Transport.OpenChannel(pair.Now, new DataChannelInit());
        pair.Connect();
        pair.RunUntil(() => pair.Server.Has(DataChannelEventKind.ChannelOpened), Limit);
        Assert.True(pair.Client.Transport.TrySend(pair.Now, channel, new byte[200_000], isText: false));
        pair.Client.Transport.Shutdown(pair.Now);
        Assert.True(pair.RunUntil(() => pair.Server.Has(DataChannelEventKind.Closed) && pair.Client.Has(DataChannelEventKind.Closed), Limit));
        Assert.Equal(200_000, Assert.Single(pair.Server.Messages).Bytes.Length);
    }

    [Theory]
    [InlineData(50_000, 1_000_000)]
    [InlineData(1_000_000, 50_000)]
    public void TrySend_AboveALimit_IsRefusedAndToldOnceThereIsRoom(long channelBytes, long totalBytes)
    {
        var options = new DataChannelTransportOptions { ChannelSendBufferBytes = channelBytes, TotalSendBufferBytes = totalBytes };
        var pair = new TransportPair(13, new LossyPipeOptions { Delay = TimeSpan.FromMilliseconds(10), BytesPerSecond = 100_000 }, options);
        var first = pair.Client.Transport.OpenChannel(pair.Now, new DataChannelInit());
        var second = pair.Client.Transport.OpenChannel(pair.Now, new DataChannelInit());
        pair.Connect();
        pair.RunFor(TimeSpan.FromSeconds(1));
        while (pair.Client.Transport.TrySend(pair.Now, first, new byte[10_000], isText: false))
        {
        }

        Assert.InRange(pair.Client.Transport.BufferedAmount(first), 40_000, 50_000);
        Assert.Equal(channelBytes < totalBytes, pair.Client.Transport.TrySend(pair.Now, second, new byte[10_000], isText: false));
        Assert.False(pair.Client.Has(DataChannelEventKind.BufferedAmountLow));
        Assert.True(pair.RunUntil(() => pair.Client.Has(DataChannelEventKind.BufferedAmountLow), Limit));
        Assert.True(pair.Client.Transport.TrySend(pair.Now, first, new byte[10_000], isText: false));
        pair.RunFor(TimeSpan.FromSeconds(5));
        Assert.True(pair.Server.Messages.Count >= 5);
    }
}
