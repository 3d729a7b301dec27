namespace KillaBeez.Swarm.Multiplexing;

/// <content>Bytes of the session in: headers, data, credit given back.</content>
internal sealed partial class MuxEngine
{
    /// <summary>
    /// Pieces up to this size that arrive one after the other for one substream are joined into one Data event,
    /// so that a peer that sends single bytes costs no buffer for each.
    /// </summary>
    private const int JoinedPieceBytes = 4096;

    private readonly byte[] _header = new byte[MuxFrameHeader.SizeBytes];
    private TokenBucket _remoteOpens;
    private TokenBucket _refusals;
    private TokenBucket _remoteResets;
    private TokenBucket _remotePings;
    private TokenBucket _localPings;
    private MuxStatistics _statistics;
    private int _headerBytes;
    private uint _lastRemoteId;
    private int _remoteSubstreams;
    private long _unreadBytes;
    private long _windowBytes;

    // The data frame whose payload is arriving.
    private MuxStream? _payloadStream;
    private uint _payloadLeft;
    private bool _payloadEndsStream;

    // The Data event that small pieces are still joined to.
    private PooledBuffer _tail;
    private int _tailBytes;
    private SubstreamId _tailId;

    /// <summary>
    /// Handles the next bytes of the session. Mux frames may be cut anywhere between two calls. Nothing of
    /// <paramref name="frame"/> is kept. After a Violation everything is ignored.
    /// </summary>
    public void HandleFrame(Instant now, ReadOnlySpan<byte> frame)
    {
        while (!frame.IsEmpty && _violation == MuxViolation.None)
        {
            if (_payloadLeft > 0)
            {
                var count = (int)Math.Min(_payloadLeft, (uint)frame.Length);
                _payloadLeft -= (uint)count;
                HandlePayload(now, frame[..count]);
                frame = frame[count..];
                continue;
            }

            var headerCount = Math.Min(MuxFrameHeader.SizeBytes - _headerBytes, frame.Length);
            frame[..headerCount].CopyTo(_header.AsSpan(_headerBytes));
            _headerBytes += headerCount;
            frame = frame[headerCount..];
            if (_headerBytes == MuxFrameHeader.SizeBytes)
            {
                _headerBytes = 0;
                HandleHeader(now);
            }
        }

        FlushTail();
    }

    private void HandleHeader(Instant now)
    {
        if (!MuxFrameHeader.TryParse(_header, out var header, out _))
        {
            Violate(MuxViolation.MalformedHeader);
            return;
        }

        switch (header.Type)
        {
            case MuxFrameType.Ping:
                HandlePing(now, header);
                break;
            case MuxFrameType.GoAway:
                FlushTail();
                _hasPeerGoneAway = true;
                _events.Enqueue(new MuxEvent(MuxEventKind.GoAway, default) { Code = header.Length });
                break;
            default:
                HandleStreamHeader(now, header);
                break;
        }
    }

    private void HandleStreamHeader(Instant now, MuxFrameHeader header)
    {
        if (header.Has(MuxFlags.Syn) && !TryOpenRemote(now, header))
        {
            return;
        }

        if (!_streams.TryGetValue(header.StreamId, out var stream))
        {
            HandleFrameOfGoneStream(now, header);
            return;
        }

        if (header.Has(MuxFlags.Rst))
        {
            HandleReset(now, stream, header);
            return;
        }

        if (header.Type == MuxFrameType.Data)
        {
            HandleDataHeader(now, stream, header);
            return;
        }

        stream.SendCredit += header.Length;
        if (stream.SendCredit + stream.SendQueue.Count > uint.MaxValue)
        {
            Violate(MuxViolation.CreditOverflow);
            return;
        }

        WakeWriter(stream);
        if (header.Has(MuxFlags.Fin))
        {
            HandleFin(stream);
        }
    }

    private void HandleDataHeader(Instant now, MuxStream stream, MuxFrameHeader header)
    {
        if (header.Length > stream.ReceiveCredit)
        {
            Violate(MuxViolation.WindowOverflow);
            return;
        }

        if (stream.IsRemoteClosed && (header.Length > 0 || header.Has(MuxFlags.Fin)))
        {
            Violate(MuxViolation.DataAfterFin);
            return;
        }

        stream.ReceiveCredit -= header.Length;
        if (stream.CleanupAt != Instant.Never && stream.Phase == MuxStreamPhase.Open)
        {
            stream.CleanupAt = now + _limits.HalfClosedTimeout;
        }

        if (header.Length > 0)
        {
            _payloadStream = stream;
            _payloadLeft = header.Length;
            _payloadEndsStream = header.Has(MuxFlags.Fin);
        }
        else if (header.Has(MuxFlags.Fin))
        {
            HandleFin(stream);
        }
    }

