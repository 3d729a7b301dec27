using KillaBeez.WebRtc.DataChannels;
using KillaBeez.WebRtc.DataChannels.Dcep;
using KillaBeez.WebRtc.Sctp;
using KillaBeez.WebRtc.Sctp.Packet;
using KillaBeez.WebRtc.Sctp.Packet.Chunks;
using KillaBeez.WebRtc.Sctp.Packet.Parameters;
using KillaBeez.WebRtc.Sctp.Tx;
using KillaBeez.WebRtc.Tests.DataChannels;

namespace KillaBeez.WebRtc.Tests.Sctp;

/// <summary>What a peer can make us keep, or answer, is bounded.</summary>
public sealed class LimitTests
{
    private const DataFlags Alone = DataFlags.Begin | DataFlags.End;

    [Fact]
    public void Chunks_HeldAboveAGap_AreBounded()
    {
        var peer = new ScriptedPeer().Establish(ownStack: true);
        for (var i = 1; i <= SctpLimits.MaxHeldChunks + 500; i++)
        {
            peer.Send(ScriptedPeer.Data(peer.InitialTsn + i, 0, (ushort)i, [1], DataFlags.Begin));
        }

        Assert.Equal(SctpLimits.MaxHeldChunks, peer.Association.HeldChunks);
        Assert.Equal(SctpState.Established, peer.Association.State);
    }

    [Fact]
    public void Ranges_AboveTheCumulativeTsn_AreBounded()
    {
        var peer = new ScriptedPeer().Establish(ownStack: true);
        for (var i = 1; i <= SctpLimits.MaxGapRanges + 500; i++)
        {
            peer.Send(ScriptedPeer.Data(peer.InitialTsn + (2 * i), 0, (ushort)i, [1], Alone));
        }

        Assert.Equal(SctpLimits.MaxGapRanges, peer.Association.HeldChunks);
    }

    [Fact]
    public void Messages_NotReleased_CloseTheWindowWhateverTheirSize()
    {
        var peer = new ScriptedPeer(new SctpOptions { ReceiveWindowBytes = 1_000_000, MaxProbedPacketBytes = 0 }).Establish(ownStack: true);
        for (var i = 0; i < 1_000_000 / SctpLimits.MessageOverheadBytes; i++)
        {
            peer.SendMessage(0, (ushort)i, [1]);
        }

        var sack = ScriptedPeer.AsSack(peer.PollChunks().Last(c => c.Type == ChunkType.Sack));
        Assert.Equal(0u, sack.ReceiverWindow);
    }

    [Fact]
    public void Packet_WithMoreChunksThanTaken_IsReadToTheLimit()
    {
        var peer = new ScriptedPeer().Establish(ownStack: true);
        var chunks = Enumerable.Range(0, SctpLimits.MaxChunksPerPacket + 100).Select(i => ScriptedPeer.Data(peer.InitialTsn + i, 0, (ushort)i, [1])).ToArray();
        peer.Send(chunks);
        peer.Poll();
        Assert.Equal(SctpLimits.MaxChunksPerPacket, peer.Events.Count(e => e.Kind == SctpEventKind.Message));
    }

    [Fact]
    public void Init_WithMoreParametersThanTaken_IsReadToTheLimit()
    {
        var peer = new ScriptedPeer();
        ChunkWriter init = (ref SpanWriter writer) =>
        {
            var parameters = new SpanWriter(new byte[2048]);
            for (var i = 0; i < SctpLimits.MaxParametersPerChunk; i++)
            {
                Tlv.Write(ref parameters, 0x8123, [1, 2, 3, 4]);
            }

            ZeroChecksumAcceptableParameter.Write(ref parameters);
            InitChunk.Write(ref writer, ChunkType.Init, new InitChunk { InitiateTag = ScriptedPeer.Tag, ReceiverWindow = 100_000, OutboundStreams = 1, InboundStreams = 1, InitialTsn = peer.InitialTsn, Parameters = parameters.Written });
        };
        peer.SendTagged(0, init);
        peer.Poll();
        peer.Send(ScriptedPeer.CookieEcho(peer.Cookie));
        peer.Poll();
        Assert.Equal(SctpState.Established, peer.Association.State);
        peer.SendMessage(0, 0, [1]);
        peer.Poll();
        Assert.False(peer.LastHadZeroChecksum);
    }

    [Fact]
    public void UnknownChunks_Reported_AreCutAndBounded()
    {
        var peer = new ScriptedPeer().Establish();
        var strange = Enumerable.Repeat(ScriptedPeer.Raw((ChunkType)0xFE, 0, new byte[800]), 50).ToArray();
        peer.Send(strange);
        peer.Send(strange);
        var packets = peer.Poll();
        var error = Assert.Single(packets.SelectMany(p => p), c => c.Type == ChunkType.Error);
        Assert.InRange(error.Value.Length, 1, SctpLimits.MaxPendingErrorBytes);
    }

