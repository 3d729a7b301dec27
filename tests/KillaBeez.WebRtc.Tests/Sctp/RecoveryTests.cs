using KillaBeez.WebRtc.Sctp;
using KillaBeez.WebRtc.Sctp.Packet;
using KillaBeez.WebRtc.Sctp.Packet.Chunks;
using KillaBeez.WebRtc.Sctp.Tx;

namespace KillaBeez.WebRtc.Tests.Sctp;

/// <summary>Losses that are found, and those that were none.</summary>
public sealed class RecoveryTests
{
    private const uint Window = 1_000_000;

    private static void Send(ScriptedPeer peer, int packets, Reliability? reliability = null) =>
        peer.Association.Send(0, 53, new byte[packets * 1160], false, true, reliability ?? Reliability.Full);

    private static List<uint> Tsns(List<SentChunk> chunks) =>
        [.. chunks.Where(c => c.Type == ChunkType.Data).Select(c => ScriptedPeer.AsData(c).Tsn.Value)];

    /// <summary>A peer whose round-trip time is known to be 50 ms.</summary>
    private static ScriptedPeer Measured()
    {
        var peer = new ScriptedPeer().Establish();
        Send(peer, 2);
        peer.Poll();
        peer.Now = peer.Now.AddMs(50);
        peer.Send(ScriptedPeer.Sack(peer.Association.Sender.LastAssignedTsn, Window));
        return peer;
    }

    [Fact]
    public void Gap_ReportedThriceByTheSameSack_IsCountedOnce()
    {
        var peer = Measured();
        Send(peer, 4);
        var tsns = Tsns(peer.PollChunks());
        peer.Now = peer.Now.AddMs(50);
        for (var i = 0; i < 5; i++)
        {
            peer.Send(ScriptedPeer.Sack(new Tsn(tsns[0]).Previous, Window, [new GapBlock(2, 2)]));
        }

        Assert.Empty(Tsns(peer.PollChunks()));
        Assert.Equal(0, peer.Association.Sender.Statistics.CongestionEvents);
    }

    [Fact]
    public void Gap_OfTooFewPacketsToBeSure_IsRetransmittedByTheClock()
    {
        var peer = Measured();
        Send(peer, 2);
        var tsns = Tsns(peer.PollChunks());
        peer.Now = peer.Now.AddMs(50);
        peer.Send(ScriptedPeer.Sack(new Tsn(tsns[0]).Previous, Window, [new GapBlock(2, 2)]));
        Assert.Empty(Tsns(peer.PollChunks()));

        // Nine eighths of a round trip after it was sent.
        Assert.Equal([tsns[0]], Tsns(peer.Wait(TimeSpan.FromMilliseconds(10))));
        Assert.Equal(0, peer.Association.Sender.Statistics.Timeouts);
    }

    [Fact]
    public void Retransmission_ThatWasNeedless_GivesTheWindowBackAndWaitsLongerNextTime()
    {
        var peer = Measured();
        Send(peer, 8);
        var tsns = Tsns(peer.PollChunks());
        var first = new Tsn(tsns[0]);
        var before = peer.Association.Sender.CongestionWindowBytes;
        peer.Now = peer.Now.AddMs(50);
        peer.Send(ScriptedPeer.Sack(first.Previous, Window, [new GapBlock(2, 4)]));
        Assert.Equal([tsns[0]], Tsns(peer.PollChunks()));
        Assert.True(peer.Association.Sender.CongestionWindowBytes < before);

        // The first transmission was only late; its copy arrives too and is reported as a duplicate.
        peer.Now = peer.Now.AddMs(50);
        peer.Send(ScriptedPeer.Sack(first + 7, Window, duplicates: [first]));
        Assert.True(peer.Association.Sender.CongestionWindowBytes >= before);
        Send(peer, 8);
        tsns = Tsns(peer.PollChunks());
        peer.Now = peer.Now.AddMs(50);
        peer.Send(ScriptedPeer.Sack(new Tsn(tsns[0]).Previous, Window, [new GapBlock(2, 4)]));
        Assert.Empty(Tsns(peer.PollChunks()));
    }

