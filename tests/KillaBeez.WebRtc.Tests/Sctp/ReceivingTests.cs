using KillaBeez.WebRtc.Sctp;
using KillaBeez.WebRtc.Sctp.Packet;
using KillaBeez.WebRtc.Sctp.Packet.Chunks;
using KillaBeez.WebRtc.Sctp.Packet.Parameters;

namespace KillaBeez.WebRtc.Tests.Sctp;

public sealed class ReceivingTests
{
    private static int Messages(ScriptedPeer peer) => peer.Events.Count(e => e.Kind == SctpEventKind.Message);

    [Fact]
    public void Sack_ForForeignPeerAfterSlowStart_EverySecondPacketOrAfterTheDelay()
    {
        var peer = new ScriptedPeer().Establish();

        // A gap ends the phase in which every packet is acknowledged.
        peer.Send(ScriptedPeer.Data(peer.NextTsn + 1, 0, 1, [1]));
        peer.Send(ScriptedPeer.Data(peer.NextTsn, 0, 0, [1]));
        peer.NextTsn += 2;
        peer.Poll();
        for (ushort i = 2; i < 10; i++)
        {
            peer.SendMessage(0, i, [1]);
            Assert.Equal(i % 2 == 1 ? 1 : 0, peer.PollChunks().Count(c => c.Type == ChunkType.Sack));
        }

        peer.SendMessage(0, 10, [1]);
        Assert.Empty(peer.PollChunks());
        Assert.Empty(peer.Wait(TimeSpan.FromMilliseconds(19)));
        Assert.Single(peer.Wait(TimeSpan.FromMilliseconds(2)), c => c.Type == ChunkType.Sack);
        Assert.Empty(peer.Wait(TimeSpan.FromSeconds(5)));
    }

    [Fact]
    public void Sack_ForForeignPeerInOneBatch_AtLeastOnePerTwoPackets()
    {
        var peer = new ScriptedPeer().Establish();
        for (ushort i = 0; i < 32; i++)
        {
            peer.SendMessage(0, i, [1]);
        }

        var sacks = peer.PollChunks().Where(c => c.Type == ChunkType.Sack).Select(c => ScriptedPeer.AsSack(c).CumulativeTsn.Value).ToList();
        Assert.InRange(sacks.Count, 16, 32);
        Assert.Equal(sacks.Order(), sacks);
        Assert.Equal(peer.InitialTsn.Value + 31, sacks[^1]);
    }

    [Fact]
    public void Sack_ForOwnStackInOneBatch_IsOne()
    {
        var peer = new ScriptedPeer().Establish(ownStack: true);
        for (ushort i = 0; i < 32; i++)
        {
            peer.SendMessage(0, i, [1]);
        }

        Assert.Single(peer.PollChunks());
    }

    [Fact]
    public void Sack_WithImmediateBit_LeavesAtOnce()
    {
        var peer = new ScriptedPeer().Establish(ownStack: true);
        peer.SendMessage(0, 0, [1]);
        peer.Poll();
        peer.SendMessage(0, 1, [1]);
        Assert.Empty(peer.PollChunks());
        peer.Wait(TimeSpan.FromMilliseconds(30));
        peer.Send(ScriptedPeer.Data(peer.NextTsn, 0, 2, [1], DataFlags.Begin | DataFlags.End | DataFlags.Immediate));
        Assert.Single(peer.PollChunks());
    }

    [Fact]
    public void Sack_WithGapsAndDuplicates_ReportsBoth()
    {
        var peer = new ScriptedPeer(initialTsn: uint.MaxValue - 2).Establish();
        var first = peer.InitialTsn;
        foreach (var offset in new[] { 0, 2, 3, 6, 8, 6, 0 })
        {
            peer.Send(ScriptedPeer.Data(first + offset, 0, (ushort)offset, [1], DataFlags.Begin | DataFlags.End | DataFlags.Unordered));
        }

        var sack = ScriptedPeer.AsSack(peer.PollChunks().Last(c => c.Type == ChunkType.Sack));
        Assert.Equal(first, sack.CumulativeTsn);
        Assert.Equal(3, sack.GapCount);
        Assert.Equal(new GapBlock(2, 3), sack.Gap(0));
        Assert.Equal(new GapBlock(6, 6), sack.Gap(1));
        Assert.Equal(new GapBlock(8, 8), sack.Gap(2));
        Assert.Equal([first + 6, first], new[] { sack.Duplicate(0), sack.Duplicate(1) });
        Assert.Equal(5, Messages(peer));
    }

