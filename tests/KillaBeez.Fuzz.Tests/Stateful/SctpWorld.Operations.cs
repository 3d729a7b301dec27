using KillaBeez.WebRtc.Sctp;
using KillaBeez.WebRtc.Sctp.Packet;
using KillaBeez.WebRtc.Sctp.Packet.Chunks;
using KillaBeez.WebRtc.Sctp.Packet.Parameters;
using KillaBeez.WebRtc.Sctp.Tx;

namespace KillaBeez.Fuzz.Tests.Stateful;

/// <summary>What can be done to an association, from outside and from above.</summary>
internal enum SctpOperation : byte
{
    Data,
    Sack,
    Init,
    CookieEcho,
    InitAck,
    CookieAck,
    ForwardTsn,
    Reset,
    ResetResponse,
    Heartbeat,
    Shutdown,
    EmptyChunk,
    Abort,
    RawChunk,
    RawPacket,
    Reflect,
    Replay,
    Time,
    Deadline,
    Send,
    ResetStream,
    Connect,
    LocalShutdown,
    LocalAbort,
    Reading,
    Release,
    Bundle,
    Batch,
    IData,
    IForwardTsn,
    Burst,
    HeartbeatAnswer,
}

/// <content>The operations.</content>
internal sealed partial class SctpWorld
{
    /// <summary>A mask and not a remainder: inputs keep their meaning when an operation is added.</summary>
    private const int OperationMask = 31;

    public override void Step(byte operation, scoped ref Arguments arguments)
    {
        switch ((SctpOperation)(operation & OperationMask))
        {
            case SctpOperation.Time: Pass(arguments.UInt16()); break;
            case SctpOperation.Deadline: PassTo(_association.NextTimeout); break;
            case SctpOperation.Send: Send(ref arguments); break;
            case SctpOperation.ResetStream: ResetStream(ref arguments); break;
            case SctpOperation.Connect: Connect(ref arguments); break;
            case SctpOperation.LocalShutdown: _association.Shutdown(Now); break;
            case SctpOperation.LocalAbort: _association.Abort(Now); break;
            case SctpOperation.Reading: _isReading = arguments.Flag(); break;
            case SctpOperation.Release: Release(arguments.UInt16()); break;
            case SctpOperation.Bundle: SetBundling(arguments.Flag()); break;
            case SctpOperation.Batch: _isBatching = arguments.Flag(); break;
            case SctpOperation.Reflect: Feed(_lastSent); break;
            case SctpOperation.Replay: Replay(arguments.Byte()); break;
            case SctpOperation.RawPacket: FeedRaw(ref arguments); break;
            case SctpOperation.Burst: FeedBurst(ref arguments); break;
            default: FeedChunk((SctpOperation)(operation & OperationMask), ref arguments); break;
        }
    }

    /// <summary>With an argument: the path below has changed instead.</summary>
    private void Connect(scoped ref Arguments arguments)
    {
        if (arguments.AtEnd)
        {
            _association.Connect(Now);
        }
        else
        {
            _association.OnPathChanged(Now, (arguments.Byte() & 1) != 0 ? SctpLimits.MaxProbedPacketBytes : SctpLimits.MaxProbedPacketBytesIPv6);
        }
    }

    private void Send(scoped ref Arguments arguments)
    {
        var stream = arguments.Byte();
        var flags = arguments.Byte();
        var length = 1 + (arguments.UInt16() % 20_000);
        if (!_association.AcceptsMessages || _association.Sender.Queue.BufferedBytes > MaxBufferedBytes)
        {
            return;
        }

        var reliability = (flags >> 1) switch
        {
            1 => Reliability.Retransmits(arguments.Byte() % 4),
            2 => Reliability.Until(Now.AddMs(arguments.UInt16())),
            _ => Reliability.Full,
        };
        FedBytes += length;
        _association.Send(stream, 53, new byte[length], (flags & 1) != 0, isCounted: true, reliability);
    }

