using KillaBeez.WebRtc.Sctp;
using KillaBeez.WebRtc.Sctp.Packet;
using KillaBeez.WebRtc.Sctp.Packet.Chunks;
using KillaBeez.WebRtc.Sctp.Packet.Parameters;

namespace KillaBeez.WebRtc.Tests.Sctp;

internal delegate void ChunkWriter(ref SpanWriter writer);

/// <summary>A chunk that the association under test has sent.</summary>
internal sealed record SentChunk(ChunkType Type, byte Flags, byte[] Value)
{
    public DataFlags DataFlags => (DataFlags)Flags;
}

/// <summary>
/// Plays a peer by hand against one association: sends any chunk, right or wrong, and reads what comes back.
/// </summary>
internal sealed class ScriptedPeer
{
    public const uint Tag = 0x0A0B0C0D;

    private readonly byte[] _buffer = new byte[65_536];

    public ScriptedPeer(SctpOptions? options = null, ulong seed = 1, uint initialTsn = 1000, uint window = 1_000_000)
    {
        // Probes would come between what a test expects; the tests of the packet size ask for them.
        Options = options ?? new SctpOptions { MaxProbedPacketBytes = 0 };
        Association = new SctpAssociation(Options, new SeededRandomSource(seed));
        InitialTsn = new Tsn(initialTsn);
        NextTsn = InitialTsn;
        Window = window;
    }

    public SctpOptions Options { get; }

    public SctpAssociation Association { get; }

    public Tsn InitialTsn { get; }

    public Tsn NextTsn { get; set; }

    public uint Window { get; }

    /// <summary>The association's tag and first TSN, once its INIT or INIT-ACK was seen.</summary>
    public uint RemoteTag { get; private set; }

    public Tsn RemoteInitialTsn { get; private set; }

    public byte[] Cookie { get; private set; } = [];

    public Instant Now { get; set; } = new(5_000_000);

    public List<SctpEvent> Events { get; } = [];

    /// <summary>Whether the last packet had a checksum of zero.</summary>
    public bool LastHadZeroChecksum { get; private set; }

    public uint LastTag { get; private set; }

    public static ChunkWriter Init(uint tag, uint window, Tsn tsn, ChunkType type = ChunkType.Init, byte[]? cookie = null, bool ownStack = false, bool partial = true, bool zeroChecksum = false, bool interleaving = false) => (ref SpanWriter writer) =>
    {
        var parameters = new SpanWriter(new byte[2048]);
        if (cookie is not null)
        {
            Tlv.Write(ref parameters, ParameterType.StateCookie, cookie);
        }

        ChunkType[] usual = [ChunkType.ReConfig, ChunkType.ForwardTsn];
        SupportedExtensionsParameter.Write(ref parameters, interleaving ? [.. usual, ChunkType.IData, ChunkType.IForwardTsn] : usual);
        if (partial)
        {
            ForwardTsnSupportedParameter.Write(ref parameters);
        }

        if (zeroChecksum)
        {
            ZeroChecksumAcceptableParameter.Write(ref parameters);
        }

        if (ownStack)
        {
            KillaBeezStackParameter.Write(ref parameters);
        }

        InitChunk.Write(ref writer, type, new InitChunk
        {
            InitiateTag = tag,
            ReceiverWindow = window,
            OutboundStreams = 100,
            InboundStreams = 65_535,
            InitialTsn = tsn,
            Parameters = parameters.Written,
        });
    };

    public static ChunkWriter CookieEcho(byte[] cookie) => (ref SpanWriter writer) => CookieEchoChunk.Write(ref writer, cookie);

    public static ChunkWriter Empty(ChunkType type, bool reflected = false) => (ref SpanWriter writer) => EmptyChunk.Write(ref writer, type, reflected);

    public static ChunkWriter Data(Tsn tsn, ushort stream, ushort sequence, byte[] payload, DataFlags flags = DataFlags.Begin | DataFlags.End, uint protocol = 53) => (ref SpanWriter writer) =>
        new DataChunk { Flags = flags, Tsn = tsn, StreamId = stream, StreamSequence = sequence, PayloadProtocol = protocol, Payload = payload }.Write(ref writer);

    public static ChunkWriter IData(Tsn tsn, ushort stream, uint message, uint fragment, byte[] payload, DataFlags flags = DataFlags.Begin | DataFlags.End, uint protocol = 53) => (ref SpanWriter writer) =>
        new IDataChunk { Flags = flags, Tsn = tsn, StreamId = stream, MessageId = message, FragmentNumber = fragment, PayloadProtocol = protocol, Payload = payload }.Write(ref writer);

    public static ChunkWriter IForwardTsn(Tsn cumulative, params SkippedMessage[] skipped) => (ref SpanWriter writer) =>
        IForwardTsnChunk.Write(ref writer, cumulative, skipped);

    public static ChunkWriter Sack(Tsn cumulative, uint window, GapBlock[]? gaps = null, Tsn[]? duplicates = null) => (ref SpanWriter writer) =>
        SackChunk.Write(ref writer, cumulative, window, gaps ?? [], duplicates ?? []);

    public static ChunkWriter ForwardTsn(Tsn cumulative, params SkippedStream[] skipped) => (ref SpanWriter writer) =>
        ForwardTsnChunk.Write(ref writer, cumulative, skipped);

