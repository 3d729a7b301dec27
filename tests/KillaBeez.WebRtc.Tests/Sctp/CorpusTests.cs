using KillaBeez.Tests;
using KillaBeez.WebRtc.Sctp;
using KillaBeez.WebRtc.Sctp.Packet;
using KillaBeez.WebRtc.Sctp.Packet.Chunks;
using KillaBeez.WebRtc.Sctp.Tx;

namespace KillaBeez.WebRtc.Tests.Sctp;

/// <summary>Captured packets and the crash seeds of other stacks.</summary>
public sealed class CorpusTests
{
    private static readonly string[] WrongChecksums =
        ["cookie-echo-data", "cookie-echo-data-data", "forward-tsn", "re-config", "sack-gap-ack-1"];

    [SkippableFact]
    public void WebrtcPackets_ParseWithTheirChecksums()
    {
        var files = Directory.GetFiles(SharedFiles.Require("vectors/sctp/webrtc-sctp-packet-corpus"));
        Assert.Equal(13, files.Length);
        foreach (var file in files)
        {
            var packet = File.ReadAllBytes(file);
            var isRight = !WrongChecksums.Contains(Path.GetFileNameWithoutExtension(file));
            Assert.Equal(isRight, SctpPacketHeader.TryParse(packet, false, out _, out _, out _));
            var reader = new ChunkReader(packet.AsSpan(SctpPacketHeader.SizeBytes));
            var count = 0;
            while (reader.TryRead(out var chunk, out var error))
            {
                Assert.Equal(SctpParseError.None, error);
                AssertRoundTrip(chunk, file);
                count++;
            }

            Assert.True(count > 0, file);
        }
    }

    [SkippableTheory]
    [InlineData("usrsctp-CORPUS_CONNECT")]
    [InlineData("usrsctp-CORPUS_FRAGMENT")]
    [InlineData("usrsctp-CORPUS_LISTEN")]
    public void UsrsctpSeeds_InEveryState_NeitherThrowNorGrow(string folder)
    {
        foreach (var file in Directory.GetFiles(SharedFiles.Require("vectors/sctp/" + folder)))
        {
            var bytes = File.ReadAllBytes(file);
            foreach (var state in Enum.GetValues<SctpState>())
            {
                foreach (var skip in new[] { 0, 1, SctpPacketHeader.SizeBytes })
                {
                    Feed(InState(state), bytes.AsSpan(Math.Min(skip, bytes.Length)), file);
                }
            }
        }
    }

    [SkippableFact]
    public void Mutations_OfRealPackets_NeitherThrowNorGrow()
    {
        var random = new SeededRandomSource(99);
        var files = Directory.GetFiles(SharedFiles.Require("vectors/sctp/webrtc-sctp-packet-corpus"));
        for (var round = 0; round < 4000; round++)
        {
            var body = File.ReadAllBytes(files[round % files.Length]).AsSpan(SctpPacketHeader.SizeBytes).ToArray();
            if (round % 16 >= 8 && body.Length > 0 && body[0] == (byte)ChunkType.Data)
            {
                body[0] = (byte)ChunkType.IData;
            }

            for (var i = random.NextInt32(1, 6); i > 0; i--)
            {
                body[random.NextInt32(0, body.Length)] = (byte)random.NextUInt32();
            }

            Feed(InState((SctpState)(round % 8), isInterleaving: round % 16 >= 8), body, $"round {round}");
        }
    }

    private static void Feed(ScriptedPeer peer, ReadOnlySpan<byte> body, string what)
    {
        foreach (var tag in new[] { peer.RemoteTag, 0u, ScriptedPeer.Tag })
        {
            var packet = new byte[SctpPacketHeader.SizeBytes + body.Length];
            var writer = new SpanWriter(packet);
            new SctpPacketHeader(5000, 5000, tag).Write(ref writer);
            writer.WriteBytes(body);
            SctpPacketHeader.Seal(packet);
            for (var i = 0; i < 3; i++)
            {
                peer.Association.HandlePacket(peer.Now, packet);
            }
        }

        var packets = peer.Poll();
        Assert.True(packets.Count < 100, what);
        Assert.True(peer.Association.ReceiveOccupiedBytes < 200_000, what);
        peer.Wait(TimeSpan.FromSeconds(10));
    }