    private void ResetStream(scoped ref Arguments arguments)
    {
        // What the data-channel layer keeps to: no reset before the association is up.
        if (_association.State == SctpState.Established)
        {
            _association.ResetStream(arguments.Byte(), arguments.Flag());
        }
    }

    private void FeedChunk(SctpOperation operation, scoped ref Arguments arguments)
    {
        var writer = new SpanWriter(_packet.AsSpan(_pendingBytes));
        if (_pendingBytes == 0)
        {
            new SctpPacketHeader(5000, 5000, operation == SctpOperation.Init ? 0 : _remoteTag).Write(ref writer);
        }

        switch (operation)
        {
            case SctpOperation.Data: WriteData(ref writer, ref arguments); break;
            case SctpOperation.Sack: WriteSack(ref writer, ref arguments); break;
            case SctpOperation.Init: WriteInit(ref writer, ChunkType.Init, ref arguments); break;
            case SctpOperation.InitAck: WriteInit(ref writer, ChunkType.InitAck, ref arguments); break;
            case SctpOperation.CookieEcho: WriteCookieEcho(ref writer, ref arguments); break;
            case SctpOperation.CookieAck: EmptyChunk.Write(ref writer, ChunkType.CookieAck); break;
            case SctpOperation.ForwardTsn: WriteForwardTsn(ref writer, ref arguments); break;
            case SctpOperation.Reset: WriteReset(ref writer, ref arguments); break;
            case SctpOperation.ResetResponse: WriteResetResponse(ref writer, ref arguments); break;
            case SctpOperation.HeartbeatAnswer: WriteRaw(ref writer, ChunkType.HeartbeatAck, 0, _heartbeat); break;
            case SctpOperation.Heartbeat: HeartbeatChunk.Write(ref writer, arguments.Flag() ? ChunkType.HeartbeatAck : ChunkType.Heartbeat, arguments.Rest); break;
            case SctpOperation.Shutdown: WriteRaw(ref writer, ChunkType.Shutdown, 0, TsnBytes(LastAcknowledgeable(arguments.Offset()))); break;
            case SctpOperation.EmptyChunk: EmptyChunk.Write(ref writer, (arguments.Byte() & 1) != 0 ? ChunkType.ShutdownComplete : ChunkType.ShutdownAck, arguments.Flag()); break;
            case SctpOperation.Abort: WriteAbort(ref writer, ref arguments); break;
            case SctpOperation.IData: WriteIData(ref writer, ref arguments); break;
            case SctpOperation.IForwardTsn: WriteIForwardTsn(ref writer, ref arguments); break;
            default: WriteRaw(ref writer, (ChunkType)arguments.Byte(), arguments.Byte(), arguments.Rest); break;
        }

        _pendingBytes += writer.Position;
        if (!_isBundling || _pendingBytes > 32_000)
        {
            FeedPending();
        }
    }

    private void SetBundling(bool isBundling)
    {
        _isBundling = isBundling;
        if (!isBundling && _pendingBytes > 0)
        {
            FeedPending();
        }
    }

    private void FeedPending()
    {
        SctpPacketHeader.Seal(_packet.AsSpan(0, _pendingBytes));
        var packet = _packet.AsSpan(0, _pendingBytes).ToArray();
        _pendingBytes = 0;
        Feed(packet);
    }

    private void Feed(byte[] packet)
    {
        _lastFed = packet;
        FedBytes += packet.Length;
        _association.HandlePacket(Now, packet);
    }

    private void Replay(int times)
    {
        for (times = 1 + (times % 32); times > 0; times--)
        {
            Feed(_lastFed);
        }
    }

    private void FeedRaw(scoped ref Arguments arguments)
    {
        var packet = arguments.Rest.ToArray();
        if (packet.Length >= SctpPacketHeader.SizeBytes)
        {
            SctpPacketHeader.Seal(packet);
        }

        Feed(packet);
    }

