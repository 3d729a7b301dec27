using KillaBeez.Fuzz.Tests.Fuzzing;
using KillaBeez.WebRtc.DataChannels;
using KillaBeez.WebRtc.DataChannels.Dcep;
using KillaBeez.WebRtc.Sctp;
using KillaBeez.WebRtc.Sctp.Packet;
using KillaBeez.WebRtc.Sctp.Packet.Chunks;
using KillaBeez.WebRtc.Sctp.Packet.Parameters;
using KillaBeez.WebRtc.Sctp.Setup;

namespace KillaBeez.Fuzz.Tests.Parsers;

/// <summary>SCTP packets, every chunk and parameter, and DCEP above them.</summary>
internal static class SctpTargets
{
    public static IEnumerable<FuzzTarget> All =>
    [
        new ParserTarget("sctp-packet", ParsePacket, Packets) { Words = Words, Repairing = Seal },
        new ParserTarget("sctp-chunk", ParseChunk, Chunks) { Words = Words },
        new ParserTarget("dcep", ParseDcep, DcepMessages) { InputBytes = 8192 },
    ];

    /// <summary>Chunk types in their header, and parameter types.</summary>
    public static byte[][] Words { get; } =
    [
        .. Enum.GetValues<ChunkType>().Select(type => new byte[] { (byte)type, 0, 0, 4 }),
        .. new ushort[] { 7, 8, 13, 14, 15, 16, 17, 18, 0x8001, 0x8008, 0xBEE5, 0xC000 }.Select(type => new byte[] { (byte)(type >> 8), (byte)type, 0, 4 }),
        [0, 0, 0, 0], [0xFF, 0xFF, 0xFF, 0xFF],
    ];

    public static byte[] Seal(byte[] packet)
    {
        if (packet.Length >= SctpPacketHeader.SizeBytes)
        {
            SctpPacketHeader.Seal(packet);
        }

        return packet;
    }

    /// <summary>Real packets, and the chunks of usrsctp's corpora (behind a byte of flags) with a header in front.</summary>
    private static IEnumerable<byte[]> Packets()
    {
        foreach (var chunk in WrittenChunks())
        {
            yield return Packet(chunk);
        }

        yield return Packet([.. WrittenChunks().Where(chunk => chunk.Length < 200).SelectMany(chunk => chunk)]);
        foreach (var packet in Vectors.Folder("sctp/webrtc-sctp-packet-corpus"))
        {
            yield return Seal(packet);
        }

        foreach (var folder in new[] { "usrsctp-CORPUS_CONNECT", "usrsctp-CORPUS_FRAGMENT", "usrsctp-CORPUS_LISTEN" })
        {
            foreach (var chunks in Vectors.Folder("sctp/" + folder))
            {
                yield return Packet(chunks.AsSpan(Math.Min(1, chunks.Length)));
            }
        }
    }

    private static IEnumerable<byte[]> Chunks() => WrittenChunks();

    private static byte[] Packet(ReadOnlySpan<byte> chunks)
    {
        var packet = new byte[SctpPacketHeader.SizeBytes + chunks.Length];
        var writer = new SpanWriter(packet);
        new SctpPacketHeader(5000, 5000, 0x01020304).Write(ref writer);
        writer.WriteBytes(chunks);
        return Seal(packet);
    }

