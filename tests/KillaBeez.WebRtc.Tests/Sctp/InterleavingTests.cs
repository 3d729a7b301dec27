using KillaBeez.WebRtc.Sctp;
using KillaBeez.WebRtc.Sctp.Packet;
using KillaBeez.WebRtc.Sctp.Packet.Chunks;
using KillaBeez.WebRtc.Sctp.Packet.Parameters;
using KillaBeez.WebRtc.Sctp.Rx;
using KillaBeez.WebRtc.Sctp.Tx;

namespace KillaBeez.WebRtc.Tests.Sctp;

/// <summary>I-DATA and I-FORWARD-TSN (RFC 8260) against one association.</summary>
public sealed class InterleavingTests
{
    private const uint Window = 1_000_000;
    private const DataFlags Whole = DataFlags.Begin | DataFlags.End;

    private static ScriptedPeer Established(SctpOptions? options = null, uint window = Window) =>
        new ScriptedPeer(options, window: window).Establish(interleaving: true);

    private static List<byte[]> Messages(ScriptedPeer peer) =>
        [.. peer.Events.Where(e => e.Kind == SctpEventKind.Message).Select(e => e.Payload.Span.ToArray())];

    private static List<int> FirstBytes(ScriptedPeer peer) => [.. Messages(peer).Select(m => (int)m[0])];

    private static void Send(ScriptedPeer peer, int bytes, ushort stream, Reliability? reliability = null, bool isUnordered = false) =>
        peer.Association.Send(stream, 53, new byte[bytes], isUnordered, true, reliability ?? Reliability.Full);

    private static List<byte> Extensions(SentChunk chunk)
    {
        Assert.True(InitChunk.TryParse(chunk.Value, out var init, out _));
        var reader = new TlvReader(init.Parameters);
        while (reader.TryRead(out var parameter, out _))
        {
            if (parameter.Type == ParameterType.SupportedExtensions)
            {
                return [.. parameter.Value.ToArray()];
            }
        }

        return [];
    }

    [Theory]
    [InlineData(true, true, new byte[] { 130, 192, 64, 194 })]
    [InlineData(true, false, new byte[] { 130, 64 })]
    [InlineData(false, true, new byte[] { 130, 192 })]
    public void Init_ListsWhatTheOptionsOffer(bool interleaving, bool partial, byte[] expected)
    {
        var peer = new ScriptedPeer(new SctpOptions { OfferInterleaving = interleaving, OfferPartialReliability = partial });
        peer.Association.Connect(peer.Now);
        Assert.Equal(expected, Extensions(Assert.Single(peer.PollChunks())));
    }

    [Theory]
    [InlineData(true, true, true)]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    public void InitAck_ListsInterleaving_OnlyWhereBothSidesHaveIt(bool ours, bool theirs, bool agreed)
    {
        var peer = new ScriptedPeer(new SctpOptions { OfferInterleaving = ours });
        peer.SendTagged(0, ScriptedPeer.Init(ScriptedPeer.Tag, Window, peer.InitialTsn, interleaving: theirs));
        Assert.Equal(agreed, Extensions(Assert.Single(peer.PollChunks())).Contains((byte)ChunkType.IData));
        peer.Send(ScriptedPeer.CookieEcho(peer.Cookie));
        peer.Poll();
        Send(peer, 10, stream: 0);
        Assert.Equal(agreed ? ChunkType.IData : ChunkType.Data, Assert.Single(peer.PollChunks()).Type);
    }

    [Theory]
    [InlineData(true, (int)ChunkType.Data)]
    [InlineData(true, (int)ChunkType.ForwardTsn)]
    [InlineData(false, (int)ChunkType.IData)]
    [InlineData(false, (int)ChunkType.IForwardTsn)]
    public void Chunk_OfTheFormNotAgreed_AbortsTheAssociation(bool interleaving, int type)
    {
        var peer = new ScriptedPeer().Establish(interleaving: interleaving);
        var tsn = peer.InitialTsn;
        peer.Send((ChunkType)type switch
        {
            ChunkType.Data => ScriptedPeer.Data(tsn, 0, 0, [1]),
            ChunkType.IData => ScriptedPeer.IData(tsn, 0, 0, 0, [1]),
            ChunkType.ForwardTsn => ScriptedPeer.ForwardTsn(tsn),
            _ => ScriptedPeer.IForwardTsn(tsn),
        });
        Assert.Equal(SctpCloseReason.ProtocolViolation, peer.Association.CloseReason);
        Assert.Contains(peer.PollChunks(), c => c.Type == ChunkType.Abort);
    }