    /// <summary>Many small chunks in one packet, each its own message, fragment or gap: what costs a receiver most.</summary>
    private void FeedBurst(scoped ref Arguments arguments)
    {
        var count = 1 + (arguments.UInt16() % 600);
        var step = arguments.Byte() % 4;
        var flags = (DataFlags)(arguments.Byte() & 7);
        var stream = arguments.UInt16();
        var writer = new SpanWriter(_packet);
        new SctpPacketHeader(5000, 5000, _remoteTag).Write(ref writer);
        for (var i = 0; i < count; i++)
        {
            new DataChunk { Flags = flags, Tsn = _nextTsn, StreamId = stream, StreamSequence = (ushort)i, PayloadProtocol = 53, Payload = "x"u8 }.Write(ref writer);
            _nextTsn += step;
        }

        _pendingBytes = writer.Position;
        FeedPending();
    }

    private void WriteData(ref SpanWriter writer, scoped ref Arguments arguments)
    {
        var flags = (DataFlags)(arguments.Byte() ^ (byte)(DataFlags.Begin | DataFlags.End));
        var offset = arguments.Offset();
        var stream = arguments.UInt16();
        var sequence = arguments.UInt16();
        var length = arguments.UInt16() % 2000;
        new DataChunk
        {
            Flags = flags,
            Tsn = _nextTsn + offset,
            StreamId = stream,
            StreamSequence = sequence,
            PayloadProtocol = 50u + arguments.Byte(),
            Payload = new byte[length],
        }.Write(ref writer);
        _nextTsn = offset >= 0 ? _nextTsn + offset + 1 : _nextTsn;
    }

    private void WriteIData(ref SpanWriter writer, scoped ref Arguments arguments)
    {
        var flags = (byte)(arguments.Byte() ^ 3);
        var offset = arguments.Offset();
        Span<byte> body = stackalloc byte[16 + 64];
        var bodyWriter = new SpanWriter(body);
        bodyWriter.WriteUInt32((_nextTsn + offset).Value);
        bodyWriter.WriteUInt16(arguments.UInt16());
        bodyWriter.WriteUInt16(0);
        bodyWriter.WriteUInt32(arguments.UInt16());
        bodyWriter.WriteUInt32(arguments.UInt16());
        bodyWriter.WriteZeros(arguments.Byte() % 64);
        WriteRaw(ref writer, ChunkType.IData, flags, bodyWriter.Written);
        _nextTsn = offset >= 0 ? _nextTsn + offset + 1 : _nextTsn;
    }

    private void WriteIForwardTsn(ref SpanWriter writer, scoped ref Arguments arguments)
    {
        _nextTsn += arguments.Offset();
        WriteRaw(ref writer, ChunkType.IForwardTsn, 0, [.. TsnBytes(_nextTsn.Previous), .. arguments.Rest]);
    }

    private void WriteSack(ref SpanWriter writer, scoped ref Arguments arguments)
    {
        var cumulative = LastAcknowledgeable(arguments.Offset());
        var window = arguments.Byte() switch { 0 => 1_000_000u, 1 => 0u, 2 => uint.MaxValue, var n => n * 100u };
        var duplicates = new Tsn[arguments.Byte() % 8];
        var gaps = new List<GapBlock>();
        while (!arguments.AtEnd && gaps.Count < 200)
        {
            gaps.Add(new GapBlock(arguments.UInt16(), arguments.UInt16()));
        }

        SackChunk.Write(ref writer, cumulative, window, gaps.ToArray(), duplicates);
    }