    /// <summary>Each chunk that we write.</summary>
    public static List<byte[]> WrittenChunks()
    {
        var chunks = new List<byte[]>();
        var buffer = new byte[2048];

        void Add(int bytes) => chunks.Add(buffer[..bytes]);

        var parameters = new SpanWriter(new byte[256]);
        SupportedExtensionsParameter.Write(ref parameters, [ChunkType.ReConfig, ChunkType.ForwardTsn, ChunkType.IData]);
        ForwardTsnSupportedParameter.Write(ref parameters);
        ZeroChecksumAcceptableParameter.Write(ref parameters);
        KillaBeezStackParameter.Write(ref parameters);
        Tlv.Write(ref parameters, ParameterType.StateCookie, new byte[24]);
        foreach (var type in new[] { ChunkType.Init, ChunkType.InitAck })
        {
            var init = new SpanWriter(buffer);
            InitChunk.Write(ref init, type, new InitChunk
            {
                InitiateTag = 7,
                ReceiverWindow = 100_000,
                OutboundStreams = 10,
                InboundStreams = 10,
                InitialTsn = new Tsn(1),
                Parameters = parameters.Written,
            });
            Add(init.Position);
        }

        var data = new SpanWriter(buffer);
        new DataChunk { Flags = DataFlags.Begin | DataFlags.End, Tsn = new Tsn(5), StreamId = 1, StreamSequence = 2, PayloadProtocol = 51, Payload = "hello"u8 }.Write(ref data);
        Add(data.Position);
        var sack = new SpanWriter(buffer);
        SackChunk.Write(ref sack, new Tsn(9), 100_000, [new GapBlock(2, 3), new GapBlock(5, 9)], [new Tsn(4)]);
        Add(sack.Position);
        var forward = new SpanWriter(buffer);
        ForwardTsnChunk.Write(ref forward, new Tsn(12), [new SkippedStream(1, 2), new SkippedStream(3, 4)]);
        Add(forward.Position);
        var reset = new SpanWriter(new byte[128]);
        OutgoingSsnResetParameter.Write(ref reset, 1, 2, new Tsn(3), [1, 2, 3]);
        new ReconfigResponseParameter(4, ReconfigResult.Performed).Write(ref reset);
        var reconfig = new SpanWriter(buffer);
        ReConfigChunk.Write(ref reconfig, reset.Written);
        Add(reconfig.Position);
        var heartbeat = new SpanWriter(buffer);
        HeartbeatChunk.Write(ref heartbeat, ChunkType.Heartbeat, new byte[16]);
        Add(heartbeat.Position);
        var cookie = new SpanWriter(buffer);
        CookieEchoChunk.Write(ref cookie, new byte[StateCookie.SizeBytes]);
        Add(cookie.Position);
        var abort = new SpanWriter(buffer);
        AbortChunk.Write(ref abort, isTagReflected: false, [0, 12, 0, 4]);
        Add(abort.Position);
        var error = new SpanWriter(buffer);
        ErrorChunk.Write(ref error, [0, 3, 0, 8, 0, 0, 0, 1]);
        Add(error.Position);
        foreach (var type in new[] { ChunkType.CookieAck, ChunkType.ShutdownAck, ChunkType.ShutdownComplete })
        {
            var empty = new SpanWriter(buffer);
            EmptyChunk.Write(ref empty, type);
            Add(empty.Position);
        }

        chunks.Add([(byte)ChunkType.Shutdown, 0, 0, 8, 0, 0, 0, 9]);
        chunks.Add([(byte)ChunkType.IData, 3, 0, 24, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 51, 1, 2, 3, 4]);
        chunks.Add([(byte)ChunkType.IForwardTsn, 0, 0, 16, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 1]);
        return chunks;
    }

    private static int ParsePacket(ReadOnlySpan<byte> input)
    {
        var outcome = new Outcome();
        var accepted = SctpPacketHeader.TryParse(input, allowZeroChecksum: false, out _, out _, out var error);
        outcome.Add((int)error);
        OracleException.Require(accepted == (error == SctpParseError.None), "a refused packet has an error");
        if (!accepted)
        {
            return outcome.Value;
        }

        var reader = new ChunkReader(input[SctpPacketHeader.SizeBytes..]);
        var count = 0;
        while (reader.TryRead(out var chunk, out _))
        {
            OracleException.RequireAtMost(++count, SctpLimits.MaxChunksPerPacket, "chunks of a packet");
            ReadChunk(chunk, ref outcome);
        }

        outcome.AddSize(count);
        return outcome.Value;
    }

    private static int ParseChunk(ReadOnlySpan<byte> input)
    {
        var outcome = new Outcome();
        if (input.Length >= ChunkReader.HeaderBytes)
        {
            ReadChunk(new RawChunk(input[0], input[1], input[ChunkReader.HeaderBytes..]), ref outcome);
        }

        return outcome.Value;
    }

