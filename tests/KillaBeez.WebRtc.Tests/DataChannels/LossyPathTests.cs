using KillaBeez.WebRtc.DataChannels;
using KillaBeez.WebRtc.Sctp;
using KillaBeez.WebRtc.Tests.Emulation;

namespace KillaBeez.WebRtc.Tests.DataChannels;

/// <summary>Whole transports over bad paths: everything arrives, once, in order, in bounded time.</summary>
public sealed class LossyPathTests
{
    public static TheoryData<int, int, double, bool> Paths()
    {
        var data = new TheoryData<int, int, double, bool>();
        var seed = 1;
        foreach (var loss in new[] { 0.0, 0.01, 0.05, 0.15, 0.30 })
        {
            foreach (var delayMs in new[] { 1, 20, 100, 400 })
            {
                data.Add(seed++, delayMs, loss, seed % 3 == 0);
                data.Add(seed++, delayMs, loss, seed % 3 == 0);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Transfer_OverLossReorderingAndDuplication_IsExactAndOrdered(int seed, int delayMs, double loss, bool isForeign)
    {
        var random = new SeededRandomSource((ulong)seed * 7919);
        var path = new LossyPipeOptions
        {
            Loss = loss,
            Duplication = 0.02,
            Reordering = 0.05,
            ReorderingDelay = TimeSpan.FromMilliseconds(1 + (delayMs / 2.0)),
            Delay = TimeSpan.FromMilliseconds(delayMs),
            Jitter = TimeSpan.FromMilliseconds(delayMs / 10.0),
        };
        var options = new DataChannelTransportOptions
        {
            Sctp = new SctpOptions
            {
                RecognizeOwnStack = !isForeign,
                OfferInterleaving = (seed / 2) % 2 == 0,
                AcceptZeroChecksum = seed % 2 == 0,
                InitialTsn = seed % 4 == 0 ? uint.MaxValue - 20 : null,
                CongestionControl = seed % 5 == 0 ? CongestionControlKind.NewReno : CongestionControlKind.Cubic,
            },
        };
        var pair = new TransportPair((ulong)seed, path, options);
        var a = new MessageFlow(pair, pair.Client, pair.Server, seed, random.Fork(), messages: 60);
        var b = new MessageFlow(pair, pair.Server, pair.Client, seed, random.Fork(), messages: 30);
        a.Open();
        b.Open();
        pair.Start();
        pair.OnTurn = () =>
        {
            a.Turn();
            b.Turn();
        };

        // Liveness: even at 30 % loss and 0.8 s round trip the slowest recovery step is a back-off of 3 s.
        var isDone = pair.RunUntil(() => a.IsDone && b.IsDone, TimeSpan.FromMinutes(10));
        Assert.True(isDone, $"seed {seed}: {a.Received}/{a.Total} and {b.Received}/{b.Total} at {pair.Now}");
    }

    [Fact]
    public void Transfer_LargeOverLongPath_RecoversFromRandomLossWithoutTimeouts()
    {
        var path = new LossyPipeOptions { Loss = 0.005, Delay = TimeSpan.FromMilliseconds(25) };
        var pair = new TransportPair(11, path);
        var flow = new MessageFlow(pair, pair.Client, pair.Server, 11, new SeededRandomSource(3), messages: 60, minBytes: 65_536, maxBytes: 65_536);
        flow.Open();
        pair.Connect();
        pair.OnTurn = flow.Turn;
        Assert.True(pair.RunUntil(() => flow.IsDone, TimeSpan.FromSeconds(60)), $"{flow.Received}/{flow.Total}");
        Assert.Equal(0, pair.Client.Transport.Statistics.Sent.Timeouts);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void SmallMessages_BesideLargeOnesOfAnotherChannel_WaitOnlyWhereFragmentsCannotMix(bool interleaves)
    {
        // 1 MB/s: a message of 256 KiB takes a quarter of a second.
        var path = new LossyPipeOptions { Delay = TimeSpan.FromMilliseconds(5), BytesPerSecond = 1_000_000, QueueBytes = 20_000 };
        var options = new DataChannelTransportOptions { Sctp = new SctpOptions { OfferInterleaving = interleaves } };
        var pair = new TransportPair(5, path, options);
        var bulk = pair.Client.Transport.OpenChannel(pair.Now, new DataChannelInit());
        var brief = pair.Client.Transport.OpenChannel(pair.Now, new DataChannelInit());
        pair.Connect();
        var delays = new List<TimeSpan>();
        var sentAt = Instant.Never;
        pair.Server.OnMessage = e =>
        {
            if (e.Payload.Length == 100)
            {
                delays.Add(pair.Now - sentAt);
                sentAt = Instant.Never;
            }
        };
        pair.OnTurn = () =>
        {
            while (pair.Client.Transport.BufferedAmount(bulk) < 600_000)
            {
                Assert.True(pair.Client.Transport.TrySend(pair.Now, bulk, new byte[262_144], isText: false));
            }

            if (sentAt == Instant.Never)
            {
                sentAt = pair.Now;
                Assert.True(pair.Client.Transport.TrySend(pair.Now, brief, new byte[100], isText: false));
            }
        };
        pair.RunFor(TimeSpan.FromSeconds(10));
        Assert.True(delays.Count > 20, $"{delays.Count}");
        var worst = delays.Skip(5).Max();
        Assert.True(interleaves ? worst < TimeSpan.FromMilliseconds(120) : worst > TimeSpan.FromMilliseconds(200), $"{worst}");
    }

    /// <summary>As in the interop matrix: 64 MiB in messages of 16 KiB, one datagram in fifty lost each way.</summary>
    [Theory]
    [InlineData(1, 0.2, true)]
    [InlineData(2, 0.2, false)]
    [InlineData(3, 2, true)]
    [InlineData(4, 2, false)]
    [InlineData(5, 10, true)]
    [InlineData(6, 10, false)]
    public void Transfer_Of64MiBAtTwoPercentLoss_NeitherCollapsesNorWaitsForTimeouts(int seed, double delayMs, bool isForeign)
    {
        const int messages = 4096;
        var path = new LossyPipeOptions { Loss = 0.02, Delay = TimeSpan.FromMilliseconds(delayMs) };
        var options = new DataChannelTransportOptions
        {
            Sctp = new SctpOptions
            {
                RecognizeOwnStack = !isForeign,
                OfferInterleaving = !isForeign,
                AcceptZeroChecksum = !isForeign,
                ReceiveWindowBytes = isForeign ? 1024 * 1024 : 16 * 1024 * 1024,
            },
        };
        var pair = new TransportPair((ulong)seed, path, options);
        var channel = pair.Client.Transport.OpenChannel(pair.Now, new DataChannelInit());
        pair.Connect();
        var message = new byte[16_384];
        var sent = 0;
        var received = 0;
        var isExact = true;
        pair.Server.OnMessage = e => isExact &= BitConverter.ToInt32(e.Payload.Span) == received++;
        pair.OnTurn = () =>
        {
            while (sent < messages && pair.Client.Transport.BufferedAmount(channel) < 1_000_000)
            {
                BitConverter.TryWriteBytes(message, sent++);
                Assert.True(pair.Client.Transport.TrySend(pair.Now, channel, message, isText: false));
            }
        };
        var begin = pair.Now;
        Assert.True(pair.RunUntil(() => received == messages, TimeSpan.FromMinutes(10)), $"seed {seed}: {received}, {pair.Client.Transport.Statistics}");
        var seconds = (pair.Now - begin).TotalSeconds;
        var statistics = pair.Client.Transport.Statistics.Sent;
        Assert.True(isExact);

        // What the square-root formula (RFC 3649) grants a sender at this loss, without its timeouts.
        var granted = 1.22 * 1188 / (2 * delayMs / 1000) / Math.Sqrt(0.02);
        var what = $"seed {seed}: {seconds:0.0} s, {messages * 16_384 / seconds / granted:0.00} of the formula's rate, {statistics}";
        Assert.True(messages * 16_384 / seconds > granted * 0.7, what);
        Assert.True(statistics.Timeouts <= 2 + (statistics.PacketsSent / 10_000), what);
        Assert.True(statistics.ChunksRetransmitted < 0.06 * statistics.PacketsSent, what);
    }
}
