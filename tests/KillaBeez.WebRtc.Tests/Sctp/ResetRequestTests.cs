using KillaBeez.WebRtc.DataChannels;
using KillaBeez.WebRtc.Sctp;
using KillaBeez.WebRtc.Sctp.Packet;
using KillaBeez.WebRtc.Sctp.Packet.Parameters;
using KillaBeez.WebRtc.Sctp.Tx;
using KillaBeez.WebRtc.Tests.DataChannels;
using KillaBeez.WebRtc.Tests.Emulation;

namespace KillaBeez.WebRtc.Tests.Sctp;

/// <summary>Our own requests to reset streams, and what peers answer or do not (RFC 6525).</summary>
public sealed class ResetRequestTests
{
    private const uint Window = 1_000_000;

    private static List<(uint Sequence, ushort[] Streams)> Requests(IEnumerable<SentChunk> chunks)
    {
        var requests = new List<(uint, ushort[])>();
        foreach (var chunk in chunks.Where(c => c.Type == ChunkType.ReConfig))
        {
            var reader = new TlvReader(chunk.Value);
            while (reader.TryRead(out var parameter, out _))
            {
                if (parameter.Type == ParameterType.OutgoingSsnReset && OutgoingSsnResetParameter.TryParse(parameter.Value, out var request, out _))
                {
                    var streams = new ushort[request.StreamCount];
                    for (var i = 0; i < streams.Length; i++)
                    {
                        streams[i] = request.Stream(i);
                    }

                    requests.Add((request.RequestSequence, streams));
                }
            }
        }

        return requests;
    }

    private static int Reported(ScriptedPeer peer, SctpEventKind kind) => peer.Events.Count(e => e.Kind == kind);

    private static ushort Sequence(ScriptedPeer peer, ushort stream)
    {
        peer.Association.Send(stream, 53, [1], false, true, Reliability.Full);
        return ScriptedPeer.AsData(peer.PollChunks().Single(c => c.Type == ChunkType.Data)).StreamSequence;
    }

    [Fact]
    public void Request_WhileAnotherIsOpen_WaitsAndGoesWithTheRest()
    {
        var peer = new ScriptedPeer().Establish();
        peer.Association.ResetStream(1, dropUnsent: false);
        var first = Assert.Single(Requests(peer.PollChunks()));
        Assert.Equal(peer.RemoteInitialTsn.Value, first.Sequence);
        Assert.Equal([1], first.Streams);
        peer.Association.ResetStream(2, dropUnsent: false);
        peer.Association.ResetStream(3, dropUnsent: false);
        Assert.Empty(Requests(peer.PollChunks()));
        peer.Send(ScriptedPeer.Response(first.Sequence, ReconfigResult.Performed));
        var second = Assert.Single(Requests(peer.PollChunks()));
        Assert.Equal(first.Sequence + 1, second.Sequence);
        Assert.Equal([2, 3], second.Streams);
        peer.Send(ScriptedPeer.Response(second.Sequence, ReconfigResult.NothingToDo));
        peer.Poll();
        Assert.Equal(3, Reported(peer, SctpEventKind.OutgoingStreamReset));
    }

    [Fact]
    public void Request_OfAStreamWithDataInFlight_WaitsForItsAcknowledgement()
    {
        var peer = new ScriptedPeer().Establish();
        peer.Association.Send(1, 53, [1], false, true, Reliability.Full);
        peer.Association.ResetStream(1, dropUnsent: false);
        Assert.Empty(Requests(peer.PollChunks()));
        peer.Send(ScriptedPeer.Sack(peer.RemoteInitialTsn, Window));
        Assert.Single(Requests(peer.PollChunks()));
    }

    [Fact]
    public void Answer_InProgress_IsAskedAgainWithTheSameNumber()
    {
        var peer = new ScriptedPeer().Establish();
        peer.Association.ResetStream(1, dropUnsent: false);
        var first = Assert.Single(Requests(peer.PollChunks()));
        for (var i = 0; i < 20; i++)
        {
            peer.Send(ScriptedPeer.Response(first.Sequence, ReconfigResult.InProgress));
            Assert.Empty(Requests(peer.PollChunks()));
            Assert.Equal(first.Sequence, Assert.Single(Requests(peer.Wait(TimeSpan.FromMilliseconds(600)))).Sequence);
        }

        peer.Send(ScriptedPeer.Response(first.Sequence, ReconfigResult.Performed));
        peer.Poll();
        Assert.Equal(1, Reported(peer, SctpEventKind.OutgoingStreamReset));
        Assert.Empty(Requests(peer.Wait(TimeSpan.FromSeconds(10))));
    }

