using KillaBeez.WebRtc.Sctp;
using KillaBeez.WebRtc.Sctp.Packet;
using KillaBeez.WebRtc.Sctp.Packet.Chunks;
using KillaBeez.WebRtc.Sctp.Packet.ErrorCauses;
using KillaBeez.WebRtc.Sctp.Packet.Parameters;

namespace KillaBeez.WebRtc.Tests.Sctp;

/// <summary>Every chunk and parameter: golden bytes, round trip, and truncation at every byte.</summary>
public sealed class ChunkCodecTests
{
    private delegate bool Parser(byte flags, ReadOnlySpan<byte> value);

    private static byte[] Written(ChunkWriter write)
    {
        var writer = new SpanWriter(new byte[4096]);
        write(ref writer);
        Assert.Equal(0, writer.Position % 4);
        return writer.Written.ToArray();
    }

    private static RawChunk Only(byte[] bytes)
    {
        var reader = new ChunkReader(bytes);
        Assert.True(reader.TryRead(out var chunk, out _));
        Assert.False(reader.TryRead(out _, out var error));
        Assert.Equal(SctpParseError.None, error);
        return chunk;
    }

    /// <summary>Cuts the value at every byte: the parser must say no below the fixed part and never throw.</summary>
    private static void AssertTruncations(byte[] bytes, int fixedValueBytes, Parser parse)
    {
        var chunk = Only(bytes);
        var value = chunk.Value.ToArray();
        for (var length = 0; length < value.Length; length++)
        {
            var ok = parse(chunk.Flags, value.AsSpan(0, length));
            Assert.False(ok && length < fixedValueBytes, $"{length} bytes parse");
            var reader = new ChunkReader(bytes.AsSpan(0, 4 + length));
            Assert.False(reader.TryRead(out _, out _));
        }

        for (var length = 1; length < 4; length++)
        {
            var reader = new ChunkReader(bytes.AsSpan(0, length));
            Assert.False(reader.TryRead(out _, out var error));
            Assert.Equal(SctpParseError.Truncated, error);
        }
    }

    [Fact]
    public void Data_Golden()
    {
        var bytes = Written(ScriptedPeer.Data(new Tsn(0x01020304), 5, 6, [0xAA, 0xBB, 0xCC], DataFlags.Begin | DataFlags.Immediate, 51));
        Assert.Equal(Convert.FromHexString("000A0013010203040005000600000033AABBCC00"), bytes);
        var chunk = Only(bytes);
        Assert.True(DataChunk.TryParse(chunk.Flags, chunk.Value, out var data, out _));
        Assert.Equal(DataFlags.Begin | DataFlags.Immediate, data.Flags);
        Assert.Equal(new Tsn(0x01020304), data.Tsn);
        Assert.Equal((5, 6, 51u), (data.StreamId, data.StreamSequence, data.PayloadProtocol));
        Assert.Equal(new byte[] { 0xAA, 0xBB, 0xCC }, data.Payload.ToArray());
        AssertTruncations(bytes, 12, (f, v) => DataChunk.TryParse(f, v, out _, out _));
    }

    [Theory]
    [InlineData(2, "4002001501020304000500000000000900000033AA000000")]
    [InlineData(1, "4001001501020304000500000000000900000007AA000000")]
    public void IData_Golden(int flags, string golden)
    {
        var bytes = Written((ref SpanWriter w) => new IDataChunk { Flags = (DataFlags)flags, Tsn = new Tsn(0x01020304), StreamId = 5, MessageId = 9, PayloadProtocol = 0x33, FragmentNumber = 7, Payload = new byte[] { 0xAA } }.Write(ref w));
        Assert.Equal(Convert.FromHexString(golden), bytes);
        var chunk = Only(bytes);
        Assert.True(IDataChunk.TryParse(chunk.Flags, chunk.Value, out var data, out _));
        Assert.Equal(flags == 2 ? 0x33u : 0, data.PayloadProtocol);
        Assert.Equal(flags == 2 ? 0u : 7, data.FragmentNumber);
        Assert.Equal(9u, data.MessageId);
        AssertTruncations(bytes, 16, (f, v) => IDataChunk.TryParse(f, v, out _, out _));
    }

    [Fact]
    public void Init_Golden()
    {
        var bytes = Written((ref SpanWriter w) => InitChunk.Write(ref w, ChunkType.Init, new InitChunk { InitiateTag = 1, ReceiverWindow = 2000, OutboundStreams = 3, InboundStreams = 4, InitialTsn = new Tsn(5), Parameters = new byte[] { 0xC0, 0, 0, 4 } }));
        Assert.Equal(Convert.FromHexString("010000180000000" + "1000007D00003000400000005C0000004"), bytes);
        Assert.True(InitChunk.TryParse(Only(bytes).Value, out var init, out _));
        Assert.Equal((1u, 2000u, 3, 4, 5u), (init.InitiateTag, init.ReceiverWindow, init.OutboundStreams, init.InboundStreams, init.InitialTsn.Value));
        AssertTruncations(bytes, 16, (f, v) => InitChunk.TryParse(v, out _, out _));
    }