    public static ChunkWriter Reset(uint sequence, uint response, Tsn last, params ushort[] streams) => (ref SpanWriter writer) =>
    {
        var parameters = new SpanWriter(new byte[512]);
        OutgoingSsnResetParameter.Write(ref parameters, sequence, response, last, streams);
        ReConfigChunk.Write(ref writer, parameters.Written);
    };

    public static ChunkWriter Response(uint sequence, ReconfigResult result) => (ref SpanWriter writer) =>
    {
        var parameters = new SpanWriter(new byte[ReconfigResponseParameter.SizeBytes]);
        new ReconfigResponseParameter(sequence, result).Write(ref parameters);
        ReConfigChunk.Write(ref writer, parameters.Written);
    };

    public static ChunkWriter Raw(ChunkType type, byte flags, byte[] value) => (ref SpanWriter writer) =>
    {
        Tlv.WriteChunkHeader(ref writer, type, flags, value.Length);
        writer.WriteBytes(value);
        writer.WriteZeros(Tlv.PaddingOf(value.Length));
    };

    public void Send(params ChunkWriter[] chunks) => SendTagged(RemoteTag, chunks);

    public void SendTagged(uint tag, params ChunkWriter[] chunks)
    {
        var packet = new byte[65_536];
        var writer = new SpanWriter(packet);
        new SctpPacketHeader(5000, 5000, tag).Write(ref writer);
        foreach (var chunk in chunks)
        {
            chunk(ref writer);
        }

        SctpPacketHeader.Seal(packet.AsSpan(0, writer.Position));
        Association.HandlePacket(Now, packet.AsSpan(0, writer.Position));
    }

    /// <summary>Ends the receive batch and takes everything that the association sends now, packet by packet.</summary>
    public List<List<SentChunk>> Poll()
    {
        Association.EndReceiveBatch();
        var packets = new List<List<SentChunk>>();
        while (Association.TryPollTransmit(Now, _buffer, out var written))
        {
            Assert.True(packets.Count < 20_000, "the association never stops sending");
            packets.Add(Read(_buffer.AsSpan(0, written)));
        }

        while (Association.TryPollEvent(out var e))
        {
            Events.Add(e);
        }

        return packets;
    }

    public List<SentChunk> PollChunks() => [.. Poll().SelectMany(p => p)];

    /// <summary>Lets time pass and takes what is sent at its end.</summary>
    public List<SentChunk> Wait(TimeSpan time)
    {
        var end = Now + time;
        var chunks = new List<SentChunk>();
        while (Association.NextTimeout <= end)
        {
            Now = Instant.Max(Now, Association.NextTimeout);
            Association.HandleTimeout(Now);
            chunks.AddRange(PollChunks());
        }

        Now = end;
        Association.HandleTimeout(Now);
        chunks.AddRange(PollChunks());
        return chunks;
    }

    /// <summary>Sets the association up from this side.</summary>
    public ScriptedPeer Establish(bool ownStack = false, bool partial = true, bool zeroChecksum = false, bool interleaving = false)
    {
        SendTagged(0, Init(Tag, Window, InitialTsn, ownStack: ownStack, partial: partial, zeroChecksum: zeroChecksum, interleaving: interleaving));
        Poll();
        Send(CookieEcho(Cookie));
        Assert.Contains(PollChunks(), c => c.Type == ChunkType.CookieAck);
        Assert.Equal(SctpState.Established, Association.State);
        return this;
    }

    public void SendMessage(ushort stream, ushort sequence, byte[] payload)
    {
        Send(Data(NextTsn, stream, sequence, payload));
        NextTsn = NextTsn.Next;
    }

    public static DataChunk AsData(SentChunk chunk)
    {
        Assert.True(DataChunk.TryParse(chunk.Flags, chunk.Value, out var data, out _));
        return data;
    }

    public static IDataChunk AsIData(SentChunk chunk)
    {
        Assert.Equal(ChunkType.IData, chunk.Type);
        Assert.True(IDataChunk.TryParse(chunk.Flags, chunk.Value, out var data, out _));
        return data;
    }

    public static SackChunk AsSack(SentChunk chunk)
    {
        Assert.True(SackChunk.TryParse(chunk.Value, out var sack, out _));
        return sack;
    }

    private List<SentChunk> Read(ReadOnlySpan<byte> packet)
    {
        Assert.True(SctpPacketHeader.TryParse(packet, allowZeroChecksum: true, out var header, out var zero, out _));
        LastHadZeroChecksum = zero;
        LastTag = header.VerificationTag;
        var reader = new ChunkReader(packet[SctpPacketHeader.SizeBytes..]);
        var chunks = new List<SentChunk>();
        while (reader.TryRead(out var chunk, out _))
        {
            chunks.Add(new SentChunk(chunk.Type, chunk.Flags, chunk.Value.ToArray()));
            if (chunk.Type is ChunkType.Init or ChunkType.InitAck && InitChunk.TryParse(chunk.Value, out var init, out _))
            {
                RemoteTag = init.InitiateTag;
                RemoteInitialTsn = init.InitialTsn;
                var parameters = new TlvReader(init.Parameters);
                while (parameters.TryRead(out var parameter, out _))
                {
                    if (parameter.Type == ParameterType.StateCookie)
                    {
                        Cookie = parameter.Value.ToArray();
                    }
                }
            }
        }

        return chunks;
    }
}