    [Fact]
    public void Losses_OfOneRound_ShrinkTheWindowOnce()
    {
        var peer = Measured();
        Send(peer, 10);
        var first = new Tsn(Tsns(peer.PollChunks())[0]);
        peer.Now = peer.Now.AddMs(50);
        peer.Send(ScriptedPeer.Sack(first.Previous, Window, [new GapBlock(4, 6)]));
        peer.Poll();
        var after = peer.Association.Sender.CongestionWindowBytes;
        peer.Send(ScriptedPeer.Sack(first.Previous, Window, [new GapBlock(4, 6), new GapBlock(10, 10)]));
        peer.Poll();
        Assert.Equal(after, peer.Association.Sender.CongestionWindowBytes);
        Assert.Equal(1, peer.Association.Sender.Statistics.CongestionEvents);
    }

    [Fact]
    public void Timeout_EndsTheRecoveryAndTheWindowGrowsAgain()
    {
        var peer = Measured();
        Send(peer, 10);
        var first = new Tsn(Tsns(peer.PollChunks())[0]);
        peer.Now = peer.Now.AddMs(50);
        peer.Send(ScriptedPeer.Sack(first.Previous, Window, [new GapBlock(2, 5)]));
        peer.Poll();
        peer.Wait(TimeSpan.FromSeconds(1));
        Assert.InRange(peer.Association.Sender.Statistics.Timeouts, 1, 2);
        Assert.InRange(peer.Association.Sender.CongestionWindowBytes, 1, 1176);
        for (var i = 0; i < 6; i++)
        {
            peer.Send(ScriptedPeer.Sack(first + (2 * i), Window));
            peer.Poll();
            peer.Now = peer.Now.AddMs(50);
        }

        Assert.True(peer.Association.Sender.CongestionWindowBytes > 2 * 1176);
    }

    [Fact]
    public void Backoff_IsOverWithTheFirstAcknowledgement()
    {
        var peer = Measured();
        Send(peer, 2);
        var tsns = Tsns(peer.PollChunks());
        peer.Wait(TimeSpan.FromSeconds(30));
        Assert.True(peer.Association.Sender.Statistics.Timeouts > 5);
        peer.Send(ScriptedPeer.Sack(new Tsn(tsns[0]), Window));
        peer.Poll();

        // The probe, and the timeout without back-off, come well within the capped 3 s.
        Assert.NotEmpty(Tsns(peer.Wait(TimeSpan.FromMilliseconds(700))));
    }

    [Fact]
    public void Probe_WithSomethingNewToSend_SendsThatInstead()
    {
        var peer = Measured();
        Send(peer, 200);
        var sent = Tsns(peer.PollChunks());
        var probe = Assert.Single(Tsns(peer.Wait(TimeSpan.FromMilliseconds(125))));
        Assert.Equal(sent[^1] + 1, probe);
    }

    [Fact]
    public void ForwardTsn_ForManyLosses_LeavesOncePerRoundTrip()
    {
        var peer = Measured();
        var count = 0;
        var begin = peer.Now;
        for (var i = 0; i < 100; i++)
        {
            Send(peer, 1, Reliability.Until(peer.Now.AddMs(1)));
            count += peer.PollChunks().Count(c => c.Type == ChunkType.ForwardTsn);
            count += peer.Wait(TimeSpan.FromMilliseconds(10)).Count(c => c.Type == ChunkType.ForwardTsn);

            // The last thing sent is reported, so that what was before it counts as lost at once.
            peer.Send(ScriptedPeer.Sack(peer.Association.Sender.CumulativeAck, Window));
        }

        Assert.InRange(count, 1, (int)((peer.Now - begin) / TimeSpan.FromMilliseconds(45)) + 1);
    }
}