    [Theory]
    [InlineData(0u, 2000u, 1, 1)]
    [InlineData(1u, 1499u, 1, 1)]
    [InlineData(1u, 2000u, 0, 1)]
    [InlineData(1u, 2000u, 1, 0)]
    public void Init_WithForbiddenValues_IsRefused(uint tag, uint window, int outbound, int inbound)
    {
        var bytes = Written((ref SpanWriter w) => InitChunk.Write(ref w, ChunkType.Init, new InitChunk { InitiateTag = tag, ReceiverWindow = window, OutboundStreams = (ushort)outbound, InboundStreams = (ushort)inbound }));
        Assert.False(InitChunk.TryParse(Only(bytes).Value, out _, out var error));
        Assert.Equal(SctpParseError.BadValue, error);
    }

    [Fact]
    public void Sack_Golden()
    {
        var bytes = Written(ScriptedPeer.Sack(new Tsn(12), 4660, [new GapBlock(2, 3), new GapBlock(5, 5)], [new Tsn(9)]));
        Assert.Equal(Convert.FromHexString("0300001C0000000C0000123400020001000200030005000500000009"), bytes);
        var sack = ScriptedPeer.AsSack(new SentChunk(ChunkType.Sack, 0, Only(bytes).Value.ToArray()));
        Assert.Equal((2, 1), (sack.GapCount, sack.DuplicateCount));
        Assert.Equal(new GapBlock(5, 5), sack.Gap(1));
        Assert.Equal(new Tsn(9), sack.Duplicate(0));
        AssertTruncations(bytes, 24, (f, v) => SackChunk.TryParse(v, out _, out _));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(3, 2)]
    public void Sack_WithImpossibleGap_IsRefused(int start, int end)
    {
        var bytes = Written(ScriptedPeer.Sack(new Tsn(12), 4660, [new GapBlock((ushort)start, (ushort)end)]));
        Assert.False(SackChunk.TryParse(Only(bytes).Value, out _, out var error));
        Assert.Equal(SctpParseError.BadValue, error);
    }

    [Fact]
    public void Heartbeat_Golden()
    {
        var bytes = Written((ref SpanWriter w) => HeartbeatChunk.Write(ref w, ChunkType.Heartbeat, [1, 2, 3, 4, 5]));
        Assert.Equal(Convert.FromHexString("0400000D000100090102030405000000"), bytes);
        Assert.True(HeartbeatChunk.TryParse(Only(bytes).Value, out var heartbeat, out _));
        Assert.Equal(new byte[] { 1, 2, 3, 4, 5 }, heartbeat.Info.ToArray());
        AssertTruncations(bytes, 9, (f, v) => HeartbeatChunk.TryParse(v, out _, out _));
    }

    [Fact]
    public void Abort_Golden()
    {
        var bytes = Written((ref SpanWriter w) => AbortChunk.Write(ref w, true, [0, 12, 0, 4]));
        Assert.Equal(Convert.FromHexString("06010008000C0004"), bytes);
        var chunk = Only(bytes);
        var abort = AbortChunk.Parse(chunk.Flags, chunk.Value);
        Assert.True(abort.IsTagReflected);
        Assert.Equal(4, abort.Causes.Length);
    }

    [Fact]
    public void Shutdown_Golden()
    {
        var bytes = Written((ref SpanWriter w) => new ShutdownChunk(new Tsn(258)).Write(ref w));
        Assert.Equal(Convert.FromHexString("0700000800000102"), bytes);
        Assert.True(ShutdownChunk.TryParse(Only(bytes).Value, out var shutdown, out _));
        Assert.Equal(new Tsn(258), shutdown.CumulativeTsn);
        AssertTruncations(bytes, 4, (f, v) => ShutdownChunk.TryParse(v, out _, out _));
    }

    [Fact]
    public void EmptyChunks_Golden()
    {
        Assert.Equal(Convert.FromHexString("08000004"), Written(ScriptedPeer.Empty(ChunkType.ShutdownAck)));
        Assert.Equal(Convert.FromHexString("0B000004"), Written(ScriptedPeer.Empty(ChunkType.CookieAck)));
        Assert.Equal(Convert.FromHexString("0E010004"), Written(ScriptedPeer.Empty(ChunkType.ShutdownComplete, reflected: true)));
        Assert.Equal(Convert.FromHexString("8400000800000000"), Written((ref SpanWriter w) => PadChunk.Write(ref w, 8)));
        Assert.Equal(Convert.FromHexString("0A0000070102030" + "0"), Written(ScriptedPeer.CookieEcho([1, 2, 3])));
    }

