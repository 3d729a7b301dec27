using KillaBeez.WebRtc.Sctp;
using KillaBeez.WebRtc.Sctp.Packet;
using KillaBeez.WebRtc.Sctp.Packet.Chunks;
using KillaBeez.WebRtc.Sctp.Rx;

namespace KillaBeez.WebRtc.Tests.Sctp;

/// <summary>What our SACKs say, and which TSNs are taken (RFC 9260 sections 3.3.4 and 6.2).</summary>
public sealed class SackRulesTests
{
    private const DataFlags Alone = DataFlags.Begin | DataFlags.End | DataFlags.Unordered;

    private static SackChunk LastSack(ScriptedPeer peer) => ScriptedPeer.AsSack(peer.PollChunks().Last(c => c.Type == ChunkType.Sack));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Sack_ForTheFirstDataOfAll_LeavesAtOnce(bool ownStack)
    {
        var peer = new ScriptedPeer().Establish(ownStack: ownStack);
        peer.SendMessage(0, 0, [1]);
        Assert.Equal(peer.InitialTsn, LastSack(peer).CumulativeTsn);
    }

    /// <summary>The example of RFC 9260 section 3.3.4: 10, 11, 12, 14, 15, 17 have arrived.</summary>
    [Fact]
    public void Sack_OfTheExampleInTheRfc_HasItsBlocks()
    {
        var peer = new ScriptedPeer(initialTsn: 10).Establish();
        foreach (var tsn in new uint[] { 10, 11, 12, 14, 15, 17 })
        {
            peer.Send(ScriptedPeer.Data(new Tsn(tsn), 0, 0, [1], Alone));
        }

        var sack = LastSack(peer);
        Assert.Equal(12u, sack.CumulativeTsn.Value);
        Assert.Equal([new GapBlock(2, 3), new GapBlock(5, 5)], new[] { sack.Gap(0), sack.Gap(1) });
    }

    [Theory]
    [InlineData(false, SctpLimits.MaxGapBlocksToForeignStack)]
    [InlineData(true, SctpLimits.MaxGapBlocksToOwnStack)]
    public void Sack_WithManyGaps_ReportsTheFirstOnesUpToTheLimit(bool ownStack, int limit)
    {
        var peer = new ScriptedPeer().Establish(ownStack: ownStack);
        for (var i = 0; i < 400; i++)
        {
            peer.Send(ScriptedPeer.Data(peer.InitialTsn + 1 + (2 * i), 0, 0, [1], Alone));
        }

        var sack = LastSack(peer);
        Assert.Equal(limit, sack.GapCount);
        Assert.Equal(new GapBlock(2, 2), sack.Gap(0));
        Assert.Equal(new GapBlock((ushort)(2 * limit), (ushort)(2 * limit)), sack.Gap(limit - 1));
    }

    [Fact]
    public void Sack_WithManyDuplicates_ReportsTwentyAndEachOnce()
    {
        var peer = new ScriptedPeer().Establish();
        for (var i = 0; i < 50; i++)
        {
            peer.Send(ScriptedPeer.Data(peer.InitialTsn + i, 0, 0, [1], Alone));
        }

        peer.Poll();
        for (var i = 0; i < 50; i++)
        {
            peer.Send(ScriptedPeer.Data(peer.InitialTsn + i, 0, 0, [1], Alone));
        }

        Assert.Equal(SctpLimits.MaxDuplicatesReported, LastSack(peer).DuplicateCount);
        peer.Send(ScriptedPeer.Data(peer.InitialTsn, 0, 0, [1], Alone));
        Assert.Equal(1, LastSack(peer).DuplicateCount);
    }

    [Fact]
    public void Duplicates_OneSackAPacket()
    {
        var peer = new ScriptedPeer().Establish();
        peer.SendMessage(0, 0, [1]);
        peer.Poll();
        var again = Enumerable.Repeat(ScriptedPeer.Data(peer.InitialTsn, 0, 0, [1]), 40).ToArray();
        peer.Send(again);
        peer.Send(again);
        Assert.Equal(2, peer.PollChunks().Count(c => c.Type == ChunkType.Sack));
    }