    [Fact]
    public void Unordered_MessageAboveAGap_IsDeliveredAtOnce()
    {
        var peer = new ScriptedPeer().Establish();
        var flags = DataFlags.Unordered;
        peer.Send(ScriptedPeer.Data(peer.InitialTsn + 5, 1, 0, [5], flags | DataFlags.End));
        peer.Send(ScriptedPeer.Data(peer.InitialTsn + 3, 1, 0, [3], flags | DataFlags.Begin));
        peer.Poll();
        Assert.Equal(0, Messages(peer));
        peer.Send(ScriptedPeer.Data(peer.InitialTsn + 4, 1, 0, [4], flags));
        peer.Poll();
        var message = peer.Events.Single(e => e.Kind == SctpEventKind.Message);
        Assert.Equal(new byte[] { 3, 4, 5 }, message.Payload.Span.ToArray());
    }

    [Fact]
    public void Ordered_StreamsBesideAGap_AreNotHeldUp()
    {
        var peer = new ScriptedPeer().Establish();

        // TSN +0 is missing and belongs to stream 1; stream 2 arrives in the wrong order but whole.
        peer.Send(ScriptedPeer.Data(peer.InitialTsn + 2, 2, 1, [21]));
        peer.Send(ScriptedPeer.Data(peer.InitialTsn + 3, 2, 2, [22]));
        peer.Send(ScriptedPeer.Data(peer.InitialTsn + 4, 1, 1, [11]));
        peer.Poll();
        Assert.Equal(0, Messages(peer));
        peer.Send(ScriptedPeer.Data(peer.InitialTsn + 1, 2, 0, [20]));
        peer.Poll();
        Assert.Equal([20, 21, 22], peer.Events.Where(e => e.Kind == SctpEventKind.Message).Select(e => (int)e.Payload.Span[0]));
        peer.Send(ScriptedPeer.Data(peer.InitialTsn, 1, 0, [10]));
        peer.Poll();
        Assert.Equal([20, 21, 22, 10, 11], peer.Events.Where(e => e.Kind == SctpEventKind.Message).Select(e => (int)e.Payload.Span[0]));
        Assert.Equal(0, peer.Association.HeldChunks);
    }

    [Fact]
    public void Data_WithoutPayload_AbortsWithNoUserData()
    {
        var peer = new ScriptedPeer().Establish();
        peer.Send(ScriptedPeer.Data(peer.InitialTsn, 0, 0, []));
        var abort = peer.PollChunks().Single(c => c.Type == ChunkType.Abort);
        Assert.Equal(new byte[] { 0, 9, 0, 8, 0, 0, 3, 232 }, abort.Value);
    }

    [Fact]
    public void Message_LargerThanAnnounced_AbortsTheAssociation()
    {
        var peer = new ScriptedPeer(new SctpOptions { MaxReceiveMessageBytes = 5000 }).Establish();
        for (var i = 0; i < 6; i++)
        {
            peer.Send(ScriptedPeer.Data(peer.InitialTsn + i, 0, 0, new byte[1000], i == 0 ? DataFlags.Begin : DataFlags.None));
        }

        Assert.Equal(SctpCloseReason.LimitExceeded, peer.Association.CloseReason);
        Assert.Contains(peer.PollChunks(), c => c.Type == ChunkType.Abort);
    }

    [Theory]
    [InlineData(2, 2)]
    [InlineData(0, 1)]
    public void Fragments_ThatCannotBelongTogether_AbortTheAssociation(int first, int second)
    {
        var peer = new ScriptedPeer().Establish();
        peer.Send(ScriptedPeer.Data(peer.InitialTsn, 0, 0, [1], (DataFlags)first));
        peer.Send(ScriptedPeer.Data(peer.InitialTsn + 1, 0, 0, [1], (DataFlags)second));
        Assert.Equal(SctpCloseReason.ProtocolViolation, peer.Association.CloseReason);
    }