    private static void ReadChunk(RawChunk chunk, ref Outcome outcome)
    {
        outcome.AddToSet((int)chunk.Type * 7);
        var error = SctpParseError.None;
        switch (chunk.Type)
        {
            case ChunkType.Data:
                _ = DataChunk.TryParse(chunk.Flags, chunk.Value, out _, out error);
                break;
            case ChunkType.IData:
                _ = IDataChunk.TryParse(chunk.Flags, chunk.Value, out _, out error);
                break;
            case ChunkType.Init or ChunkType.InitAck:
                ReadInit(chunk, ref outcome, out error);
                break;
            case ChunkType.Sack:
                ReadSack(chunk, ref outcome, out error);
                break;
            case ChunkType.ForwardTsn:
                if (ForwardTsnChunk.TryParse(chunk.Value, out var forward, out error))
                {
                    for (var i = 0; i < forward.SkippedCount; i++)
                    {
                        _ = forward.Skipped(i);
                    }
                }

                break;
            case ChunkType.IForwardTsn:
                _ = IForwardTsnChunk.TryParse(chunk.Value, out _, out error);
                break;
            case ChunkType.Heartbeat or ChunkType.HeartbeatAck:
                _ = HeartbeatChunk.TryParse(chunk.Value, out _, out error);
                break;
            case ChunkType.Shutdown:
                _ = ShutdownChunk.TryParse(chunk.Value, out _, out error);
                break;
            case ChunkType.CookieEcho:
                outcome.Add(StateCookie.TryOpen(CookieEchoChunk.Parse(chunk.Value).Cookie, new byte[StateCookie.KeyBytes], out _));
                break;
            case ChunkType.ReConfig:
                ReadParameters(chunk.Value, ref outcome);
                break;
        }

        outcome.AddToSet((int)error + ((int)chunk.Type * 11));
    }

    private static void ReadInit(RawChunk chunk, ref Outcome outcome, out SctpParseError error)
    {
        if (InitChunk.TryParse(chunk.Value, out var init, out error))
        {
            var description = PeerDescription.Read(in init, new SctpOptions(), out var cookie);
            outcome.Add((int)description.Capabilities);
            outcome.AddSize(cookie.Length);
            ReadParameters(init.Parameters, ref outcome);
        }
    }

    private static void ReadSack(RawChunk chunk, ref Outcome outcome, out SctpParseError error)
    {
        if (!SackChunk.TryParse(chunk.Value, out var sack, out error))
        {
            return;
        }

        for (var i = 0; i < sack.GapCount; i++)
        {
            var gap = sack.Gap(i);
            OracleException.Require(gap.Start > 0 && gap.Start <= gap.End, "a gap block that was parsed is not reversed");
        }

        for (var i = 0; i < sack.DuplicateCount; i++)
        {
            _ = sack.Duplicate(i);
        }

        outcome.AddSize(sack.GapCount);
    }

    private static void ReadParameters(ReadOnlySpan<byte> parameters, ref Outcome outcome)
    {
        var reader = new TlvReader(parameters);
        var count = 0;
        while (reader.TryRead(out var parameter, out _))
        {
            OracleException.RequireAtMost(++count, SctpLimits.MaxParametersPerChunk, "parameters of a chunk");
            outcome.AddToSet(parameter.Type * 5);
            if (OutgoingSsnResetParameter.TryParse(parameter.Value, out var reset, out _))
            {
                for (var i = 0; i < reset.StreamCount; i++)
                {
                    _ = reset.Stream(i);
                }
            }

            _ = ReconfigResponseParameter.TryParse(parameter.Value, out _, out _);
            _ = ReconfigRequestParameter.TryParse(parameter.Value, out _, out _);
        }
    }

    private static IEnumerable<byte[]> DcepMessages()
    {
        yield return DcepAckMessage.Bytes.ToArray();
        foreach (var open in new[]
        {
            new DcepOpenMessage { Label = "chat", Protocol = "xmpp" },
            new DcepOpenMessage { Ordered = false, MaxRetransmits = 3 },
            new DcepOpenMessage { Label = "zeit", MaxPacketLifeTimeMs = 100 },
        })
        {
            yield return Written(open);
        }
    }

    private static byte[] Written(DcepOpenMessage open)
    {
        var writer = new SpanWriter(new byte[open.SizeBytes]);
        open.Write(ref writer);
        return writer.Written.ToArray();
    }

    private static int ParseDcep(ReadOnlySpan<byte> input)
    {
        var outcome = new Outcome();
        outcome.Add(DcepAckMessage.IsAck(input));
        if (!DcepOpenMessage.TryParse(input, out var open, out var error))
        {
            outcome.Add((int)error);
            return outcome.Value;
        }

        // Invalid UTF-8 is replaced, so the text may become longer than it was; the replaced form is stable.
        OracleException.RequireAtMost(open.Label.Length + open.Protocol.Length, DataChannelLimits.MaxLabelAndProtocolBytes, "characters of label and protocol");
        if (open.SizeBytes <= input.Length)
        {
            OracleException.Require(DcepOpenMessage.TryParse(Written(open), out var again, out _) && again == open, "an OPEN that was written again reads the same");
        }

        outcome.Add(open.Ordered);
        outcome.Add(open.MaxRetransmits is not null);
        outcome.Add(open.MaxPacketLifeTimeMs is not null);
        return outcome.Value;
    }
}