    [Fact]
    public void ForwardTsn_Golden()
    {
        var bytes = Written(ScriptedPeer.ForwardTsn(new Tsn(7), new SkippedStream(1, 2), new SkippedStream(3, 4)));
        Assert.Equal(Convert.FromHexString("C0000010000000070001000200030004"), bytes);
        Assert.True(ForwardTsnChunk.TryParse(Only(bytes).Value, out var chunk, out _));
        Assert.Equal(2, chunk.SkippedCount);
        Assert.Equal(new SkippedStream(3, 4), chunk.Skipped(1));
        AssertTruncations(bytes, 4, (f, v) => ForwardTsnChunk.TryParse(v, out _, out _));
    }

    [Fact]
    public void IForwardTsn_Golden()
    {
        var bytes = Written((ref SpanWriter w) => IForwardTsnChunk.Write(ref w, new Tsn(7), [new SkippedMessage(1, true, 9)]));
        Assert.Equal(Convert.FromHexString("C2000010000000070001000100000009"), bytes);
        Assert.True(IForwardTsnChunk.TryParse(Only(bytes).Value, out var chunk, out _));
        Assert.Equal(new SkippedMessage(1, true, 9), chunk.Skipped(0));
        AssertTruncations(bytes, 4, (f, v) => IForwardTsnChunk.TryParse(v, out _, out _));
    }

    [Fact]
    public void ReConfig_Golden()
    {
        var bytes = Written(ScriptedPeer.Reset(1, 2, new Tsn(3), 4, 5, 6));
        Assert.Equal(Convert.FromHexString("8200001C000D001600000001000000020000000300040005000600" + "00"), bytes);
        var reader = new TlvReader(ReConfigChunk.Parse(Only(bytes).Value).Parameters);
        Assert.True(reader.TryRead(out var parameter, out _));
        Assert.True(OutgoingSsnResetParameter.TryParse(parameter.Value, out var reset, out _));
        Assert.Equal((1u, 2u, 3u, 3, 6), (reset.RequestSequence, reset.ResponseSequence, reset.LastTsn.Value, reset.StreamCount, reset.Stream(2)));
        for (var length = 0; length < 12; length++)
        {
            Assert.False(OutgoingSsnResetParameter.TryParse(parameter.Value[..length], out _, out _));
        }
    }

    [Fact]
    public void ReconfigResponse_Golden()
    {
        var bytes = Written((ref SpanWriter w) => new ReconfigResponseParameter(9, ReconfigResult.InProgress).Write(ref w));
        Assert.Equal(Convert.FromHexString("0010000C0000000900000006"), bytes);
        Assert.True(ReconfigResponseParameter.TryParse(bytes.AsSpan(4), out var response, out _));
        Assert.Equal(new ReconfigResponseParameter(9, ReconfigResult.InProgress), response);
        Assert.False(ReconfigResponseParameter.TryParse(bytes.AsSpan(4, 7), out _, out _));
    }

    [Fact]
    public void Causes_Golden()
    {
        Assert.Equal(Convert.FromHexString("00090008000001F4"), Written((ref SpanWriter w) => NoUserDataCause.Write(ref w, new Tsn(500))));
        Assert.Equal(Convert.FromHexString("0003000800000010"), Written((ref SpanWriter w) => StaleCookieCause.Write(ref w, 16)));
        Assert.Equal(Convert.FromHexString("000D000662790000"), Written((ref SpanWriter w) => TextCause.Write(ref w, ErrorCauseCode.ProtocolViolation, "by"u8)));
    }

    [Theory]
    [InlineData("00000000")]
    [InlineData("00000003")]
    [InlineData("0000FFFF")]
    [InlineData("000000080000")]
    public void Chunk_WithImpossibleLength_EndsTheReading(string hex)
    {
        var reader = new ChunkReader(Convert.FromHexString(hex));
        Assert.False(reader.TryRead(out _, out var error));
        Assert.Equal(SctpParseError.BadLength, error);
    }

    [Fact]
    public void Tsn_ComparesAcrossTheWrap()
    {
        var last = new Tsn(uint.MaxValue);
        Assert.True(last < last.Next);
        Assert.Equal(new Tsn(0), last.Next);
        Assert.True(last + 100 > last);
        Assert.Equal(101, (last + 101).DistanceFrom(last));
        Assert.Equal(-1, last.DistanceFrom(last.Next));
        Assert.True(new Tsn(0x7FFFFFFF) > new Tsn(0));
        Assert.True(new Tsn(0x80000001) < new Tsn(0));
    }

    [Fact]
    public void Crc32c_KnownValues()
    {
        Assert.Equal(0xE3069283u, Crc32c.Compute("123456789"u8));
        Assert.Equal(0x8A9136AAu, Crc32c.Compute(new byte[32]));
        Assert.Equal(0u, Crc32c.Compute([]));
    }
}
