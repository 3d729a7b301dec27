using KillaBeez.WebRtc.Sctp;
using KillaBeez.WebRtc.Sctp.Packet;
using KillaBeez.WebRtc.Sctp.Packet.Chunks;
using KillaBeez.WebRtc.Sctp.Packet.Parameters;

namespace KillaBeez.WebRtc.Tests.Sctp;

public sealed class SetupTests
{
    [Fact]
    public void Connect_NoAnswer_RepeatsTheSameInitForEverWithCappedBackoff()
    {
        var peer = new ScriptedPeer();
        peer.Association.Connect(peer.Now);
        var first = Assert.Single(peer.PollChunks());
        Assert.Equal(ChunkType.Init, first.Type);
        Assert.Equal(0u, peer.LastTag);
        var repeated = peer.Wait(TimeSpan.FromSeconds(61));
        Assert.All(repeated, c => Assert.Equal(first.Value, c.Value));

        // 1 + 2 + 3 + 3 ... seconds.
        Assert.Equal(21, repeated.Count);
        Assert.Equal(SctpState.CookieWait, peer.Association.State);
    }

    [Fact]
    public void Init_WithTagInHeader_IsDropped()
    {
        var peer = new ScriptedPeer();
        peer.SendTagged(77, ScriptedPeer.Init(ScriptedPeer.Tag, 100_000, peer.InitialTsn));
        Assert.Empty(peer.PollChunks());
    }

    [Fact]
    public void Init_InCookieWait_IsAnsweredWithOwnTagAndTsn()
    {
        var peer = new ScriptedPeer();
        peer.Association.Connect(peer.Now);
        peer.Poll();
        var tag = peer.RemoteTag;
        var tsn = peer.RemoteInitialTsn;
        peer.SendTagged(0, ScriptedPeer.Init(ScriptedPeer.Tag, 100_000, peer.InitialTsn));
        Assert.Equal(ChunkType.InitAck, Assert.Single(peer.PollChunks()).Type);
        Assert.Equal(ScriptedPeer.Tag, peer.LastTag);
        Assert.Equal(tag, peer.RemoteTag);
        Assert.Equal(tsn, peer.RemoteInitialTsn);

        peer.Send(ScriptedPeer.CookieEcho(peer.Cookie));
        Assert.Equal(ChunkType.CookieAck, Assert.Single(peer.PollChunks()).Type);
        Assert.Equal(SctpState.Established, peer.Association.State);
    }

    /// <summary>Old pion discards packets with parameters that it does not know.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void InitAck_NewerParameters_AreThereOnlyIfTheInitHadThem(bool known)
    {
        var peer = new ScriptedPeer();
        peer.SendTagged(0, ScriptedPeer.Init(ScriptedPeer.Tag, 100_000, peer.InitialTsn, zeroChecksum: known, ownStack: known));
        var answer = Assert.Single(peer.PollChunks());
        Assert.True(InitChunk.TryParse(answer.Value, out var chunk, out _));
        var types = new List<ushort>();
        var reader = new TlvReader(chunk.Parameters);
        while (reader.TryRead(out var parameter, out _))
        {
            types.Add(parameter.Type);
        }

        ushort[] always = [ParameterType.StateCookie, ParameterType.SupportedExtensions, ParameterType.ForwardTsnSupported];
        ushort[] newer = [ParameterType.ZeroChecksumAcceptable, ParameterType.KillaBeezStack];
        Assert.Equal(known ? [.. always, .. newer] : always, types);
    }

    [Fact]
    public void InitAck_WithoutCookie_AbortsWithMissingParameter()
    {
        var peer = new ScriptedPeer();
        peer.Association.Connect(peer.Now);
        peer.Poll();
        peer.Send(ScriptedPeer.Init(ScriptedPeer.Tag, 100_000, peer.InitialTsn, ChunkType.InitAck));
        var abort = Assert.Single(peer.PollChunks());
        Assert.Equal(ChunkType.Abort, abort.Type);
        Assert.Equal(new byte[] { 0, 2, 0, 10, 0, 0, 0, 1, 0, 7, 0, 0 }, abort.Value);
        Assert.Equal(SctpCloseReason.ProtocolViolation, peer.Association.CloseReason);
    }

