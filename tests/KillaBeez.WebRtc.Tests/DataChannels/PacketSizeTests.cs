using KillaBeez.WebRtc.DataChannels;
using KillaBeez.WebRtc.Sctp;
using KillaBeez.WebRtc.Tests.Emulation;

namespace KillaBeez.WebRtc.Tests.DataChannels;

/// <summary>The search for the largest packet, over paths that lose what is too large (RFC 8899).</summary>
public sealed class PacketSizeTests
{
    private static readonly LossyPipeOptions Path = new() { Delay = TimeSpan.FromMilliseconds(10), BytesPerSecond = 5_000_000 };

    [Theory]
    [InlineData(1500, 1432)]
    [InlineData(1432, 1432)]
    [InlineData(1431, 1416)]
    [InlineData(1412, 1396)]
    [InlineData(1396, 1380)]
    [InlineData(1350, 1334)]
    [InlineData(1285, 1269)]
    [InlineData(1200, 1188)]
    [InlineData(1188, 1188)]
    public void Search_PathOfAnySize_SettlesJustBelow(int passes, int least)
    {
        var bulk = new Bulk(1, Path with { MaxDatagramBytes = passes });
        bulk.Pair.RunFor(TimeSpan.FromSeconds(20));
        Assert.InRange(bulk.PacketBytes, least, Math.Min(passes, SctpLimits.MaxProbedPacketBytes));
        Assert.Equal(0, bulk.Pair.Client.Transport.Statistics.Sent.Timeouts);
        Assert.True(bulk.Received > 20 * 4_000_000L, $"{bulk.Received}");
    }

    /// <summary>A relay adds 4 bytes to each datagram in a channel, 36 in a Send indication.</summary>
    [Theory]
    [InlineData(4)]
    [InlineData(36)]
    public void Search_ThroughARelay_SettlesAtWhatPasses(int relayBytes)
    {
        var bulk = new Bulk(2, Path with { MaxDatagramBytes = 1435 - relayBytes });
        bulk.Pair.RunFor(TimeSpan.FromSeconds(20));
        Assert.InRange(bulk.PacketBytes, 1435 - relayBytes - 20, 1435 - relayBytes);
    }

    [Fact]
    public void Search_OnALossyPath_StillFindsTheSize()
    {
        var bulk = new Bulk(3, Path with { Loss = 0.05 });
        bulk.Pair.RunFor(TimeSpan.FromSeconds(30));
        Assert.True(bulk.PacketBytes >= 1400, $"{bulk.PacketBytes}");
    }