    [Theory]
    [InlineData(SctpLimits.MaxHeartbeatEchoBytes, true)]
    [InlineData(SctpLimits.MaxHeartbeatEchoBytes + 1, false)]
    [InlineData(60_000, false)]
    public void Heartbeat_Oversized_IsNotEchoed(int bytes, bool isEchoed)
    {
        var peer = new ScriptedPeer().Establish();
        var value = new byte[4 + bytes];
        value[1] = 1;
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(value.AsSpan(2), (ushort)value.Length);
        peer.Send(ScriptedPeer.Raw(ChunkType.Heartbeat, 0, value));
        Assert.Equal(isEchoed, peer.PollChunks().Exists(c => c.Type == ChunkType.HeartbeatAck));
    }

    [Fact]
    public void ResetRequests_Flood_IsAnsweredAFewTimesAPoll()
    {
        var peer = new ScriptedPeer().Establish();
        for (uint i = 0; i < 1000; i++)
        {
            peer.Send(ScriptedPeer.Reset(peer.InitialTsn.Value + 50 + i, 0, peer.InitialTsn.Previous, 1));
        }

        var answer = Assert.Single(peer.PollChunks(), c => c.Type == ChunkType.ReConfig);
        Assert.InRange(answer.Value.Length, 1, 2 * ReconfigResponseParameter.SizeBytes);
        Assert.DoesNotContain(peer.Events, e => e.Kind == SctpEventKind.IncomingStreamReset);
    }

    [Fact]
    public void ResetRequest_OfTooManyStreams_IsDenied()
    {
        var peer = new ScriptedPeer().Establish();
        ChunkWriter request = (ref SpanWriter writer) =>
        {
            var parameters = new SpanWriter(new byte[8192]);
            OutgoingSsnResetParameter.Write(ref parameters, peer.InitialTsn.Value, 0, peer.InitialTsn.Previous, new ushort[SctpLimits.MaxStreamsPerIncomingReset + 1]);
            ReConfigChunk.Write(ref writer, parameters.Written);
        };
        peer.Send(request);
        var reader = new TlvReader(peer.PollChunks().Single(c => c.Type == ChunkType.ReConfig).Value);
        Assert.True(reader.TryRead(out var parameter, out _));
        Assert.True(ReconfigResponseParameter.TryParse(parameter.Value, out var response, out _));
        Assert.Equal(ReconfigResult.Denied, response.Result);
        Assert.DoesNotContain(peer.Events, e => e.Kind == SctpEventKind.IncomingStreamReset);
    }

    [Fact]
    public void Cookie_LargerThanTaken_EndsTheSetUp()
    {
        var peer = new ScriptedPeer();
        peer.Association.Connect(peer.Now);
        peer.Poll();
        peer.Send(ScriptedPeer.Init(ScriptedPeer.Tag, 100_000, peer.InitialTsn, ChunkType.InitAck, cookie: new byte[SctpLimits.MaxPeerCookieBytes + 1]));
        Assert.Equal(SctpCloseReason.ProtocolViolation, peer.Association.CloseReason);
    }

    [Fact]
    public void Sack_WithCountsThatItsLengthDenies_ChangesNothing()
    {
        var peer = new ScriptedPeer().Establish();
        peer.Association.Send(0, 53, new byte[5000], false, true, Reliability.Full);
        peer.Poll();
        var flight = peer.Association.Sender.FlightBytes;
        var value = new byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(value, peer.RemoteInitialTsn.Value);
        value[4] = 1;
        value[8] = 0xFF;
        value[10] = 0xFF;
        peer.Send(ScriptedPeer.Raw(ChunkType.Sack, 0, value));
        Assert.Equal(flight, peer.Association.Sender.FlightBytes);
    }

    [Fact]
    public void EarlyMessages_OfManyStreams_AreBoundedInNumber()
    {
        var pair = new TransportPair();
        pair.Connect();
        for (var i = 0; i < 1000; i++)
        {
            pair.Client.Transport.Association.Send((ushort)(2 * i), PayloadProtocol.Binary, [1], false, true, Reliability.Full);
        }

        pair.RunFor(TimeSpan.FromSeconds(5));
        Assert.Equal(DataChannelLimits.MaxEarlyMessages, pair.Server.Transport.Association.ReceiveOccupiedBytes);
        Assert.True(pair.Server.Transport.IsConnected);
    }

    [Theory]
    [InlineData(DataChannelLimits.MaxLabelAndProtocolBytes, true)]
    [InlineData(DataChannelLimits.MaxLabelAndProtocolBytes + 1, false)]
    public void Open_WithALongLabel_IsRefusedAboveTheLimit(int bytes, bool isTaken)
    {
        var pair = new TransportPair();
        pair.Connect();
        var open = new DcepOpenMessage { Label = new string('x', bytes - 10), Protocol = new string('y', 10) };
        var message = new byte[open.SizeBytes];
        var writer = new SpanWriter(message);
        open.Write(ref writer);
        pair.Client.Transport.Association.Send(0, PayloadProtocol.Dcep, message, false, true, Reliability.Full);
        pair.RunFor(TimeSpan.FromSeconds(5));
        Assert.Equal(isTaken, pair.Server.Has(DataChannelEventKind.ChannelOpened));
    }
}
