using KillaBeez.WebRtc.DataChannels;
using KillaBeez.WebRtc.Sctp;
using KillaBeez.WebRtc.Sctp.Packet;
using KillaBeez.WebRtc.Sctp.Packet.Chunks;
using KillaBeez.WebRtc.Sctp.Tx;
using KillaBeez.WebRtc.Tests.DataChannels;
using KillaBeez.WebRtc.Tests.Emulation;

namespace KillaBeez.WebRtc.Tests.Sctp;

/// <summary>Set-ups that cross, are repeated, or lose packets (RFC 9260 sections 5.2 and 8.5).</summary>
public sealed class CollisionTests
{
    private static ChunkType FirstChunk(ReadOnlyMemory<byte> packet) => (ChunkType)packet.Span[SctpPacketHeader.SizeBytes];

    [Theory]
    [InlineData(ChunkType_CookieAck)]
    [InlineData(ChunkType_CookieEcho)]
    [InlineData(ChunkType_InitAck)]
    [InlineData(ChunkType_Data)]
    public void Connect_BothAtOnceAndOnePacketLost_StillConnectsAndDelivers(int lost)
    {
        foreach (var interleaving in new[] { false, true })
        {
            var options = new DataChannelTransportOptions { Sctp = new SctpOptions { OfferInterleaving = interleaving } };
            var pair = new TransportPair(7, new LossyPipeOptions { Delay = TimeSpan.FromMilliseconds(10) }, options);
            var left = 1;
            bool Drop(ReadOnlyMemory<byte> packet) =>
                (FirstChunk(packet) == (ChunkType)lost || (lost == ChunkType_Data && FirstChunk(packet) == ChunkType.IData)) && left-- > 0;
            pair.ToServer.DropFilter = Drop;
            pair.ToClient.DropFilter = Drop;
            var channel = pair.Client.Transport.OpenChannel(pair.Now, new DataChannelInit());
            pair.OnTurn = () =>
            {
                if (pair.Client.Messages.Count == 0 && pair.Client.Has(DataChannelEventKind.ChannelOpened) && pair.Client.Transport.Statistics.MessagesSent == 0)
                {
                    Assert.True(pair.Client.Transport.TrySend(pair.Now, channel, [1, 2, 3], isText: false));
                }
            };
            pair.Connect();
            Assert.True(pair.RunUntil(() => pair.Server.Messages.Count == 1, TimeSpan.FromSeconds(5)));
            Assert.Equal(1, pair.Server.Count(DataChannelEventKind.Connected));
            Assert.Equal(1, pair.Client.Count(DataChannelEventKind.Connected));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void InitAck_FirstOrSecond_BothCookiesAreGood(bool isFirst)
    {
        var peer = new ScriptedPeer();
        peer.SendTagged(0, ScriptedPeer.Init(ScriptedPeer.Tag, 100_000, peer.InitialTsn));
        peer.Poll();
        var first = peer.Cookie;
        peer.Now = peer.Now.AddMs(900);
        peer.SendTagged(0, ScriptedPeer.Init(ScriptedPeer.Tag, 100_000, peer.InitialTsn));
        peer.Poll();
        Assert.NotEqual(first, peer.Cookie);
        peer.Send(ScriptedPeer.CookieEcho(isFirst ? first : peer.Cookie));
        Assert.Equal(ChunkType.CookieAck, Assert.Single(peer.PollChunks()).Type);
        Assert.Equal(SctpState.Established, peer.Association.State);
    }

    [Theory]
    [InlineData(ChunkType_Data)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(6)]
    [InlineData(14)]
    public void Packet_BeforeAnySetUp_IsDroppedInSilence(int type)
    {
        var peer = new ScriptedPeer();
        foreach (var tag in new[] { 0u, 1u, ScriptedPeer.Tag })
        {
            peer.SendTagged(tag, ScriptedPeer.Raw((ChunkType)type, 1, new byte[16]));
        }

        Assert.Empty(peer.PollChunks());
        Assert.Equal(3, peer.Association.PacketsDropped);
        Assert.Equal(SctpState.Closed, peer.Association.State);
        Assert.False(peer.Association.IsOver);
    }

    [Fact]
    public void Packet_ForAnotherPort_IsDropped()
    {
        var peer = new ScriptedPeer(new SctpOptions { LocalPort = 5000, RemotePort = 5001, MaxProbedPacketBytes = 0 });
        peer.SendTagged(0, ScriptedPeer.Init(ScriptedPeer.Tag, 100_000, peer.InitialTsn));
        Assert.Empty(peer.PollChunks());
    }

    [Fact]
    public void Checksum_IsNeverLeftOutOfInitAndCookieEcho()
    {
        var peer = new ScriptedPeer();
        peer.Association.Connect(peer.Now);
        peer.Poll();
        Assert.False(peer.LastHadZeroChecksum);
        peer.Send(ScriptedPeer.Init(ScriptedPeer.Tag, 100_000, peer.InitialTsn, ChunkType.InitAck, cookie: [1], zeroChecksum: true));
        Assert.Equal(ChunkType.CookieEcho, Assert.Single(peer.PollChunks()).Type);
        Assert.False(peer.LastHadZeroChecksum);
        peer.Send(ScriptedPeer.Empty(ChunkType.CookieAck));
        peer.Association.Send(0, 53, [1], false, true, Reliability.Full);
        peer.Poll();
        Assert.True(peer.LastHadZeroChecksum);
    }

    [Fact]
    public void Restart_WithDataAndAResetPending_EndsTheAssociationAndReturnsEverything()
    {
        var peer = new ScriptedPeer().Establish();
        peer.Association.Send(0, 53, new byte[50_000], false, true, Reliability.Full);
        peer.Association.ResetStream(3, dropUnsent: false);
        peer.Send(ScriptedPeer.Data(peer.InitialTsn + 2, 0, 1, [1]));
        peer.Poll();
        peer.SendTagged(0, ScriptedPeer.Init(0x55555555, 100_000, new Tsn(1)));
        peer.Poll();
        peer.Send(ScriptedPeer.CookieEcho(peer.Cookie));
        peer.Poll();
        Assert.Equal(SctpCloseReason.PeerRestarted, peer.Association.CloseReason);
        Assert.Equal(0, peer.Association.HeldChunks);
        Assert.Equal(0, peer.Association.Sender.MessageCount);
        Assert.Equal(Instant.Never, peer.Association.NextTimeout);
    }

    [Fact]
    public void Abort_FromThePeer_FreesEverythingAtOnce()
    {
        var peer = new ScriptedPeer().Establish(interleaving: true);
        peer.Association.Send(0, 53, new byte[50_000], false, true, Reliability.Full);
        peer.Send(ScriptedPeer.IData(peer.InitialTsn + 2, 0, 1, 0, [1]));
        peer.Send(ScriptedPeer.IData(peer.InitialTsn + 3, 1, 1, 4, new byte[1000], DataFlags.Unordered));
        peer.Poll();
        peer.Send(ScriptedPeer.Raw(ChunkType.Abort, 0, []));
        Assert.Empty(peer.Poll());
        Assert.Equal(SctpCloseReason.RemoteAbort, peer.Association.CloseReason);
        Assert.Equal(0, peer.Association.HeldChunks);
        Assert.Equal(0, peer.Association.ReceiveOccupiedBytes);
        Assert.Equal(0, peer.Association.Sender.MessageCount);
        Assert.Equal(Instant.Never, peer.Association.NextTimeout);
    }

    [Fact]
    public void Shutdown_FromBothSidesAtOnce_GoesThrough()
    {
        var pair = new TransportPair(8, new LossyPipeOptions { Delay = TimeSpan.FromMilliseconds(10) });
        pair.Connect();
        pair.RunFor(TimeSpan.FromMilliseconds(100));
        pair.Client.Transport.Shutdown(pair.Now);
        pair.Server.Transport.Shutdown(pair.Now);
        Assert.True(pair.RunUntil(() => pair.Client.Has(DataChannelEventKind.Closed) && pair.Server.Has(DataChannelEventKind.Closed), TimeSpan.FromSeconds(1)));
        Assert.Equal(SctpCloseReason.Shutdown, pair.Client.Events[^1].Reason);
        Assert.Equal(SctpCloseReason.Shutdown, pair.Server.Events[^1].Reason);
    }

    [Fact]
    public void Data_AfterThePeersOwnShutdown_IsIgnored()
    {
        var peer = new ScriptedPeer().Establish();
        peer.Association.Send(0, 53, [1], false, true, Reliability.Full);
        peer.Poll();
        var cumulative = new byte[4];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(cumulative, peer.RemoteInitialTsn.Previous.Value);
        peer.Send(ScriptedPeer.Raw(ChunkType.Shutdown, 0, cumulative));
        Assert.Equal(SctpState.ShutdownReceived, peer.Association.State);
        peer.SendMessage(0, 0, [1]);
        peer.Poll();
        Assert.DoesNotContain(peer.Events, e => e.Kind == SctpEventKind.Message);
    }

    /// <summary>werift's process ends where it meets a chunk that it does not know, such as PAD.</summary>
    [Theory]
    [InlineData("", false, false, false)]
    [InlineData("dcSCTP00", false, false, true)]
    [InlineData("", true, false, true)]
    [InlineData("", false, true, true)]
    public void Probes_OfThePacketSize_GoToPeersKnownToSkipThemOnly(string cookie, bool zeroChecksum, bool interleaving, bool isProbed)
    {
        var peer = new ScriptedPeer(new SctpOptions());
        peer.Association.Connect(peer.Now);
        peer.Poll();
        byte[] bytes = [.. System.Text.Encoding.ASCII.GetBytes(cookie), 1, 2, 3];
        peer.Send(ScriptedPeer.Init(ScriptedPeer.Tag, 10_000_000, peer.InitialTsn, ChunkType.InitAck, bytes, zeroChecksum: zeroChecksum, interleaving: interleaving));
        peer.Poll();
        peer.Send(ScriptedPeer.Empty(ChunkType.CookieAck));
        peer.Association.Send(0, 53, new byte[400_000], false, true, Reliability.Full);
        var chunks = new List<SentChunk>();
        for (var i = 0; i < 30; i++)
        {
            chunks.AddRange(peer.PollChunks());
            peer.Now = peer.Now.AddMs(1);
            peer.Send(ScriptedPeer.Sack(peer.Association.Sender.LastAssignedTsn, 10_000_000));
        }

        Assert.True(peer.Association.Sender.Statistics.PayloadBytesSent > 200_000);
        Assert.Equal(isProbed, chunks.Exists(c => c.Type == ChunkType.Pad));
    }

    private const int ChunkType_Data = (int)ChunkType.Data;
    private const int ChunkType_InitAck = (int)ChunkType.InitAck;
    private const int ChunkType_CookieEcho = (int)ChunkType.CookieEcho;
    private const int ChunkType_CookieAck = (int)ChunkType.CookieAck;
}