    [Fact]
    public void InitAck_WithCookie_IsEchoedWithOnePacketOfDataUntilAcknowledged()
    {
        var peer = new ScriptedPeer();
        peer.Association.Send(0, 53, new byte[3000], false, true, WebRtc.Sctp.Tx.Reliability.Full);
        peer.Association.Connect(peer.Now);
        peer.Poll();
        peer.Send(ScriptedPeer.Init(ScriptedPeer.Tag, 100_000, peer.InitialTsn, ChunkType.InitAck, cookie: [1, 2, 3, 4, 5]));
        var first = Assert.Single(peer.Poll());
        Assert.Equal([ChunkType.CookieEcho, ChunkType.Data], first.Select(c => c.Type));
        Assert.Equal(new byte[] { 1, 2, 3, 4, 5 }, first[0].Value);
        var tsn = ScriptedPeer.AsData(first[1]).Tsn;
        Assert.Equal(peer.RemoteInitialTsn, tsn);

        // 1 + 2 seconds: two repetitions, and the same data rides again.
        var repeated = peer.Wait(TimeSpan.FromSeconds(4));
        Assert.Equal([ChunkType.CookieEcho, ChunkType.Data, ChunkType.CookieEcho, ChunkType.Data], repeated.Select(c => c.Type));
        Assert.All(repeated.Where(c => c.Type == ChunkType.Data), c => Assert.Equal(first[1].Value, c.Value));

        peer.Send(ScriptedPeer.Empty(ChunkType.CookieAck), ScriptedPeer.Sack(tsn, 100_000));
        Assert.Equal(tsn.Next, ScriptedPeer.AsData(peer.PollChunks().First(c => c.Type == ChunkType.Data)).Tsn);
    }

    [Fact]
    public void InitAck_WithAHugeCookie_IsEchoedAlone()
    {
        var peer = new ScriptedPeer();
        peer.Association.Send(0, 53, new byte[3000], false, true, WebRtc.Sctp.Tx.Reliability.Full);
        peer.Association.Connect(peer.Now);
        peer.Poll();
        peer.Send(ScriptedPeer.Init(ScriptedPeer.Tag, 100_000, peer.InitialTsn, ChunkType.InitAck, cookie: new byte[1000]));
        Assert.Equal(ChunkType.CookieEcho, Assert.Single(peer.PollChunks()).Type);
        peer.Send(ScriptedPeer.Empty(ChunkType.CookieAck));
        Assert.Contains(peer.PollChunks(), c => c.Type == ChunkType.Data);
    }

    [Fact]
    public void Sack_ThatOvertakesTheCookieAck_IsTaken()
    {
        var peer = new ScriptedPeer();
        peer.Association.Send(0, 53, new byte[100], false, true, WebRtc.Sctp.Tx.Reliability.Full);
        peer.Association.Connect(peer.Now);
        peer.Poll();
        peer.Send(ScriptedPeer.Init(ScriptedPeer.Tag, 100_000, peer.InitialTsn, ChunkType.InitAck, cookie: [1]));
        peer.Poll();
        peer.Send(ScriptedPeer.Sack(peer.RemoteInitialTsn, 100_000));
        Assert.Equal(ChunkType.CookieEcho, Assert.Single(peer.Wait(TimeSpan.FromMilliseconds(1_500))).Type);
        peer.Send(ScriptedPeer.Empty(ChunkType.CookieAck));
        Assert.Empty(peer.Wait(TimeSpan.FromSeconds(5)));
    }