    [Fact]
    public void Fragments_OfSeveralMessagesMixed_AreAllDelivered()
    {
        var peer = Established();
        var tsn = peer.InitialTsn;
        peer.Send(ScriptedPeer.IData(tsn, 1, 0, 0, [10], DataFlags.Begin));
        peer.Send(ScriptedPeer.IData(tsn + 1, 2, 0, 0, [20], DataFlags.Begin));
        peer.Send(ScriptedPeer.IData(tsn + 2, 1, 0, 0, [30], DataFlags.Begin | DataFlags.Unordered));
        peer.Send(ScriptedPeer.IData(tsn + 3, 3, 0, 0, [40]));
        peer.Send(ScriptedPeer.IData(tsn + 4, 1, 0, 1, [11], DataFlags.None));
        peer.Send(ScriptedPeer.IData(tsn + 5, 2, 0, 1, [21], DataFlags.End));
        peer.Send(ScriptedPeer.IData(tsn + 6, 1, 0, 1, [31], DataFlags.End | DataFlags.Unordered));
        peer.Send(ScriptedPeer.IData(tsn + 7, 1, 0, 2, [12], DataFlags.End));
        peer.Poll();
        Assert.Equal([[40], [20, 21], [30, 31], [10, 11, 12]], Messages(peer));
        Assert.Equal(0, peer.Association.HeldChunks);
    }

    [Fact]
    public void Fragments_InAnyOrder_MakeTheMessage()
    {
        var random = new SeededRandomSource(7);
        for (var round = 0; round < 200; round++)
        {
            var peer = Established();
            var count = random.NextInt32(1, 30);
            var order = Enumerable.Range(0, count).ToArray();
            for (var i = count - 1; i > 0; i--)
            {
                var j = random.NextInt32(0, i + 1);
                (order[i], order[j]) = (order[j], order[i]);
            }

            foreach (var number in order)
            {
                var flags = (number == 0 ? DataFlags.Begin : 0) | (number == count - 1 ? DataFlags.End : 0);
                peer.Send(ScriptedPeer.IData(peer.InitialTsn + number, 5, 0, (uint)number, [(byte)number], flags));
            }

            peer.Poll();
            Assert.Equal(Enumerable.Range(0, count).Select(n => (byte)n), Assert.Single(Messages(peer)));
            Assert.Equal(count, peer.Association.ReceiveOccupiedBytes);
            Assert.Equal(0, peer.Association.HeldChunks);
        }
    }