    private void WriteInit(ref SpanWriter writer, ChunkType type, scoped ref Arguments arguments)
    {
        var flags = arguments.Byte();
        var parameters = new SpanWriter(new byte[2048]);
        if (type == ChunkType.InitAck)
        {
            Tlv.Write(ref parameters, ParameterType.StateCookie, new byte[arguments.UInt16() % 1500]);
        }

        ReadOnlySpan<ChunkType> interleaved = (flags & 0x80) != 0 ? [ChunkType.IData, ChunkType.IForwardTsn] : [];
        SupportedExtensionsParameter.Write(ref parameters, [ChunkType.ReConfig, ChunkType.ForwardTsn, .. interleaved]);
        if ((flags & 1) == 0)
        {
            ForwardTsnSupportedParameter.Write(ref parameters);
        }

        if ((flags & 2) != 0)
        {
            ZeroChecksumAcceptableParameter.Write(ref parameters);
        }

        if ((flags & 4) != 0)
        {
            KillaBeezStackParameter.Write(ref parameters);
        }

        var rest = arguments.Rest;
        parameters.WriteBytes(rest[..Math.Min(rest.Length, parameters.Remaining)]);
        InitChunk.Write(ref writer, type, new InitChunk
        {
            InitiateTag = (flags & 8) != 0 ? PeerTag + flags : PeerTag,
            ReceiverWindow = (flags & 16) != 0 ? 1500u : 1_000_000u,
            OutboundStreams = 65_535,
            InboundStreams = (flags & 32) != 0 ? (ushort)1 : (ushort)65_535,
            InitialTsn = new Tsn(1000),
            Parameters = parameters.Written,
        });
        _nextTsn = (flags & 64) == 0 ? new Tsn(1000) : _nextTsn;
    }

    private void WriteCookieEcho(ref SpanWriter writer, scoped ref Arguments arguments)
    {
        var cookie = (byte[])_cookie.Clone();
        if (!arguments.AtEnd && cookie.Length > 0)
        {
            cookie[arguments.Byte() % cookie.Length] ^= arguments.Byte();
        }

        CookieEchoChunk.Write(ref writer, cookie);
    }

    private void WriteForwardTsn(ref SpanWriter writer, scoped ref Arguments arguments)
    {
        _nextTsn += arguments.Offset();
        var skipped = new List<SkippedStream>();
        while (!arguments.AtEnd)
        {
            skipped.Add(new SkippedStream(arguments.UInt16(), arguments.UInt16()));
        }

        ForwardTsnChunk.Write(ref writer, _nextTsn.Previous, skipped.ToArray());
    }

    private void WriteReset(ref SpanWriter writer, scoped ref Arguments arguments)
    {
        var sequence = _nextReset + (uint)arguments.Offset();
        var response = _remoteInitialTsn.Value + (uint)arguments.Offset();
        var last = _nextTsn.Previous + arguments.Offset();
        var streams = new List<ushort>();
        while (!arguments.AtEnd)
        {
            streams.Add(arguments.UInt16());
        }

        var parameters = new SpanWriter(new byte[32 + (2 * streams.Count)]);
        OutgoingSsnResetParameter.Write(ref parameters, sequence, response, last, streams.ToArray());
        ReConfigChunk.Write(ref writer, parameters.Written);
        _nextReset = sequence + 1;
    }

    private void WriteResetResponse(ref SpanWriter writer, scoped ref Arguments arguments)
    {
        var parameters = new SpanWriter(new byte[ReconfigResponseParameter.SizeBytes]);
        new ReconfigResponseParameter(_remoteInitialTsn.Value + (uint)arguments.Offset(), (ReconfigResult)arguments.Byte()).Write(ref parameters);
        ReConfigChunk.Write(ref writer, parameters.Written);
    }

    private static void WriteAbort(ref SpanWriter writer, scoped ref Arguments arguments)
    {
        var causes = arguments.Rest[(arguments.AtEnd ? 0 : 1)..];
        AbortChunk.Write(ref writer, arguments.Flag(), causes[..(causes.Length & ~3)]);
    }

    private static void WriteRaw(ref SpanWriter writer, ChunkType type, byte flags, scoped ReadOnlySpan<byte> body)
    {
        Tlv.WriteChunkHeader(ref writer, type, flags, body.Length);
        writer.WriteBytes(body);
        writer.WriteZeros(Tlv.PaddingOf(body.Length));
    }

    private Tsn LastAcknowledgeable(int offset) => _association.Sender.LastAssignedTsn + offset;

    private static byte[] TsnBytes(Tsn tsn)
    {
        var writer = new SpanWriter(new byte[4]);
        writer.WriteUInt32(tsn.Value);
        return writer.Written.ToArray();
    }
}