    [Fact]
    public void Data_ThatOvertakesTheCookieAck_IsReportedAfterEstablished()
    {
        var peer = new ScriptedPeer();
        peer.Association.Connect(peer.Now);
        peer.Poll();
        peer.Send(ScriptedPeer.Init(ScriptedPeer.Tag, 100_000, peer.InitialTsn, ChunkType.InitAck, cookie: [1]));
        peer.Poll();
        peer.SendMessage(0, 0, [42]);
        peer.Poll();
        Assert.Equal(SctpEventKind.Established, Assert.Single(peer.Events).Kind);
        Assert.Equal(peer.Now.AddMs(1_000), peer.Association.NextTimeout);
        peer.Send(ScriptedPeer.Empty(ChunkType.CookieAck));
        Assert.Contains(peer.PollChunks(), c => c.Type == ChunkType.Sack);
        Assert.Equal([SctpEventKind.Established, SctpEventKind.Message], peer.Events.Select(e => e.Kind));
    }

    [Fact]
    public void Cookie_Forged_IsIgnored()
    {
        var peer = new ScriptedPeer();
        peer.SendTagged(0, ScriptedPeer.Init(ScriptedPeer.Tag, 100_000, peer.InitialTsn));
        peer.Poll();
        for (var i = 0; i < peer.Cookie.Length; i++)
        {
            var forged = (byte[])peer.Cookie.Clone();
            forged[i] ^= 1;
            peer.Send(ScriptedPeer.CookieEcho(forged));
            Assert.Empty(peer.PollChunks());
            Assert.Equal(SctpState.Closed, peer.Association.State);
        }
    }

    [Fact]
    public void Cookie_OlderThanItsLifetime_IsAnsweredWithStaleCookie()
    {
        var peer = new ScriptedPeer();
        peer.SendTagged(0, ScriptedPeer.Init(ScriptedPeer.Tag, 100_000, peer.InitialTsn));
        peer.Poll();
        peer.Now += TimeSpan.FromSeconds(61);
        peer.Send(ScriptedPeer.CookieEcho(peer.Cookie));
        var error = Assert.Single(peer.PollChunks());
        Assert.Equal(ChunkType.Error, error.Type);
        Assert.Equal(3, error.Value[1]);
        Assert.Equal(SctpState.Closed, peer.Association.State);
    }

    [Fact]
    public void Init_DelayedDuplicateWhenEstablished_DisturbsNothing()
    {
        var peer = new ScriptedPeer().Establish();
        var tag = peer.RemoteTag;
        peer.SendTagged(0, ScriptedPeer.Init(ScriptedPeer.Tag, 100_000, peer.InitialTsn));
        peer.Poll();
        Assert.Equal(SctpState.Established, peer.Association.State);
        peer.SendTagged(tag, ScriptedPeer.Data(peer.InitialTsn, 0, 0, [1]));
        Assert.Contains(peer.PollChunks(), c => c.Type == ChunkType.Sack);
        Assert.Contains(peer.Events, e => e.Kind == SctpEventKind.Message);
    }

    [Fact]
    public void CookieEcho_Repeated_IsAcknowledgedAgain()
    {
        var peer = new ScriptedPeer().Establish();
        peer.Send(ScriptedPeer.CookieEcho(peer.Cookie));
        Assert.Equal(ChunkType.CookieAck, Assert.Single(peer.PollChunks()).Type);
        Assert.Single(peer.Events, e => e.Kind == SctpEventKind.Established);
    }

    [Fact]
    public void Restart_Confirmed_EndsTheAssociation()
    {
        var peer = new ScriptedPeer().Establish();
        peer.SendTagged(0, ScriptedPeer.Init(0x55555555, 100_000, new Tsn(1)));
        peer.Poll();
        peer.Send(ScriptedPeer.CookieEcho(peer.Cookie));
        peer.Poll();
        Assert.Equal(SctpCloseReason.PeerRestarted, peer.Association.CloseReason);
        Assert.Contains(peer.Events, e => e.Kind == SctpEventKind.Closed);
    }