    [Fact]
    public void Ordered_MessagesBehindAMissingOne_WaitAndOtherStreamsDoNot()
    {
        var peer = Established();
        var tsn = peer.InitialTsn;
        peer.Send(ScriptedPeer.IData(tsn + 2, 1, 2, 0, [12]));
        peer.Send(ScriptedPeer.IData(tsn + 1, 1, 1, 0, [11]));
        peer.Send(ScriptedPeer.IData(tsn + 3, 2, 0, 0, [20]));
        peer.Poll();
        Assert.Equal([20], FirstBytes(peer));
        peer.Send(ScriptedPeer.IData(tsn, 1, 0, 0, [10]));
        peer.Poll();
        Assert.Equal([20, 10, 11, 12], FirstBytes(peer));
        Assert.Equal(0, peer.Association.HeldChunks);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void MessageNumbers_WrapAround(bool isUnordered)
    {
        var events = new Queue<SctpEvent>();
        var reassembler = new InterleavedReassembler(1000, new ReceiveWindow(10_000, 1188), events);
        var flags = isUnordered ? DataFlags.Unordered : DataFlags.None;
        reassembler.Skip(0, isUnordered, int.MaxValue);
        reassembler.Skip(0, isUnordered, uint.MaxValue - 3);
        for (var i = 0; i < 6; i++)
        {
            var number = unchecked(uint.MaxValue - 2 + (uint)i);
            Assert.Equal(ReassemblyError.None, reassembler.Consume(new FragmentHeader(flags | DataFlags.Begin, 0, number, 53), [(byte)i]));
            Assert.Equal(ReassemblyError.None, reassembler.Consume(new FragmentHeader(flags | DataFlags.End, 0, number, 0, 1), [(byte)i]));
        }

        Assert.Equal([0, 1, 2, 3, 4, 5], events.Select(e => (int)e.Payload.Span[0]));
        Assert.Equal(0, reassembler.HeldCount);
    }

    [Fact]
    public void UnorderedNumbers_FarAheadAfterMany_AreNotTakenForOldOnes()
    {
        var events = new Queue<SctpEvent>();
        var reassembler = new InterleavedReassembler(1000, new ReceiveWindow(1_000_000, 1188), events);
        for (ulong number = 0; number < 1UL << 33; number += 1 << 28)
        {
            Assert.Equal(ReassemblyError.None, reassembler.Consume(new FragmentHeader(Whole | DataFlags.Unordered, 0, (uint)number, 53), [1]));
        }

        Assert.Equal(32, events.Count);
    }

    /// <summary>Fragments without rhyme or reason: whatever they do, the books are kept and everything can be returned.</summary>
    [Fact]
    public void Reassembler_AnyFragments_KeepsItsBooks()
    {
        const int limit = 2_000;
        for (ulong seed = 1; seed <= 200; seed++)
        {
            var random = new SeededRandomSource(seed);
            var events = new Queue<SctpEvent>();
            var window = new ReceiveWindow(1_000_000, 1188);
            var reassembler = new InterleavedReassembler(limit, window, events);
            var taken = 0L;
            for (var i = 0; i < 500; i++)
            {
                var flags = (DataFlags)random.NextInt32(0, 8);
                var fragment = (flags & DataFlags.Begin) != 0 ? 0 : (uint)random.NextInt32(0, 6);
                var payload = new byte[random.NextInt32(1, 300)];
                var header = new FragmentHeader(flags, (ushort)random.NextInt32(0, 3), (uint)random.NextInt32(0, 8), 53, fragment);
                switch (random.NextInt32(0, 30))
                {
                    case 0:
                        reassembler.ResetStream(header.StreamId);
                        break;
                    case 1:
                        reassembler.Skip(header.StreamId, header.IsUnordered, header.MessageId);
                        break;
                    default:
                        taken += payload.Length;
                        if (reassembler.Consume(header, payload) != ReassemblyError.None)
                        {
                            // The association ends; here the next one begins.
                            reassembler.Clear(new Tsn(0));
                        }

                        break;
                }

                Assert.True(reassembler.HeldCount >= 0 && window.HeldBytes >= 0 && window.OccupiedBytes <= taken, $"seed {seed}");
                Assert.Equal(reassembler.HeldCount == 0, window.HeldBytes == 0);
                Assert.All(events, e => Assert.InRange(e.Payload.Length, 1, limit));
            }

            reassembler.Clear(new Tsn(0));
            Assert.Equal(0, reassembler.HeldCount);
            Assert.Equal(0, window.HeldBytes);
        }
    }

    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(2, 0, 0)]
    [InlineData(0, 2, 2)]
    public void Fragments_WithImpossibleNumbers_AbortTheAssociation(int secondFlags, uint firstNumber, uint secondNumber)
    {
        var peer = Established();
        peer.Send(ScriptedPeer.IData(peer.InitialTsn, 0, 0, firstNumber, [1], firstNumber == 0 ? DataFlags.Begin : DataFlags.None));
        peer.Send(ScriptedPeer.IData(peer.InitialTsn + 1, 0, 0, secondNumber, [1], (DataFlags)secondFlags));
        peer.Send(ScriptedPeer.IData(peer.InitialTsn + 2, 0, 0, 0, [1], DataFlags.Begin));
        peer.Send(ScriptedPeer.IData(peer.InitialTsn + 3, 0, 0, 1, [1], DataFlags.None));
        Assert.Equal(SctpCloseReason.ProtocolViolation, peer.Association.CloseReason);
    }

    [Fact]
    public void Fragment_BehindTheEndOfItsMessage_AbortsTheAssociation()
    {
        var peer = Established();
        peer.Send(ScriptedPeer.IData(peer.InitialTsn, 0, 0, 3, [1], DataFlags.None));
        peer.Send(ScriptedPeer.IData(peer.InitialTsn + 1, 0, 0, 0, [1], DataFlags.Begin));
        peer.Send(ScriptedPeer.IData(peer.InitialTsn + 2, 0, 0, 1, [1], DataFlags.End));
        Assert.Equal(SctpCloseReason.ProtocolViolation, peer.Association.CloseReason);
    }