    [Fact]
    public void Search_WhereLittleIsSent_DoesNotBegin()
    {
        var pair = new TransportPair(4, Path);
        var channel = pair.Client.Transport.OpenChannel(pair.Now, new DataChannelInit());
        pair.Connect();
        pair.ToServer.DropFilter = packet => packet.Length > SctpLimits.DefaultPacketBytes;
        for (var i = 0; i < 60; i++)
        {
            Assert.True(pair.Client.Transport.TrySend(pair.Now, channel, new byte[1000], isText: false));
            pair.RunFor(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(0, pair.ToServer.Dropped);
    }

    [Fact]
    public void Search_SettledBelowTheCeiling_TriesAgainAfterTenMinutes()
    {
        var bulk = new Bulk(5, Path with { MaxDatagramBytes = 1300, BytesPerSecond = 200_000 });
        bulk.Pair.RunFor(TimeSpan.FromSeconds(60));
        Assert.InRange(bulk.PacketBytes, 1284, 1300);
        bulk.Pair.ToServer.Options = Path with { BytesPerSecond = 200_000 };
        bulk.Pair.RunFor(TimeSpan.FromMinutes(8));
        Assert.InRange(bulk.PacketBytes, 1284, 1300);
        bulk.Pair.RunFor(TimeSpan.FromMinutes(3));
        Assert.Equal(1432, bulk.PacketBytes);
    }

    [Theory]
    [InlineData(1400)]
    [InlineData(1188)]
    public void BlackHole_AfterALargeSizeWasFound_FallsBackLosesNothingAndFindsTheNewSize(int passes)
    {
        var bulk = new Bulk(6, Path);
        bulk.Pair.RunFor(TimeSpan.FromSeconds(3));
        Assert.Equal(1432, bulk.PacketBytes);
        bulk.Pair.ToServer.Options = Path with { MaxDatagramBytes = passes };
        var before = bulk.Received;
        Assert.True(bulk.Pair.RunUntil(() => bulk.PacketBytes == SctpLimits.DefaultPacketBytes, TimeSpan.FromSeconds(6)));
        Assert.True(bulk.Pair.RunUntil(() => bulk.Received > before + 1_000_000, TimeSpan.FromSeconds(6)), "the transfer stalls");
        bulk.Pair.RunFor(TimeSpan.FromSeconds(60));
        Assert.InRange(bulk.PacketBytes, passes - 20, passes);
        bulk.AssertExact();
    }

    [Fact]
    public void BlackHole_BesideSmallMessagesThatPass_IsNoticedToo()
    {
        var bulk = new Bulk(7, Path);
        var brief = bulk.Pair.Client.Transport.OpenChannel(bulk.Pair.Now, new DataChannelInit { Ordered = false });
        bulk.Pair.RunFor(TimeSpan.FromSeconds(3));
        Assert.Equal(1432, bulk.PacketBytes);
        bulk.Pair.ToServer.Options = Path with { MaxDatagramBytes = SctpLimits.DefaultPacketBytes };
        var nextAt = bulk.Pair.Now;
        var more = bulk.Pair.OnTurn!;
        bulk.Pair.OnTurn = () =>
        {
            more();
            if (bulk.Pair.Now >= nextAt)
            {
                bulk.Pair.Client.Transport.TrySend(bulk.Pair.Now, brief, new byte[10], isText: false);
                nextAt = bulk.Pair.Now.AddMs(5);
                bulk.Pair.NextWake = nextAt;
            }
        };
        Assert.True(bulk.Pair.RunUntil(() => bulk.PacketBytes == SctpLimits.DefaultPacketBytes, TimeSpan.FromSeconds(5)));
        var before = bulk.Received;
        Assert.True(bulk.Pair.RunUntil(() => bulk.Received > before + 1_000_000, TimeSpan.FromSeconds(6)), "the transfer stalls");
    }

    [Fact]
    public void Outage_AtALargeSize_CostsItForSecondsOnly()
    {
        var bulk = new Bulk(8, Path);
        bulk.Pair.RunFor(TimeSpan.FromSeconds(3));
        bulk.Pair.ToServer.DropFilter = _ => true;
        bulk.Pair.RunFor(TimeSpan.FromSeconds(8));
        Assert.Equal(SctpLimits.DefaultPacketBytes, bulk.PacketBytes);
        bulk.Pair.ToServer.DropFilter = null;
        bulk.Pair.RunFor(TimeSpan.FromSeconds(15));
        Assert.Equal(1432, bulk.PacketBytes);
        bulk.AssertExact();
    }

    [Fact]
    public void PathChange_ToASmallerOne_GoesOnAtOnceAndLosesNothing()
    {
        var bulk = new Bulk(9, Path);
        bulk.Pair.RunFor(TimeSpan.FromSeconds(3));
        Assert.Equal(1432, bulk.PacketBytes);

        // Everything under way is lost, and the new path is longer and takes less.
        bulk.Pair.ToServer.DropFilter = _ => true;
        bulk.Pair.ToClient.DropFilter = _ => true;
        bulk.Pair.RunFor(TimeSpan.FromMilliseconds(30));
        bulk.Pair.ToServer.DropFilter = null;
        bulk.Pair.ToClient.DropFilter = null;
        bulk.Pair.ToServer.Options = Path with { Delay = TimeSpan.FromMilliseconds(50), MaxDatagramBytes = 1300 };
        bulk.Pair.ToClient.Options = Path with { Delay = TimeSpan.FromMilliseconds(50) };
        bulk.Pair.Client.Transport.OnPathChanged(bulk.Pair.Now, SctpLimits.MaxProbedPacketBytesIPv6);
        bulk.Pair.Server.Transport.OnPathChanged(bulk.Pair.Now, SctpLimits.MaxProbedPacketBytesIPv6);
        Assert.Equal(SctpLimits.DefaultPacketBytes, bulk.PacketBytes);
        Assert.InRange(bulk.Pair.Client.Transport.Statistics.CongestionWindowBytes, 1, 10 * SctpLimits.DefaultPacketBytes);
        var before = bulk.Received;
        Assert.True(bulk.Pair.RunUntil(() => bulk.Received > before + 200_000, TimeSpan.FromSeconds(1.5)), "the transfer waits");
        bulk.Pair.RunFor(TimeSpan.FromSeconds(20));
        Assert.InRange(bulk.PacketBytes, 1284, 1300);
        Assert.InRange(bulk.Pair.Client.Transport.Statistics.RoundTripTime!.Value.TotalMilliseconds, 99, 250);
        bulk.AssertExact();
    }

    [Fact]
    public void PathChange_WhileTheOldPathStillDelivers_ShrinksTheWindowOnce()
    {
        var bulk = new Bulk(10, Path);
        bulk.Pair.RunFor(TimeSpan.FromSeconds(3));
        var events = bulk.Pair.Client.Transport.Statistics.Sent.CongestionEvents;
        bulk.Pair.Client.Transport.OnPathChanged(bulk.Pair.Now, SctpLimits.MaxProbedPacketBytes);
        bulk.Pair.RunFor(TimeSpan.FromMilliseconds(200));
        Assert.Equal(events, bulk.Pair.Client.Transport.Statistics.Sent.CongestionEvents);
        Assert.Equal(0, bulk.Pair.Client.Transport.Statistics.Sent.Timeouts);
        bulk.Pair.RunFor(TimeSpan.FromSeconds(3));
        Assert.Equal(1432, bulk.PacketBytes);
        bulk.AssertExact();
    }

    /// <summary>A transfer that never ends, in numbered messages.</summary>
    private sealed class Bulk
    {
        private readonly ChannelHandle _channel;
        private readonly byte[] _message = new byte[50_000];
        private int _sent;
        private int _next;
        private bool _isExact = true;

        public Bulk(ulong seed, LossyPipeOptions path)
        {
            Pair = new TransportPair(seed, path);
            _channel = Pair.Client.Transport.OpenChannel(Pair.Now, new DataChannelInit());
            Pair.Connect();
            Pair.Server.OnMessage = e =>
            {
                if (e.Payload.Length == _message.Length)
                {
                    Received += e.Payload.Length;
                    _isExact &= BitConverter.ToInt32(e.Payload.Span) == _next++;
                }
            };
            Pair.OnTurn = () =>
            {
                while (Pair.Client.Transport.BufferedAmount(_channel) < 150_000)
                {
                    BitConverter.TryWriteBytes(_message, _sent++);
                    Assert.True(Pair.Client.Transport.TrySend(Pair.Now, _channel, _message, isText: false));
                }
            };
        }

        public TransportPair Pair { get; }

        public long Received { get; private set; }

        public int PacketBytes => Pair.Client.Transport.Statistics.PacketBytes;

        public void AssertExact() => Assert.True(_isExact && _next > 0, "a message is lost or out of order");
    }
}