    /// <summary>
    /// A frame without a substream in the table: one that is over, whose last frames crossed with the peer's
    /// (ignored), or one that never was (a violation).
    /// </summary>
    private void HandleFrameOfGoneStream(Instant now, MuxFrameHeader header)
    {
        var isLocal = (header.StreamId & 1) != 0 == _usesOddIds;
        if (header.StreamId == 0 || (isLocal ? header.StreamId >= _nextLocalId : header.StreamId > _lastRemoteId))
        {
            Violate(header.StreamId == 0 ? MuxViolation.BadSubstreamId : MuxViolation.UnopenedSubstream);
            return;
        }

        _statistics.IgnoredFrames++;
        if (header.Has(MuxFlags.Rst) && !_remoteResets.TryTake(now))
        {
            Violate(MuxViolation.ResetFlood);
            return;
        }

        if (header.Type == MuxFrameType.Data)
        {
            _payloadStream = null;
            _payloadLeft = header.Length;
        }
    }

    private void HandleReset(Instant now, MuxStream stream, MuxFrameHeader header)
    {
        _statistics.ResetsReceived++;
        if (!_remoteResets.TryTake(now))
        {
            Violate(MuxViolation.ResetFlood);
            return;
        }

        FlushTail();
        var isKnown = stream.Phase is not (MuxStreamPhase.AwaitingPreamble or MuxStreamPhase.Refusing);
        Forget(stream);
        if (isKnown)
        {
            var code = header.Type == MuxFrameType.WindowUpdate ? header.Length : MuxResetCode.None;
            _events.Enqueue(new MuxEvent(MuxEventKind.Reset, stream.Id) { Code = code });
        }

        if (header.Type == MuxFrameType.Data)
        {
            _payloadStream = null;
            _payloadLeft = header.Length;
        }
    }

    private void HandleFin(MuxStream stream)
    {
        if (stream.IsRemoteClosed)
        {
            Violate(MuxViolation.DataAfterFin);
            return;
        }

        FlushTail();
        stream.IsRemoteClosed = true;
        switch (stream.Phase)
        {
            case MuxStreamPhase.AwaitingAnswer:
                ResetAndTell(stream, MuxResetCode.BadAnswer);
                break;
            case MuxStreamPhase.AwaitingPreamble:
                ResetAndTell(stream, MuxResetCode.BadPreamble);
                break;
            case MuxStreamPhase.Open:
                stream.CleanupAt = Instant.Never;
                _events.Enqueue(new MuxEvent(MuxEventKind.RemoteClosedWrite, stream.Id));
                FinishIfDone(stream);
                break;
            default:
                // Offered: Accept tells it. Refusing: nobody asks any more.
                break;
        }
    }

    private void HandlePayload(Instant now, ReadOnlySpan<byte> bytes)
    {
        var stream = _payloadStream;
        if (stream is { IsGone: false })
        {
            Deliver(now, stream, bytes);
        }

        if (_payloadLeft == 0)
        {
            _payloadStream = null;
            if (stream is { IsGone: false } && _payloadEndsStream)
            {
                HandleFin(stream);
            }

            _payloadEndsStream = false;
        }
    }

    private void Deliver(Instant now, MuxStream stream, ReadOnlySpan<byte> bytes)
    {
        switch (stream.Phase)
        {
            case MuxStreamPhase.Open:
                DeliverData(stream, bytes);
                break;
            case MuxStreamPhase.AwaitingPreamble:
                DeliverPreamble(now, stream, bytes);
                break;
            case MuxStreamPhase.AwaitingAnswer:
                DeliverAnswer(now, stream, bytes);
                break;
            case MuxStreamPhase.Offered:
                // Data before the answer would have to be kept for an application that may refuse it.
                ResetAndTell(stream, MuxResetCode.BadPreamble);
                break;
            default:
                break;
        }
    }

    private void DeliverData(MuxStream stream, ReadOnlySpan<byte> bytes)
    {
        if (_unreadBytes + bytes.Length > _limits.ReceiveBudgetBytes)
        {
            FlushTail();
            ResetAndTell(stream, MuxResetCode.ReceiveBudgetExceeded);
            return;
        }

        stream.UnreadBytes += bytes.Length;
        _unreadBytes += bytes.Length;
        _statistics.DataBytesReceived += bytes.Length;
        if (_tailBytes > 0 && _tailId == stream.Id && _tailBytes + bytes.Length <= JoinedPieceBytes)
        {
            if (_tailBytes + bytes.Length > _tail.Length)
            {
                var larger = PooledBuffer.Rent(JoinedPieceBytes);
                _tail.Span[.._tailBytes].CopyTo(larger.Span);
                _tail.Dispose();
                _tail = larger;
            }

            bytes.CopyTo(_tail.Span[_tailBytes..]);
            _tailBytes += bytes.Length;
            return;
        }

        FlushTail();
        _tail = PooledBuffer.CopyOf(bytes);
        _tailBytes = bytes.Length;
        _tailId = stream.Id;
    }

    private void FlushTail()
    {
        if (_tailBytes > 0)
        {
            _events.Enqueue(new MuxEvent(MuxEventKind.Data, _tailId) { Buffer = _tail.Truncate(_tailBytes) });
            _tail = default;
            _tailBytes = 0;
        }
    }
}