    [Fact]
    public void Fragment_BeyondAnyMessage_AbortsWithOutOfResource()
    {
        var peer = Established(new SctpOptions { MaxReceiveMessageBytes = 5000 });
        peer.Send(ScriptedPeer.IData(peer.InitialTsn, 0, 0, 5000, [1], DataFlags.None));
        Assert.Equal(SctpCloseReason.LimitExceeded, peer.Association.CloseReason);
    }

    [Fact]
    public void Message_LargerThanAnnounced_AbortsTheAssociation()
    {
        var peer = Established(new SctpOptions { MaxReceiveMessageBytes = 5000 });
        for (var i = 0; i < 6; i++)
        {
            peer.Send(ScriptedPeer.IData(peer.InitialTsn + i, 0, 0, (uint)(i == 0 ? 0 : 7 - i), new byte[1000], i == 0 ? DataFlags.Begin : DataFlags.None));
        }

        Assert.Equal(SctpCloseReason.LimitExceeded, peer.Association.CloseReason);
    }

    [Fact]
    public void Messages_BegunAndNeverEnded_AreBounded()
    {
        var peer = Established();
        var sent = 0;
        while (!peer.Association.IsOver)
        {
            Assert.True(sent < SctpLimits.MaxInterleavedEntries + 10, "the limit is not kept");
            peer.Send(ScriptedPeer.IData(peer.InitialTsn + sent, (ushort)sent, 0, 0, [1], DataFlags.Begin));
            sent++;
            Assert.InRange(peer.Association.HeldChunks, 0, SctpLimits.MaxInterleavedEntries);
            if (sent % 1000 == 0)
            {
                peer.Poll();
            }
        }

        Assert.Equal(SctpCloseReason.LimitExceeded, peer.Association.CloseReason);
        Assert.Equal(0, peer.Association.HeldChunks);
    }

    [Fact]
    public void Messages_BegunThatFillTheWindow_EndTheAssociationInsteadOfStallingIt()
    {
        var options = new SctpOptions { ReceiveWindowBytes = 20_000, MaxReceiveMessageBytes = 10_000 };
        var peer = Established(options);
        for (var i = 0; i < 50 && !peer.Association.IsOver; i++)
        {
            peer.Send(ScriptedPeer.IData(peer.InitialTsn + i, (ushort)i, 0, 0, new byte[1000], DataFlags.Begin));
            peer.Poll();
            Assert.InRange(peer.Association.ReceiveOccupiedBytes, 0, 30_000);
        }

        Assert.Equal(SctpCloseReason.LimitExceeded, peer.Association.CloseReason);
    }

    [Fact]
    public void IForwardTsn_DropsIncompleteMessagesAndDeliversWhatWaitedForThem()
    {
        var peer = Established();
        var tsn = peer.InitialTsn;
        peer.Send(ScriptedPeer.IData(tsn, 1, 0, 0, [10], DataFlags.Begin));
        peer.Send(ScriptedPeer.IData(tsn + 1, 1, 0, 0, [99], DataFlags.Begin | DataFlags.Unordered));
        peer.Send(ScriptedPeer.IData(tsn + 4, 1, 1, 0, [11]));
        peer.Send(ScriptedPeer.IData(tsn + 5, 1, 3, 0, [13]));
        peer.Poll();
        Assert.Empty(Messages(peer));
        peer.Send(ScriptedPeer.IForwardTsn(tsn + 3, new SkippedMessage(1, false, 0), new SkippedMessage(1, true, 0)));
        var sack = ScriptedPeer.AsSack(peer.PollChunks().Last(c => c.Type == ChunkType.Sack));
        Assert.Equal(tsn + 5, sack.CumulativeTsn);
        Assert.Equal([11], FirstBytes(peer));

        // Late fragments of what was given up, with TSNs of their own, begin nothing anew.
        peer.Send(ScriptedPeer.IData(tsn + 6, 1, 0, 2, [10], DataFlags.End));
        peer.Send(ScriptedPeer.IData(tsn + 7, 1, 0, 2, [99], DataFlags.End | DataFlags.Unordered));
        peer.Send(ScriptedPeer.IData(tsn + 8, 1, 2, 0, [12]));
        peer.Poll();
        Assert.Equal([11, 12, 13], FirstBytes(peer));
        Assert.Equal(0, peer.Association.HeldChunks);
        Assert.Equal(3, peer.Association.ReceiveOccupiedBytes);
    }

