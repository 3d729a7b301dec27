namespace KillaBeez.Swarm.Multiplexing;

/// <content>Session frames out: control first, then the data of all substreams in turn.</content>
internal sealed partial class MuxEngine
{
    /// <summary>A writer that waits is woken when it has this much room, or all the room there is and nothing queued.</summary>
    private const int WritableBytes = 16 * 1024;

    /// <summary>The end of a session frame is left empty rather than filled with a data frame smaller than this.</summary>
    private const int SmallestCutBytes = 1024;

    private readonly MuxOptions _options;
    private readonly Queue<MuxStream> _control = [];
    private readonly Queue<MuxStream> _data = [];
    private readonly Queue<MuxStream> _budgetWaiters = [];
    private readonly Queue<(uint StreamId, uint Code)> _resets = [];
    private readonly Queue<(MuxFlags Flags, uint Number)> _pings = [];
    private readonly Dictionary<uint, (Instant SentAt, bool IsOwn)> _pendingPings = [];
    private MuxGoAwayCode? _pendingGoAway;
    private Instant _roundTripMeasuredAt;
    private uint _nextPing;
    private bool _isOwnPingPending;

    /// <summary>
    /// Fills one session frame with as many mux frames as there are and fit. Call while the session takes frames.
    /// The destination has at least 64 bytes; at most <see cref="MuxLimits.SessionFrameBytes"/> of it are used.
    /// </summary>
    /// <returns>False where there is nothing to send.</returns>
    public bool TryPollTransmit(Instant now, Span<byte> destination, out int written)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(destination.Length, 64);
        var writer = new SpanWriter(destination[..Math.Min(destination.Length, MuxLimits.SessionFrameBytes)]);
        while (writer.Remaining >= MuxFrameHeader.SizeBytes && TryWriteControl(now, ref writer))
        {
        }

        while (_data.TryPeek(out var stream))
        {
            if (stream.IsGone || !stream.HasDataToSend)
            {
                _data.Dequeue();
                stream.IsInDataRing = false;
                continue;
            }

            var room = writer.Remaining - MuxFrameHeader.SizeBytes;
            if (room < 0 || (writer.Position > 0 && room < Math.Min(stream.SendQueue.Count, SmallestCutBytes)))
            {
                break;
            }

            _data.Dequeue();
            stream.IsInDataRing = false;
            WriteData(now, stream, ref writer, _data.Count == 0 ? room : Math.Min(room, _options.QuantumBytes));
            Schedule(stream);
        }