    [Fact]
    public void Answer_InProgressForEver_IsGivenUpAfterAMinute()
    {
        var peer = new ScriptedPeer().Establish();
        peer.Association.ResetStream(1, dropUnsent: false);
        var first = Assert.Single(Requests(peer.PollChunks()));
        for (var i = 0; i < 70; i++)
        {
            peer.Send(ScriptedPeer.Response(first.Sequence, ReconfigResult.InProgress));
            peer.Wait(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(1, Reported(peer, SctpEventKind.OutgoingStreamResetUnanswered));
        Assert.Empty(Requests(peer.Wait(TimeSpan.FromSeconds(20))));
    }

    [Fact]
    public void Answer_Denied_LeavesTheNumbersOfTheStreamAsTheyAre()
    {
        var peer = new ScriptedPeer().Establish();
        Assert.Equal(0, Sequence(peer, 1));
        peer.Send(ScriptedPeer.Sack(peer.RemoteInitialTsn, Window));
        peer.Association.ResetStream(1, dropUnsent: false);
        var request = Assert.Single(Requests(peer.PollChunks()));
        peer.Send(ScriptedPeer.Response(request.Sequence, ReconfigResult.Denied));
        peer.Poll();
        Assert.Equal(1, Sequence(peer, 1));
    }

    [Fact]
    public void Answer_Performed_BeginsTheNumbersOfThatStreamOnlyAgain()
    {
        var peer = new ScriptedPeer().Establish();
        Assert.Equal(0, Sequence(peer, 1));
        Assert.Equal(0, Sequence(peer, 2));
        peer.Send(ScriptedPeer.Sack(peer.RemoteInitialTsn + 1, Window));
        peer.Association.ResetStream(1, dropUnsent: false);
        peer.Send(ScriptedPeer.Response(Assert.Single(Requests(peer.PollChunks())).Sequence, ReconfigResult.Performed));
        peer.Poll();
        Assert.Equal(0, Sequence(peer, 1));
        Assert.Equal(1, Sequence(peer, 2));
    }

    [Fact]
    public void Request_NeverAnsweredByALivePeer_IsGivenUpAndItsLateAnswerCounts()
    {
        var peer = new ScriptedPeer().Establish();
        peer.Association.ResetStream(1, dropUnsent: false);
        var sent = Requests(peer.PollChunks());
        for (var second = 0; second < 120; second++)
        {
            // Heartbeats are answered, so the peer is there.
            var chunks = peer.Wait(TimeSpan.FromSeconds(1));
            sent.AddRange(Requests(chunks));
            foreach (var heartbeat in chunks.Where(c => c.Type == ChunkType.Heartbeat))
            {
                peer.Send(ScriptedPeer.Raw(ChunkType.HeartbeatAck, 0, heartbeat.Value));
            }
        }

        Assert.InRange(sent.Count, 5, SctpLimits.MaxUnansweredResets + 1);
        Assert.Equal(1, Reported(peer, SctpEventKind.OutgoingStreamResetUnanswered));
        Assert.Equal(SctpState.Established, peer.Association.State);

        // Later ones fail at once; the answer makes good for all.
        peer.Association.ResetStream(2, dropUnsent: false);
        Assert.Empty(Requests(peer.PollChunks()));
        Assert.Equal(2, Reported(peer, SctpEventKind.OutgoingStreamResetUnanswered));
        peer.Send(ScriptedPeer.Response(sent[0].Sequence, ReconfigResult.Performed));
        var next = Assert.Single(Requests(peer.PollChunks()));
        Assert.Equal([2], next.Streams);
        Assert.Equal(1, Reported(peer, SctpEventKind.OutgoingStreamReset));
    }

    [Fact]
    public void Request_DuringAnOutage_IsNotGivenUp()
    {
        var peer = new ScriptedPeer().Establish();
        peer.Association.ResetStream(1, dropUnsent: false);
        var sent = Requests(peer.PollChunks());
        sent.AddRange(Requests(peer.Wait(TimeSpan.FromMinutes(5))));
        Assert.InRange(sent.Count, 90, 110);
        Assert.Equal(0, Reported(peer, SctpEventKind.OutgoingStreamResetUnanswered));
    }

    [Fact]
    public void Channel_WhoseResetIsNeverAnswered_IsReportedClosedAndItsIdStaysReserved()
    {
        var pair = new TransportPair(3, new LossyPipeOptions { Delay = TimeSpan.FromMilliseconds(5) });
        var channel = pair.Client.Transport.OpenChannel(pair.Now, new DataChannelInit());
        pair.Connect();
        Assert.True(pair.RunUntil(() => pair.Server.Has(DataChannelEventKind.ChannelOpened), TimeSpan.FromSeconds(5)));

        // The server never hears a request, but is there: it sends something else now and then.
        var alive = new DataChannelInit { Negotiated = true, Id = 11 };
        pair.Client.Transport.OpenChannel(pair.Now, alive);
        var other = pair.Server.Transport.OpenChannel(pair.Now, alive);
        var nextAt = pair.Now;
        pair.OnTurn = () =>
        {
            if (pair.Now >= nextAt)
            {
                Assert.True(pair.Server.Transport.TrySend(pair.Now, other, [1], isText: false));
                pair.NextWake = nextAt = pair.Now.AddMs(500);
            }
        };
        pair.ToServer.DropFilter = HasReConfig;
        pair.Client.Transport.CloseChannel(pair.Now, channel);
        Assert.True(pair.RunUntil(() => pair.Client.Has(DataChannelEventKind.ChannelClosed), TimeSpan.FromSeconds(60)));
        var second = pair.Client.Transport.OpenChannel(pair.Now, new DataChannelInit());
        Assert.Equal((ushort)2, pair.Client.Transport.StreamIdOf(second));
        Assert.Throws<ArgumentException>(() => pair.Client.Transport.OpenChannel(pair.Now, new DataChannelInit { Id = 0 }));
        Assert.True(pair.RunUntil(() => pair.Server.Count(DataChannelEventKind.ChannelOpened) == 3, TimeSpan.FromSeconds(5)));
        Assert.True(pair.Client.Transport.TrySend(pair.Now, second, [7], isText: false));
        Assert.True(pair.RunUntil(() => pair.Server.Messages.Count == 1, TimeSpan.FromSeconds(5)));
    }

    private static bool HasReConfig(ReadOnlyMemory<byte> packet)
    {
        var reader = new ChunkReader(packet.Span[SctpPacketHeader.SizeBytes..]);
        while (reader.TryRead(out var chunk, out _))
        {
            if (chunk.Type == ChunkType.ReConfig)
            {
                return true;
            }
        }

        return false;
    }
}