    [Fact]
    public void Window_ReaderThatStops_ClosesAndReopens()
    {
        var options = new SctpOptions { ReceiveWindowBytes = 20_000, MaxReceiveMessageBytes = 10_000 };
        var peer = new ScriptedPeer(options).Establish();
        uint window = uint.MaxValue;
        ushort sequence = 0;
        for (; window >= 1000; sequence++)
        {
            peer.SendMessage(0, sequence, new byte[1000]);
            window = ScriptedPeer.AsSack(peer.PollChunks().Last(c => c.Type == ChunkType.Sack)).ReceiverWindow;
        }

        // Beyond the window the peer is on its own: nothing is taken, nothing grows.
        for (var i = 0; i < 100; i++)
        {
            peer.SendMessage(0, sequence++, new byte[1000]);
        }

        peer.Poll();
        Assert.InRange(peer.Association.ReceiveOccupiedBytes, 0, 21_000);
        var taken = Messages(peer);
        peer.Association.ReleaseReceived(taken * 1000);
        var update = ScriptedPeer.AsSack(Assert.Single(peer.PollChunks(), c => c.Type == ChunkType.Sack));
        Assert.Equal(20_000u, update.ReceiverWindow);
    }

    [Fact]
    public void Window_FullOfHeldChunks_StillTakesTheMissingOne()
    {
        var options = new SctpOptions { ReceiveWindowBytes = 20_000, MaxReceiveMessageBytes = 10_000 };
        var peer = new ScriptedPeer(options).Establish();
        for (var i = 1; i <= 30; i++)
        {
            peer.Send(ScriptedPeer.Data(peer.InitialTsn + i, 0, (ushort)i, new byte[1000]));
        }

        peer.Poll();
        Assert.Equal(0, Messages(peer));
        peer.Send(ScriptedPeer.Data(peer.InitialTsn, 0, 0, new byte[1000]));
        peer.Poll();
        Assert.InRange(Messages(peer), 20, 22);
    }

    [Fact]
    public void ForwardTsn_SkipsPartialMessagesAndDeliversWhatIsWhole()
    {
        var peer = new ScriptedPeer().Establish();
        var tsn = peer.InitialTsn;
        peer.Send(ScriptedPeer.Data(tsn, 1, 0, [10], DataFlags.Begin));
        peer.Send(ScriptedPeer.Data(tsn + 3, 1, 1, [11]));
        peer.Send(ScriptedPeer.Data(tsn + 5, 1, 2, [12]));
        peer.Poll();
        Assert.Equal(0, Messages(peer));
        peer.Send(ScriptedPeer.ForwardTsn(tsn + 4, new SkippedStream(1, 0)));
        var sack = ScriptedPeer.AsSack(peer.PollChunks().Last(c => c.Type == ChunkType.Sack));
        Assert.Equal(tsn + 5, sack.CumulativeTsn);
        Assert.Equal([11, 12], peer.Events.Where(e => e.Kind == SctpEventKind.Message).Select(e => (int)e.Payload.Span[0]));
        Assert.Equal(0, peer.Association.HeldChunks);
    }

    [Fact]
    public void ForwardTsn_FarAhead_IsHandledInBoundedTimeOrIgnored()
    {
        var peer = new ScriptedPeer().Establish();
        peer.Send(ScriptedPeer.ForwardTsn(peer.InitialTsn + 1_000_000_000));
        peer.SendMessage(0, 0, [1]);
        peer.Poll();
        Assert.Equal(1, Messages(peer));
        peer.Send(ScriptedPeer.ForwardTsn(peer.InitialTsn + 60_000));
        var sack = ScriptedPeer.AsSack(peer.PollChunks().Last(c => c.Type == ChunkType.Sack));
        Assert.Equal(peer.InitialTsn + 60_000, sack.CumulativeTsn);
    }

