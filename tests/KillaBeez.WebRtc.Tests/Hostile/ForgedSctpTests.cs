using KillaBeez.WebRtc.Sctp;
using KillaBeez.WebRtc.Sctp.Packet;
using KillaBeez.WebRtc.Sctp.Tx;
using KillaBeez.WebRtc.Tests.Sctp;

namespace KillaBeez.WebRtc.Tests.Hostile;

/// <summary>
/// SCTP from somebody who does not know the tags. DTLS keeps such people out; a peer that lets others write into its
/// connection does not, and the association must not rest on it.
/// </summary>
public sealed class ForgedSctpTests
{
    [Fact]
    public void Abort_WithAnyTagButTheRightOne_IsDropped()
    {
        var peer = new ScriptedPeer().Establish();
        foreach (var tag in new uint[] { 0, 1, ScriptedPeer.Tag, peer.RemoteTag + 1, ~peer.RemoteTag })
        {
            // RFC 9260 section 8.5.1 B: the T bit asks for the sender's own tag; without it only ours will do.
            peer.SendTagged(tag, ScriptedPeer.Raw(ChunkType.Abort, 0, []));
            peer.SendTagged(tag == ScriptedPeer.Tag ? 1 : tag, ScriptedPeer.Raw(ChunkType.Abort, 1, []));
            peer.SendTagged(tag, ScriptedPeer.Empty(ChunkType.ShutdownComplete));
            peer.SendTagged(tag, ScriptedPeer.Raw(ChunkType.Error, 0, [0, 3, 0, 8, 0, 0, 0, 0]));
        }

        // With our tag, a T bit does not make it right.
        peer.SendTagged(peer.RemoteTag, ScriptedPeer.Raw(ChunkType.Abort, 1, []));
        Assert.Empty(peer.Poll());
        Assert.Equal(SctpState.Established, peer.Association.State);

        peer.Send(ScriptedPeer.Raw(ChunkType.Abort, 0, []));
        Assert.Equal(SctpCloseReason.RemoteAbort, peer.Association.CloseReason);
    }

    [Fact]
    public void Abort_BeforeThereIsATag_IsDropped()
    {
        var peer = new ScriptedPeer();
        peer.SendTagged(0, ScriptedPeer.Raw(ChunkType.Abort, 0, []));
        peer.SendTagged(0, ScriptedPeer.Raw(ChunkType.Abort, 1, []));
        Assert.False(peer.Association.IsOver);
        peer.Association.Connect(peer.Now);
        peer.Poll();
        peer.SendTagged(0, ScriptedPeer.Raw(ChunkType.Abort, 1, []));
        peer.SendTagged(ScriptedPeer.Tag, ScriptedPeer.Raw(ChunkType.Abort, 1, []));
        Assert.False(peer.Association.IsOver);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void InitFlood_KeepsNoStateAndIsAnsweredOncePerPoll(bool isEstablished)
    {
        var peer = new ScriptedPeer();
        if (isEstablished)
        {
            peer.Establish();
            peer.Association.Send(1, 53, new byte[3000], false, true, Reliability.Full);
            peer.Poll();
        }

        var state = peer.Association.State;
        var tag = peer.RemoteTag;
        peer.SendTagged(0, ScriptedPeer.Init(1, 100_000, new Tsn(1)));
        peer.Poll();
        var init = InitPacket();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 20_000; i++)
        {
            peer.Association.HandlePacket(peer.Now, init);
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated < 1_000_000, $"{allocated} bytes for 20,000 INITs");
        Assert.Single(peer.Poll(), packet => packet[0].Type == ChunkType.InitAck);
        Assert.Equal(state, peer.Association.State);
        Assert.Equal(0, peer.Association.QueuedEvents);
        if (isEstablished)
        {
            peer.SendTagged(tag, ScriptedPeer.Data(peer.NextTsn, 1, 0, [1, 2, 3]));
            peer.Poll();
            Assert.Contains(peer.Events, e => e.Kind == SctpEventKind.Message);
        }
    }

    [Fact]
    public void Cookie_OfAFloodedInit_CannotReplaceTheAssociation()
    {
        var peer = new ScriptedPeer().Establish();
        var tag = peer.RemoteTag;
        peer.SendTagged(0, ScriptedPeer.Init(0xBAD, 100_000, new Tsn(1)));
        Assert.Contains(peer.PollChunks(), chunk => chunk.Type == ChunkType.InitAck);

        // Who sent the INIT without seeing the answer knows neither its tag nor its cookie.
        peer.SendTagged(tag, ScriptedPeer.CookieEcho(new byte[peer.Cookie.Length]));
        peer.SendTagged(0, ScriptedPeer.CookieEcho(peer.Cookie));
        peer.SendTagged(tag, ScriptedPeer.CookieEcho(peer.Cookie));
        peer.Poll();
        Assert.Equal(SctpState.Established, peer.Association.State);
        peer.SendTagged(tag, ScriptedPeer.Data(peer.NextTsn, 1, 0, [9]));
        peer.Poll();
        Assert.Contains(peer.Events, e => e.Kind == SctpEventKind.Message);
    }

    /// <summary>An INIT as a flood sends it, sealed once.</summary>
    private static byte[] InitPacket()
    {
        var packet = new byte[512];
        var writer = new SpanWriter(packet);
        new SctpPacketHeader(5000, 5000, 0).Write(ref writer);
        ScriptedPeer.Init(0xF100D, 100_000, new Tsn(77))(ref writer);
        SctpPacketHeader.Seal(packet.AsSpan(0, writer.Position));
        return packet[..writer.Position];
    }
}