    [Fact]
    public void Tsn_FurtherAheadThanAGapBlockCanSay_IsNotTaken()
    {
        var peer = new ScriptedPeer().Establish();
        peer.Send(ScriptedPeer.Data(peer.InitialTsn + 65_534, 0, 0, [1], Alone));
        Assert.Equal(new GapBlock(65_535, 65_535), LastSack(peer).Gap(0));
        peer.Send(ScriptedPeer.Data(peer.InitialTsn + 65_535, 0, 0, [1], Alone));
        Assert.Equal(1, LastSack(peer).GapCount);
    }

    [Fact]
    public void ForwardTsn_Old_IsAnsweredAtOnce()
    {
        var peer = new ScriptedPeer().Establish();
        for (ushort i = 0; i < 10; i++)
        {
            peer.SendMessage(0, i, [1]);
        }

        peer.Poll();
        peer.Send(ScriptedPeer.ForwardTsn(peer.InitialTsn));
        Assert.Equal(peer.InitialTsn + 9, LastSack(peer).CumulativeTsn);
    }

    [Fact]
    public void ForwardTsn_PastAResetThatWaits_PerformsItAndKeepsTheNumbersThatFollow()
    {
        var peer = new ScriptedPeer().Establish();
        var tsn = peer.InitialTsn;
        peer.Send(ScriptedPeer.Reset(tsn.Value, 0, tsn + 1, 1));
        peer.Send(ScriptedPeer.ForwardTsn(tsn + 1, new SkippedStream(1, 1)));
        peer.Poll();
        Assert.Contains(peer.Events, e => e.Kind == SctpEventKind.IncomingStreamReset);

        // A missing TSN before it: only the number 0 tells that the message is next.
        peer.Send(ScriptedPeer.Data(tsn + 3, 1, 0, [20]));
        peer.Send(ScriptedPeer.Data(tsn + 2, 2, 0, [30]));
        peer.Poll();
        Assert.Equal([30, 20], peer.Events.Where(e => e.Kind == SctpEventKind.Message).Select(e => (int)e.Payload.Span[0]).OrderDescending());
    }

    /// <summary>Ranges that begin, grow at either end, join and vanish, against the plain set of what arrived.</summary>
    [Theory]
    [InlineData(1000u)]
    [InlineData(uint.MaxValue - 50)]
    public void Ranges_OfAnyArrivals_AreThoseOfTheSet(uint initial)
    {
        for (ulong seed = 1; seed <= 60; seed++)
        {
            var random = new SeededRandomSource(seed);
            var first = new Tsn(initial);
            var tracker = new TsnTracker(first);
            var arrived = new HashSet<int>();
            for (var step = 0; step < 300; step++)
            {
                var offset = random.NextInt32(0, 200);
                if (random.Chance(0.02))
                {
                    tracker.AdvanceTo(first + offset);
                    for (var i = 0; i <= offset; i++)
                    {
                        arrived.Add(i);
                    }
                }
                else
                {
                    var kind = tracker.Classify(first + offset);
                    Assert.Equal(arrived.Contains(offset), kind == TsnArrival.Duplicate);
                    if (kind == TsnArrival.Next)
                    {
                        tracker.AddNext();
                    }
                    else if (kind == TsnArrival.AboveGap)
                    {
                        Assert.True(tracker.TryAddAboveGap(first + offset));
                    }

                    arrived.Add(offset);
                }

                var cumulative = -1;
                while (arrived.Contains(cumulative + 1))
                {
                    cumulative++;
                }

                Assert.Equal((first + cumulative).Value, tracker.Cumulative.Value);
                Assert.Equal(Ranges(arrived, cumulative), BlocksOf(tracker));
            }
        }
    }

    private static List<GapBlock> BlocksOf(TsnTracker tracker)
    {
        var blocks = new GapBlock[300];
        return [.. blocks[..tracker.FillGapBlocks(blocks)]];
    }

    private static List<GapBlock> Ranges(HashSet<int> arrived, int cumulative)
    {
        var ranges = new List<GapBlock>();
        foreach (var offset in arrived.Where(o => o > cumulative).Order())
        {
            var at = (ushort)(offset - cumulative);
            if (ranges.Count > 0 && ranges[^1].End + 1 == at)
            {
                ranges[^1] = ranges[^1] with { End = at };
            }
            else
            {
                ranges.Add(new GapBlock(at, at));
            }
        }

        return ranges;
    }
}