    private static ScriptedPeer InState(SctpState state, bool isInterleaving = false)
    {
        var peer = new ScriptedPeer();
        switch (state)
        {
            case SctpState.Closed:
                return peer;
            case SctpState.CookieWait:
            case SctpState.CookieEchoed:
                peer.Association.Connect(peer.Now);
                peer.Poll();
                if (state == SctpState.CookieEchoed)
                {
                    peer.Send(ScriptedPeer.Init(ScriptedPeer.Tag, 100_000, peer.InitialTsn, ChunkType.InitAck, cookie: [1]));
                }

                break;
            default:
                peer.Establish(interleaving: isInterleaving);
                if (state is SctpState.ShutdownPending or SctpState.Established)
                {
                    peer.Association.Send(0, 53, new byte[5000], false, true, Reliability.Full);
                    peer.Poll();
                }

                if (state is SctpState.ShutdownPending or SctpState.ShutdownSent)
                {
                    peer.Association.Shutdown(peer.Now);
                }
                else if (state is SctpState.ShutdownReceived or SctpState.ShutdownAckSent)
                {
                    if (state == SctpState.ShutdownReceived)
                    {
                        peer.Association.Send(0, 53, new byte[5000], false, true, Reliability.Full);
                        peer.Poll();
                    }

                    var cumulative = new byte[4];
                    System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(cumulative, peer.RemoteInitialTsn.Previous.Value);
                    peer.Send(ScriptedPeer.Raw(ChunkType.Shutdown, 0, cumulative));
                }

                break;
        }

        Assert.Equal(state, peer.Association.State);
        return peer;
    }

    private static void AssertRoundTrip(RawChunk chunk, string file)
    {
        var bytes = new byte[chunk.Value.Length + 8];
        var writer = new SpanWriter(bytes);
        switch (chunk.Type)
        {
            case ChunkType.Data:
                Assert.True(DataChunk.TryParse(chunk.Flags, chunk.Value, out var data, out _), file);
                data.Write(ref writer);
                break;
            case ChunkType.Init:
            case ChunkType.InitAck:
                Assert.True(InitChunk.TryParse(chunk.Value, out var init, out _), file);
                InitChunk.Write(ref writer, chunk.Type, init);
                break;
            case ChunkType.Sack:
                Assert.True(SackChunk.TryParse(chunk.Value, out var sack, out _), file);
                var gaps = Enumerable.Range(0, sack.GapCount).Select(_ => default(GapBlock)).ToArray();
                for (var i = 0; i < gaps.Length; i++)
                {
                    gaps[i] = sack.Gap(i);
                }

                var duplicates = new Tsn[sack.DuplicateCount];
                for (var i = 0; i < duplicates.Length; i++)
                {
                    duplicates[i] = sack.Duplicate(i);
                }

                SackChunk.Write(ref writer, sack.CumulativeTsn, sack.ReceiverWindow, gaps, duplicates);
                break;
            case ChunkType.Heartbeat:
            case ChunkType.HeartbeatAck:
                Assert.True(HeartbeatChunk.TryParse(chunk.Value, out var heartbeat, out _), file);
                HeartbeatChunk.Write(ref writer, chunk.Type, heartbeat.Info);
                break;
            case ChunkType.ForwardTsn:
                Assert.True(ForwardTsnChunk.TryParse(chunk.Value, out var forward, out _), file);
                var skipped = new SkippedStream[forward.SkippedCount];
                for (var i = 0; i < skipped.Length; i++)
                {
                    skipped[i] = forward.Skipped(i);
                }

                ForwardTsnChunk.Write(ref writer, forward.NewCumulativeTsn, skipped);
                break;
            default:
                return;
        }

        Assert.True(writer.Written.Slice(4, chunk.Value.Length).SequenceEqual(chunk.Value), file);
    }
}