    [Fact]
    public void Init_Flood_CostsOneAnswerPerPollAndNoMemory()
    {
        var peer = new ScriptedPeer();
        for (uint i = 1; i <= 10_000; i++)
        {
            peer.SendTagged(0, ScriptedPeer.Init(i, 100_000, new Tsn(i)));
        }

        Assert.Single(peer.Poll());
        Assert.Equal(SctpState.Closed, peer.Association.State);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(192)]
    [InlineData(130)]
    [InlineData(4)]
    public void Packet_WithWrongTag_ChangesNothing(int type)
    {
        var peer = new ScriptedPeer().Establish();
        peer.SendTagged(peer.RemoteTag + 1, ScriptedPeer.Raw((ChunkType)type, 3, [0, 0, 3, 232, 0, 0, 0, 0, 0, 0, 0, 0, 1]));
        Assert.Empty(peer.PollChunks());
        Assert.Equal(SctpState.Established, peer.Association.State);
        Assert.Equal(1, peer.Association.PacketsDropped);
    }

    [Fact]
    public void Abort_WithReflectedTag_EndsTheAssociationOnlyWhereTheBitSaysSo()
    {
        var peer = new ScriptedPeer().Establish();
        peer.SendTagged(ScriptedPeer.Tag, ScriptedPeer.Raw(ChunkType.Abort, 0, []));
        Assert.Equal(SctpState.Established, peer.Association.State);
        peer.SendTagged(ScriptedPeer.Tag, ScriptedPeer.Raw(ChunkType.Abort, 1, []));
        Assert.Equal(SctpCloseReason.RemoteAbort, peer.Association.CloseReason);
    }

    [Fact]
    public void ShutdownAck_WhileSettingUp_IsAnsweredWithReflectedComplete()
    {
        var peer = new ScriptedPeer();
        peer.Association.Connect(peer.Now);
        peer.Poll();
        peer.SendTagged(99, ScriptedPeer.Empty(ChunkType.ShutdownAck));
        var complete = Assert.Single(peer.PollChunks());
        Assert.Equal(ChunkType.ShutdownComplete, complete.Type);
        Assert.Equal(1, complete.Flags);
        Assert.Equal(99u, peer.LastTag);
        Assert.Equal(SctpState.CookieWait, peer.Association.State);
    }

    [Fact]
    public void ZeroChecksum_IsSentOnlyIfThePeerDeclaredIt()
    {
        var with = new ScriptedPeer().Establish(zeroChecksum: true);
        with.SendMessage(0, 0, [1]);
        Assert.NotEmpty(with.Poll());
        Assert.True(with.LastHadZeroChecksum);

        var without = new ScriptedPeer().Establish();
        without.SendMessage(0, 0, [1]);
        Assert.NotEmpty(without.Poll());
        Assert.False(without.LastHadZeroChecksum);
    }

    [Fact]
    public void ZeroChecksum_OnInit_IsDropped()
    {
        var peer = new ScriptedPeer();
        var packet = new byte[256];
        var writer = new SpanWriter(packet);
        new SctpPacketHeader(5000, 5000, 0).Write(ref writer);
        ScriptedPeer.Init(ScriptedPeer.Tag, 100_000, new Tsn(1))(ref writer);
        peer.Association.HandlePacket(peer.Now, packet.AsSpan(0, writer.Position));
        Assert.Empty(peer.Poll());
    }

    [Fact]
    public void ZeroChecksum_NotDeclared_IsDropped()
    {
        var peer = new ScriptedPeer(new SctpOptions { AcceptZeroChecksum = false }).Establish();
        var packet = new byte[256];
        var writer = new SpanWriter(packet);
        new SctpPacketHeader(5000, 5000, peer.RemoteTag).Write(ref writer);
        ScriptedPeer.Data(peer.InitialTsn, 0, 0, [1])(ref writer);
        peer.Association.HandlePacket(peer.Now, packet.AsSpan(0, writer.Position));
        Assert.Empty(peer.PollChunks());
    }
}