        written = writer.Position;
        return written > 0;
    }

    private bool TryWriteControl(Instant now, ref SpanWriter writer)
    {
        if (_pendingGoAway is { } code)
        {
            _pendingGoAway = null;
            new MuxFrameHeader(MuxFrameType.GoAway, MuxFlags.None, 0, (uint)code).Write(ref writer);
            return true;
        }

        if (_pings.TryDequeue(out var ping))
        {
            if (ping.Flags == MuxFlags.Syn)
            {
                // The time of sending, not of asking: the wait for the session is not the peer's.
                _pendingPings[ping.Number] = _pendingPings[ping.Number] with { SentAt = now };
            }

            new MuxFrameHeader(MuxFrameType.Ping, ping.Flags, 0, ping.Number).Write(ref writer);
            return true;
        }

        if (_resets.TryDequeue(out var reset))
        {
            new MuxFrameHeader(MuxFrameType.WindowUpdate, MuxFlags.Rst, reset.StreamId, reset.Code).Write(ref writer);
            return true;
        }

        while (_control.TryDequeue(out var stream))
        {
            stream.IsInControlQueue = false;
            if (stream.IsGone || stream.IsRemoteClosed || stream.PendingGrantBytes == 0)
            {
                continue;
            }

            var grant = (uint)Math.Min(stream.PendingGrantBytes, uint.MaxValue);
            stream.PendingGrantBytes -= grant;
            new MuxFrameHeader(MuxFrameType.WindowUpdate, TakeOpeningFlags(stream), stream.Id.Value, grant).Write(ref writer);
            return true;
        }

        return false;
    }

    private void WriteData(Instant now, MuxStream stream, ref SpanWriter writer, int maxBytes)
    {
        var count = Math.Min(stream.SendQueue.Count, maxBytes);
        var flags = TakeOpeningFlags(stream);
        if (stream.IsFinPending && count == stream.SendQueue.Count)
        {
            flags |= MuxFlags.Fin;
            stream.IsFinSent = true;
        }

        new MuxFrameHeader(MuxFrameType.Data, flags, stream.Id.Value, (uint)count).Write(ref writer);
        stream.SendQueue.Dequeue(writer.Reserve(count));
        _queuedBytes -= count;
        _statistics.DataBytesSent += count;
        if (!stream.IsFinSent)
        {
            WakeWriter(stream);
        }
        else if (stream.Phase == MuxStreamPhase.Refusing)
        {
            Forget(stream);
        }
        else
        {
            LimitIfLeft(now, stream);
            FinishIfDone(stream);
        }

        WakeBudgetWaiters();
    }

    private static MuxFlags TakeOpeningFlags(MuxStream stream)
    {
        var flags = (stream.SynPending ? MuxFlags.Syn : MuxFlags.None) | (stream.AckPending ? MuxFlags.Ack : MuxFlags.None);
        stream.SynPending = false;
        stream.AckPending = false;
        return flags;
    }

    /// <summary>Queues a preamble or an answer; the peer's first window always covers it.</summary>
    private void EnqueueOwn(MuxStream stream, ReadOnlySpan<byte> bytes)
    {
        stream.SendQueue.Enqueue(bytes);
        stream.SendCredit -= bytes.Length;
        _queuedBytes += bytes.Length;
        Schedule(stream);
    }

    private void Schedule(MuxStream stream)
    {
        if (!stream.IsInDataRing && !stream.IsGone && stream.HasDataToSend)
        {
            stream.IsInDataRing = true;
            _data.Enqueue(stream);
        }
    }

    private void QueueControl(MuxStream stream)
    {
        if (!stream.IsInControlQueue)
        {
            stream.IsInControlQueue = true;
            _control.Enqueue(stream);
        }
    }

    private void QueueReset(uint streamId, uint code)
    {
        if (_resets.Count >= _limits.PendingControlFrames)
        {
            Violate(MuxViolation.ControlFlood);
            return;
        }

        _resets.Enqueue((streamId, code));
    }

    private long RoomOf(MuxStream stream)
    {
        if (stream.Phase != MuxStreamPhase.Open)
        {
            return 0;
        }

        var queueRoom = Math.Min(_limits.SendQueueBytes - stream.SendQueue.Count, _limits.TotalSendQueueBytes - _queuedBytes);
        return Math.Max(0, Math.Min(stream.SendCredit, queueRoom));
    }

    private void WakeWriter(MuxStream stream)
    {
        if (!stream.IsWriterWaiting || stream.IsGone)
        {
            return;
        }

        var room = RoomOf(stream);
        if (room >= WritableBytes || (room > 0 && stream.SendQueue.Count == 0))
        {
            stream.IsWriterWaiting = false;
            _events.Enqueue(new MuxEvent(MuxEventKind.Writable, stream.Id));
        }
        else if (room == 0)
        {
            WaitForBudget(stream);
        }
    }

    /// <summary>Remembers a writer that the bound on all queues together holds back, if it does.</summary>
    private void WaitForBudget(MuxStream stream)
    {
        if (_queuedBytes >= _limits.TotalSendQueueBytes && !stream.IsInBudgetQueue)
        {
            stream.IsInBudgetQueue = true;
            _budgetWaiters.Enqueue(stream);
        }
    }

    /// <summary>
    /// Wakes the writers that the total bound stopped, once half of it is free, so that they do not fight for
    /// single bytes of it.
    /// </summary>
    private void WakeBudgetWaiters()
    {
        if (_queuedBytes * 2L > _limits.TotalSendQueueBytes)
        {
            return;
        }

        while (_budgetWaiters.TryDequeue(out var stream))
        {
            stream.IsInBudgetQueue = false;
            WakeWriter(stream);
        }
    }

    private bool TryQueuePing(bool isOwn, out uint number)
    {
        number = 0;
        if (_pendingPings.Count >= _limits.PendingPings || (isOwn && _isOwnPingPending) || _violation != MuxViolation.None)
        {
            return false;
        }

        number = _nextPing++;
        _isOwnPingPending |= isOwn;
        _pendingPings.Add(number, (Instant.Never, isOwn));
        _pings.Enqueue((MuxFlags.Syn, number));
        return true;
    }

    private void HandlePing(Instant now, MuxFrameHeader header)
    {
        if (header.Has(MuxFlags.Syn))
        {
            if (!_remotePings.TryTake(now))
            {
                Violate(MuxViolation.PingFlood);
            }
            else if (_pings.Count >= _limits.PendingControlFrames)
            {
                Violate(MuxViolation.ControlFlood);
            }
            else
            {
                _pings.Enqueue((MuxFlags.Ack, header.Length));
            }

            return;
        }

        if (!_pendingPings.TryGetValue(header.Length, out var ping) || ping.SentAt == Instant.Never)
        {
            _statistics.IgnoredFrames++;
            return;
        }

        _pendingPings.Remove(header.Length);
        RoundTripTime = now - ping.SentAt;
        _roundTripMeasuredAt = now;
        if (ping.IsOwn)
        {
            _isOwnPingPending = false;
            return;
        }

        FlushTail();
        _events.Enqueue(new MuxEvent(MuxEventKind.PingAnswered, default) { Code = header.Length, RoundTripTime = now - ping.SentAt });
    }
}
