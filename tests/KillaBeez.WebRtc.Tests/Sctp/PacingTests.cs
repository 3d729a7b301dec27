using KillaBeez.WebRtc.DataChannels;
using KillaBeez.WebRtc.Sctp;
using KillaBeez.WebRtc.Sctp.Packet;
using KillaBeez.WebRtc.Sctp.Tx;
using KillaBeez.WebRtc.Tests.DataChannels;
using KillaBeez.WebRtc.Tests.Emulation;

namespace KillaBeez.WebRtc.Tests.Sctp;

/// <summary>When packets leave within a round trip.</summary>
public sealed class PacingTests
{
    private const uint Window = 10_000_000;

    private static int DataPackets(List<List<SentChunk>> packets) => packets.Count(p => p.Exists(c => c.Type == ChunkType.Data));

    /// <summary>An association whose window is a hundred packets or so, at a round trip of this length.</summary>
    private static ScriptedPeer Grown(double rttMs)
    {
        var peer = new ScriptedPeer(window: Window).Establish(ownStack: true);
        for (var round = 0; round < 4; round++)
        {
            peer.Association.Send(0, 53, new byte[400_000], false, true, Reliability.Full);
            var end = peer.Now.AddMs(rttMs);
            peer.Poll();
            while (peer.Association.NextTimeout < end)
            {
                peer.Now = Instant.Max(peer.Now, peer.Association.NextTimeout);
                peer.Association.HandleTimeout(peer.Now);
                peer.Poll();
            }

            peer.Now = end;
            peer.Send(ScriptedPeer.Sack(peer.Association.Sender.LastAssignedTsn, Window));
        }

        return peer;
    }

    [Fact]
    public void Window_OverALongPath_IsSpreadOverTheRoundTrip()
    {
        var peer = Grown(rttMs: 50);
        var window = peer.Association.Sender.CongestionWindowBytes;
        Assert.True(window > 60 * 1188, $"{window}");
        var begin = peer.Now;
        var sent = DataPackets(peer.Poll());
        Assert.InRange(sent, 1, 2 * SctpLimits.MaxBurstPackets);
        var most = 0;
        while (peer.Association.NextTimeout < begin.AddMs(45))
        {
            peer.Now = Instant.Max(peer.Now, peer.Association.NextTimeout);
            peer.Association.HandleTimeout(peer.Now);
            var now = DataPackets(peer.Poll());
            most = Math.Max(most, now);
            sent += now;
        }

        Assert.InRange(most, 1, 2 * SctpLimits.MaxBurstPackets);

        // Twice the window's rate in slow start: all of it has left in half the round trip, and nothing is left over.
        Assert.InRange(sent * 1176L, window - (2 * 1188), window + 1188);
    }

    [Fact]
    public void Window_OverAShortPath_LeavesAtOnce()
    {
        var peer = Grown(rttMs: 1);
        var window = peer.Association.Sender.CongestionWindowBytes;
        Assert.True(window > 60 * 1188, $"{window}");
        Assert.InRange(DataPackets(peer.Poll()) * 1176L, window / 2, window + 1188);
    }

    [Fact]
    public void Idle_ForALongTime_LetsNoMoreThanAnInitialWindowLeaveAtOnce()
    {
        var peer = Grown(rttMs: 50);
        while (!peer.Association.Sender.IsIdle)
        {
            peer.Poll();
            var last = peer.Association.Sender.LastAssignedTsn;
            peer.Now = peer.Now.AddMs(50);
            peer.Send(ScriptedPeer.Sack(last, Window));
            peer.Association.HandleTimeout(peer.Now);
        }

        peer.Poll();
        peer.Now += TimeSpan.FromSeconds(10);
        peer.Association.Send(0, 53, new byte[400_000], false, true, Reliability.Full);
        Assert.InRange(DataPackets(peer.Poll()), 1, CongestionLimits.InitialWindowPackets + 1);
    }

    /// <summary>What pacing is for: a queue of a few packets carries a long path nevertheless.</summary>
    [Fact]
    public void Transfer_ThroughAShallowQueue_FillsMostOfThePath()
    {
        const int bytesPerSecond = 5_000_000;
        var path = new LossyPipeOptions { Delay = TimeSpan.FromMilliseconds(20), BytesPerSecond = bytesPerSecond, QueueBytes = 40_000 };
        var pair = new TransportPair(3, path);
        var channel = pair.Client.Transport.OpenChannel(pair.Now, new DataChannelInit());
        pair.Connect();
        var received = 0L;
        pair.Server.OnMessage = e => received += e.Payload.Length;
        pair.OnTurn = () =>
        {
            while (pair.Client.Transport.BufferedAmount(channel) < 500_000)
            {
                pair.Client.Transport.TrySend(pair.Now, channel, new byte[16_384], isText: false);
            }
        };
        pair.RunFor(TimeSpan.FromSeconds(20));
        Assert.True(received > 20L * bytesPerSecond * 7 / 10, $"{received / (20.0 * bytesPerSecond):0.00} of the path");
        Assert.Equal(0, pair.Client.Transport.Statistics.Sent.Timeouts);
    }
}