    [Fact]
    public void Reset_WhoseLastTsnIsMissing_IsInProgressAndThenPerformed()
    {
        var peer = new ScriptedPeer().Establish();
        var tsn = peer.InitialTsn;
        peer.Send(ScriptedPeer.Data(tsn + 1, 1, 1, [11]));
        peer.Send(ScriptedPeer.Reset(tsn.Value, 0, tsn + 1, 1));
        Assert.Equal(ReconfigResult.InProgress, Response(peer.PollChunks()).Result);
        Assert.DoesNotContain(peer.Events, e => e.Kind == SctpEventKind.IncomingStreamReset);

        // After the reset the numbers of the stream begin again; the new message must wait for the old ones.
        peer.Send(ScriptedPeer.Data(tsn + 2, 1, 0, [20]));
        peer.Send(ScriptedPeer.Data(tsn, 1, 0, [10]));
        Assert.Equal(ReconfigResult.Performed, Response(peer.PollChunks()).Result);
        Assert.Equal(
            [SctpEventKind.Established, SctpEventKind.Message, SctpEventKind.Message, SctpEventKind.IncomingStreamReset, SctpEventKind.Message],
            peer.Events.Select(e => e.Kind));
        Assert.Equal(20, peer.Events[^1].Payload.Span[0]);
    }

    [Fact]
    public void Reset_Repeated_IsAnsweredAlikeAndPerformedOnce()
    {
        var peer = new ScriptedPeer().Establish();
        var tsn = peer.InitialTsn;
        for (var i = 0; i < 3; i++)
        {
            peer.Send(ScriptedPeer.Reset(tsn.Value, 0, tsn.Previous, 1, 2));
            Assert.Equal(ReconfigResult.Performed, Response(peer.PollChunks()).Result);
        }

        Assert.Equal(2, peer.Events.Count(e => e.Kind == SctpEventKind.IncomingStreamReset));
        peer.Send(ScriptedPeer.Reset(tsn.Value + 5, 0, tsn.Previous, 1));
        Assert.Equal(ReconfigResult.BadSequenceNumber, Response(peer.PollChunks()).Result);
    }

    [Fact]
    public void Heartbeat_IsEchoedAndAFloodIsNot()
    {
        var peer = new ScriptedPeer().Establish();
        for (var i = 0; i < 1000; i++)
        {
            peer.Send(ScriptedPeer.Raw(ChunkType.Heartbeat, 0, [0, 1, 0, 9, 1, 2, 3, 4, 5]));
        }

        var acks = peer.PollChunks().Where(c => c.Type == ChunkType.HeartbeatAck).ToList();
        Assert.InRange(acks.Count, 1, SctpLimits.MaxPendingHeartbeatAcks);
        Assert.Equal(new byte[] { 0, 1, 0, 9, 1, 2, 3, 4, 5 }, acks[0].Value[..9]);
    }

    [Theory]
    [InlineData(0x3F, false, false)]
    [InlineData(0x7F, true, false)]
    [InlineData(0xBF, false, true)]
    [InlineData(0xFE, true, true)]
    public void UnknownChunk_IsTreatedByItsTwoHighestBits(byte type, bool isReported, bool isRestTaken)
    {
        var peer = new ScriptedPeer().Establish();
        peer.Send(ScriptedPeer.Raw((ChunkType)type, 0, [1, 2, 3]), ScriptedPeer.Data(peer.InitialTsn, 0, 0, [1]));
        var sent = peer.PollChunks();
        Assert.Equal(isReported, sent.Any(c => c.Type == ChunkType.Error));
        Assert.Equal(isRestTaken, Messages(peer) == 1);
    }

    [Fact]
    public void Streams_TenThousand_CostLittle()
    {
        var peer = new ScriptedPeer().Establish(ownStack: true);
        for (var i = 0; i < 10_000; i++)
        {
            peer.SendMessage((ushort)(i * 6), 0, [1]);
        }

        peer.Poll();
        Assert.Equal(10_000, Messages(peer));
        Assert.Equal(10_000, peer.Association.ReceiveOccupiedBytes);
    }

    private static ReconfigResponseParameter Response(List<SentChunk> chunks)
    {
        var reader = new TlvReader(chunks.Last(c => c.Type == ChunkType.ReConfig).Value);
        while (reader.TryRead(out var parameter, out _))
        {
            if (parameter.Type == ParameterType.ReconfigResponse && ReconfigResponseParameter.TryParse(parameter.Value, out var response, out _))
            {
                return response;
            }
        }

        throw new InvalidOperationException("no response");
    }
}