    [Fact]
    public void IForwardTsn_OutOfTheWindow_IsIgnored()
    {
        var peer = Established();
        peer.Send(ScriptedPeer.IForwardTsn(peer.InitialTsn + 100_000, new SkippedMessage(1, false, 50)));
        peer.Send(ScriptedPeer.IData(peer.InitialTsn, 1, 0, 0, [10]));
        peer.Poll();
        Assert.Equal([10], FirstBytes(peer));
    }

    [Fact]
    public void Reset_BeginsTheMessageNumbersAgain()
    {
        var peer = Established();
        var tsn = peer.InitialTsn;
        peer.Send(ScriptedPeer.IData(tsn, 1, 0, 0, [10]));
        peer.Send(ScriptedPeer.IData(tsn + 1, 1, 0, 0, [11], Whole | DataFlags.Unordered));

        // The reset waits for TSN +2; what follows it on its stream is not taken until then, other streams are.
        peer.Send(ScriptedPeer.Reset(tsn.Value, 0, tsn + 2, 1));
        peer.Send(ScriptedPeer.IData(tsn + 3, 1, 0, 0, [20]));
        peer.Send(ScriptedPeer.IData(tsn + 4, 2, 0, 0, [30]));
        peer.Poll();
        Assert.Equal([10, 11, 30], FirstBytes(peer));
        peer.Send(ScriptedPeer.IData(tsn + 2, 1, 1, 0, [12]));
        var sack = ScriptedPeer.AsSack(peer.PollChunks().Last(c => c.Type == ChunkType.Sack));
        Assert.Equal(tsn + 2, sack.CumulativeTsn);
        Assert.Contains(peer.Events, e => e.Kind == SctpEventKind.IncomingStreamReset);
        peer.Send(ScriptedPeer.IData(tsn + 3, 1, 0, 0, [20]));
        peer.Poll();
        Assert.Equal([10, 11, 30, 12, 20], FirstBytes(peer));
    }

    [Fact]
    public void Send_LargeMessage_DoesNotHoldUpASmallOne()
    {
        var peer = Established();
        Send(peer, 200_000, stream: 1);
        Send(peer, 100, stream: 2);
        var packets = peer.Poll();
        Assert.Contains(packets[..2].SelectMany(p => p), c => ScriptedPeer.AsIData(c).StreamId == 2);
        Assert.Equal(10, packets.Count);
    }

    [Fact]
    public void Send_StreamsWithLargeMessages_ShareEvenlyInFullPackets()
    {
        var peer = Established();
        for (ushort stream = 1; stream <= 3; stream++)
        {
            Send(peer, 100_000, stream);
        }

        var bytes = new int[4];
        var last = peer.RemoteInitialTsn.Previous;
        for (var round = 0; round < 6; round++)
        {
            foreach (var packet in peer.Poll())
            {
                Assert.Equal(1156, packet.Sum(c => ScriptedPeer.AsIData(c).Payload.Length));
                bytes[ScriptedPeer.AsIData(packet[0]).StreamId] += 1156;
                last = last.Next;
            }

            peer.Now = peer.Now.AddMs(20);
            peer.Send(ScriptedPeer.Sack(last, Window));
        }

        Assert.True(bytes[1..].Max() - bytes[1..].Min() <= 1156, string.Join(' ', bytes));
    }

    [Fact]
    public void Send_Fragments_AreNumberedAndNameTheProtocolOnce()
    {
        var peer = Established();
        Send(peer, 3000, stream: 7);
        Send(peer, 10, stream: 7);
        Send(peer, 10, stream: 7, isUnordered: true);
        var chunks = peer.PollChunks().Select(c => (Chunk: c, Id: ScriptedPeer.AsIData(c).MessageId, Number: ScriptedPeer.AsIData(c).FragmentNumber, Protocol: ScriptedPeer.AsIData(c).PayloadProtocol)).ToList();
        Assert.Equal([(0u, 0u, 53u), (0u, 1u, 0u), (0u, 2u, 0u), (1u, 0u, 53u), (0u, 0u, 53u)], chunks.Select(c => (c.Id, c.Number, c.Protocol)));
        Assert.Equal([DataFlags.Begin, DataFlags.None, DataFlags.End, Whole, Whole | DataFlags.Unordered], chunks.Select(c => c.Chunk.DataFlags & ~DataFlags.Immediate));
    }

    [Fact]
    public void Send_MoreBegunMessagesThanHalfThePeersWindow_FollowOneAnother()
    {
        var peer = Established(window: 100_000);
        for (ushort stream = 1; stream <= 5; stream++)
        {
            Send(peer, 30_000, stream);
        }

        Send(peer, 100, stream: 6);
        var begun = new Dictionary<int, int>();
        var last = peer.RemoteInitialTsn.Previous;
        var hasSeenSmall = false;
        for (var round = 0; round < 40 && !peer.Association.Sender.IsIdle; round++)
        {
            foreach (var chunk in peer.PollChunks().Where(c => c.Type == ChunkType.IData))
            {
                var data = ScriptedPeer.AsIData(chunk);
                last = data.Tsn;
                hasSeenSmall |= data.StreamId == 6;
                begun[data.StreamId] = begun.GetValueOrDefault(data.StreamId) + data.Payload.Length;
                Assert.True(begun.Count(b => b.Value is > 100 and < 30_000) <= 1, "two messages are begun at once");
            }

            Assert.True(hasSeenSmall, "a small message is held up");
            peer.Now = peer.Now.AddMs(20);
            peer.Send(ScriptedPeer.Sack(last, 100_000));
        }

        Assert.Equal(5, begun.Count(b => b.Value == 30_000));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Send_MessageGivenUpAmongOthers_IsSkippedByItsNumber(bool isUnordered)
    {
        var peer = new ScriptedPeer().Establish(ownStack: true, interleaving: true);
        Send(peer, 100, stream: 1, isUnordered: isUnordered);
        Send(peer, 4000, stream: 1, Reliability.Retransmits(0), isUnordered);
        Send(peer, 4000, stream: 2);
        var chunks = peer.PollChunks();
        var given = chunks.Where(c => ScriptedPeer.AsIData(c) is { StreamId: 1, MessageId: 1 }).Select(c => ScriptedPeer.AsIData(c).Tsn).ToList();
        var others = chunks.Where(c => ScriptedPeer.AsIData(c).StreamId == 2).Select(c => ScriptedPeer.AsIData(c).Tsn).ToList();
        Assert.True(given[^1] > others[0] && others[^1] > given[1], "the messages are interleaved");

        // Everything of stream 2 and the first message arrive; all fragments of the other on stream 1 are lost.
        peer.Now = peer.Now.AddMs(50);
        var first = peer.RemoteInitialTsn;
        peer.Send(ScriptedPeer.Sack(first, Window, [.. others.Select(t => new GapBlock((ushort)t.DistanceFrom(first), (ushort)t.DistanceFrom(first)))]));
        var later = peer.PollChunks();
        later.AddRange(peer.Wait(TimeSpan.FromMilliseconds(120)));
        Assert.DoesNotContain(later, c => c.Type == ChunkType.IData);
        Assert.True(IForwardTsnChunk.TryParse(later.Last(c => c.Type == ChunkType.IForwardTsn).Value, out var forward, out _));
        Assert.Equal(new SkippedMessage(1, isUnordered, 1), forward.Skipped(0));
        Assert.Equal(1, forward.SkippedCount);
        Assert.Equal(given[^1], forward.NewCumulativeTsn);
        peer.Send(ScriptedPeer.Sack(peer.Association.Sender.LastAssignedTsn, Window));
        Assert.True(peer.Association.Sender.IsIdle);
        Assert.Equal(0, peer.Association.Sender.MessageCount);
    }

    [Fact]
    public void Send_AfterOurReset_BeginsTheMessageNumbersAgain()
    {
        var peer = Established();
        Send(peer, 10, stream: 4);
        Send(peer, 10, stream: 4, isUnordered: true);
        peer.Poll();
        peer.Send(ScriptedPeer.Sack(peer.RemoteInitialTsn + 1, Window));
        peer.Association.ResetStream(4, dropUnsent: false);
        Assert.Contains(peer.PollChunks(), c => c.Type == ChunkType.ReConfig);
        peer.Send(ScriptedPeer.Response(peer.RemoteInitialTsn.Value, ReconfigResult.Performed));
        Send(peer, 10, stream: 4);
        Send(peer, 10, stream: 4, isUnordered: true);
        Assert.Equal([0u, 0u], peer.PollChunks().Where(c => c.Type == ChunkType.IData).Select(c => ScriptedPeer.AsIData(c).MessageId));
    }
}
