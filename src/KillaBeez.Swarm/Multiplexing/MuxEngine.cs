namespace KillaBeez.Swarm.Multiplexing;

/// <summary>
/// Many named, flow-controlled substreams in one session: yamux's frames, with a preamble that names each
/// substream and an answer before its data (docs/protocol/multiplexing.md). A pure state machine: no IO, clock,
/// task or lock. Poll events after every call and before the next; poll frames while the session takes them.
/// </summary>
/// <remarks>
/// A substream's memory is bounded by its windows: what the application has not consumed is credit the peer does
/// not get back, and <see cref="Write"/> takes only what the peer's credit covers, so nothing that was taken ever
/// waits for another substream's reader.
/// </remarks>
internal sealed partial class MuxEngine : IDisposable
{
    private readonly MuxLimits _limits;
    private readonly Dictionary<uint, MuxStream> _streams = [];
    private readonly Queue<MuxEvent> _events = [];
    private readonly TimerTable<Timer> _timers = new();
    private readonly bool _usesOddIds;
    private TokenBucket _localOpens;
    private uint _nextLocalId;
    private int _localSubstreams;
    private int _queuedBytes;
    private MuxViolation _violation;
    private bool _hasGoneAway;
    private bool _hasPeerGoneAway;

    /// <param name="options">Limits.</param>
    /// <param name="usesOddIds">Whether this side's substreams have odd numbers: true at the larger key.</param>
    public MuxEngine(MuxOptions options, bool usesOddIds)
    {
        _options = options;
        _limits = options.Limits;
        _usesOddIds = usesOddIds;
        _nextLocalId = usesOddIds ? 1u : 2u;
        _localOpens = new TokenBucket(_limits.OpenBurst, _limits.OpensPerSecond);
        _remoteOpens = new TokenBucket(_limits.OpenBurst, _limits.OpensPerSecond);
        _refusals = new TokenBucket(_limits.RefusalBurst, _limits.RefusalsPerSecond);
        _remoteResets = new TokenBucket(_limits.ResetBurst, _limits.ResetsPerSecond);
        _remotePings = new TokenBucket(_limits.PingBurst, _limits.PingsPerSecond);

        // Half of what the peer takes: pings that a slow link delays may reach it all at once.
        _localPings = new TokenBucket(_limits.PingBurst / 2, _limits.PingsPerSecond / 2.0);
    }

    private enum Timer
    {
        Cleanup,
    }

    /// <summary>The round trip through both multiplexers as the last ping measured it.</summary>
    public TimeSpan? RoundTripTime { get; private set; }

    /// <summary>Substreams that exist, of both sides.</summary>
    public int SubstreamCount => _streams.Count;

    /// <summary>Bytes that were written and wait for a session frame.</summary>
    public int QueuedBytes => _queuedBytes;

    /// <summary>Bytes delivered and not yet consumed, over all substreams.</summary>
    public long UnreadBytes => _unreadBytes;

    public MuxStatistics Statistics => _statistics;

    public Instant NextTimeout => _timers.Next;

    /// <summary>Opens a substream. An Accepted, Refused or Reset event follows; until then Write takes nothing.</summary>
    /// <exception cref="ArgumentException">Type or metadata are empty or too long.</exception>
    /// <exception cref="KillaBeezException">LimitExceeded or Closed, as <see cref="TryOpen"/> says it.</exception>
    public SubstreamId Open(Instant now, string type, ReadOnlySpan<byte> metadata) =>
        TryOpen(now, type, metadata, out var id, out var error)
            ? id
            : throw new KillaBeezException(
                error is MuxOpenError.Closed or MuxOpenError.PeerIsGoingAway ? KillaBeezError.Closed : KillaBeezError.LimitExceeded,
                $"The substream cannot be opened now: {error}.");

    /// <summary>As <see cref="Open"/>; false where limits or the session's end forbid it.</summary>
    public bool TryOpen(Instant now, string type, ReadOnlySpan<byte> metadata, out SubstreamId id, out MuxOpenError error)
    {
        Span<byte> preamble = stackalloc byte[SubstreamPreamble.MaxBytes];
        var preambleBytes = SubstreamPreamble.Write(type, metadata, preamble);
        id = default;
        error = CheckOpen(now);
        if (error != MuxOpenError.None)
        {
            return false;
        }

        id = new SubstreamId(_nextLocalId);
        _nextLocalId += 2;
        _localSubstreams++;
        var stream = new MuxStream(id, isLocal: true) { LastGrantAt = now };
        AddStream(stream);
        EnqueueOwn(stream, preamble[..preambleBytes]);
        return true;
    }

    /// <summary>Accepts a substream that RemoteOpened announced. Does nothing where it is over already.</summary>
    public void Accept(Instant now, SubstreamId id)
    {
        if (!TryGetOffered(id, out var stream))
        {
            return;
        }

        stream.Phase = MuxStreamPhase.Open;
        stream.CleanupAt = Instant.Never;
        Span<byte> answer = stackalloc byte[SubstreamAnswer.AcceptedBytes];
        EnqueueOwn(stream, answer[..SubstreamAnswer.WriteAccepted(answer)]);
        if (stream.IsRemoteClosed)
        {
            _events.Enqueue(new MuxEvent(MuxEventKind.RemoteClosedWrite, id));
        }
    }

    /// <summary>
    /// Refuses a substream that RemoteOpened announced, with the application's code and a text for people that is
    /// cut at <see cref="MuxLimits.RefusalTextBytes"/> bytes. No event follows. Does nothing where it is over already.
    /// </summary>
    public void Refuse(Instant now, SubstreamId id, uint code, string reason)
    {
        if (!TryGetOffered(id, out var stream))
        {
            return;
        }

        stream.Phase = MuxStreamPhase.Refusing;
        stream.IsWriteClosed = true;
        Span<byte> answer = stackalloc byte[SubstreamAnswer.MaxBytes];
        EnqueueOwn(stream, answer[..SubstreamAnswer.WriteRefused(code, reason, answer)]);
    }

    /// <summary>
    /// Takes as much of <paramref name="data"/> as the peer's credit and the queues allow, and copies it. Where
    /// that is less than all, a Writable event follows when there is room (or the substream's end).
    /// </summary>
    /// <returns>Bytes taken; 0 also where the substream is over.</returns>
    /// <exception cref="InvalidOperationException">After CloseWrite, or before the substream is accepted by this side.</exception>
    public int Write(Instant now, SubstreamId id, ReadOnlySpan<byte> data)
    {
        if (!_streams.TryGetValue(id.Value, out var stream))
        {
            return 0;
        }

        if (stream.IsWriteClosed || stream.Phase is not (MuxStreamPhase.Open or MuxStreamPhase.AwaitingAnswer))
        {
            throw new InvalidOperationException($"Substream {id} cannot be written to: its own direction is closed or it was not accepted.");
        }

        var taken = (int)Math.Min(data.Length, RoomOf(stream));
        if (taken > 0)
        {
            stream.SendQueue.Enqueue(data[..taken]);
            stream.SendCredit -= taken;
            _queuedBytes += taken;
            Schedule(stream);
        }

        if (taken < data.Length)
        {
            stream.IsWriterWaiting = true;
            WaitForBudget(stream);
        }

        return taken;
    }

    /// <summary>
    /// Ends this side's direction once everything written is sent; the other direction goes on. Allowed before
    /// the answer. Does nothing the second time or where the substream is over.
    /// </summary>
    public void CloseWrite(Instant now, SubstreamId id)
    {
        if (_streams.TryGetValue(id.Value, out var stream) && !stream.IsWriteClosed
            && stream.Phase is MuxStreamPhase.Open or MuxStreamPhase.AwaitingAnswer)
        {
            stream.IsWriteClosed = true;
            stream.IsWriterWaiting = false;
            Schedule(stream);
        }
    }

    /// <summary>
    /// Ends both directions at once; what was written and not yet sent is dropped. No event follows. The code is
    /// the application's, below <see cref="MuxResetCode.FirstReserved"/>.
    /// </summary>
    public void Reset(Instant now, SubstreamId id, uint code)
    {
        if (_streams.TryGetValue(id.Value, out var stream) && stream.Phase != MuxStreamPhase.Refusing)
        {
            ResetLocally(stream, code);
        }
    }

    /// <summary>The application has read bytes of Data events: the peer may send as many again.</summary>
    /// <exception cref="ArgumentOutOfRangeException">More than was delivered.</exception>
    public void Consumed(Instant now, SubstreamId id, int bytes)
    {
        if (!_streams.TryGetValue(id.Value, out var stream))
        {
            return;
        }

        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, stream.UnreadBytes);
        stream.UnreadBytes -= bytes;
        _unreadBytes -= bytes;
        stream.UnreturnedBytes += bytes;
        GrantIfDue(now, stream);
        FinishIfDone(stream);
    }

    /// <summary>
    /// The application reads no more. A substream that it has also finished writing is waited for only so long: while
    /// somebody reads, half of a substream may stay open for ever.
    /// </summary>
    public void StopReading(Instant now, SubstreamId id)
    {
        if (_streams.TryGetValue(id.Value, out var stream) && !stream.IsReaderGone)
        {
            stream.IsReaderGone = true;
            LimitIfLeft(now, stream);
        }
    }

    /// <summary>Asks the peer's multiplexer for an answer; PingAnswered follows with the same number.</summary>
    /// <returns>
    /// The ping's number, or null where <see cref="MuxLimits.PendingPings"/> wait already, or there were more than half
    /// of what the peer takes (<see cref="MuxLimits.PingBurst"/>, <see cref="MuxLimits.PingsPerSecond"/>).
    /// </returns>
    public uint? Ping(Instant now) =>
        _pendingPings.Count < _limits.PendingPings && _localPings.TryTake(now) && TryQueuePing(isOwn: false, out var number) ? number : null;

    /// <summary>Tells the peer to open no more substreams; what it opens all the same is reset. Open ones go on.</summary>
    public void GoAway(Instant now)
    {
        if (!_hasGoneAway)
        {
            _hasGoneAway = true;
            _pendingGoAway = MuxGoAwayCode.Normal;
        }
    }

    public void HandleTimeout(Instant now)
    {
        while (_timers.TryTakeDue(now, out _))
        {
            CleanUp(now);
        }
    }

    public bool TryPollEvent(out MuxEvent e) => _events.TryDequeue(out e);

    /// <summary>Gives every buffer back. The engine must not be used afterwards.</summary>
    public void Dispose()
    {
        while (_events.TryDequeue(out var e))
        {
            e.Buffer.Dispose();
        }

        _tail.Dispose();
        _tail = default;
        ForgetAll();
    }

    private MuxOpenError CheckOpen(Instant now)
    {
        if (_violation != MuxViolation.None || _nextLocalId > uint.MaxValue - 2)
        {
            return MuxOpenError.Closed;
        }

        if (_hasPeerGoneAway)
        {
            return MuxOpenError.PeerIsGoingAway;
        }

        if (_localSubstreams >= _limits.LocalSubstreams)
        {
            return MuxOpenError.TooManySubstreams;
        }

        return _localOpens.TryTake(now) ? MuxOpenError.None : MuxOpenError.OpenRateExceeded;
    }

    private bool TryGetOffered(SubstreamId id, out MuxStream stream) =>
        _streams.TryGetValue(id.Value, out stream!) && stream.Phase == MuxStreamPhase.Offered;

    private void AddStream(MuxStream stream)
    {
        _streams.Add(stream.Id.Value, stream);
        _windowBytes += stream.WindowBytes;
    }

    /// <summary>
    /// Takes a substream out of the table. Queues that still name it skip it; unread bytes are no longer counted,
    /// because a substream that is over gets no credit that could be held back for them.
    /// </summary>
    private void Forget(MuxStream stream)
    {
        if (stream.IsGone)
        {
            return;
        }

        _streams.Remove(stream.Id.Value);
        stream.IsGone = true;
        _windowBytes -= stream.WindowBytes;
        _unreadBytes -= stream.UnreadBytes;
        _queuedBytes -= stream.SendQueue.Count;
        if (stream.IsLocal)
        {
            _localSubstreams--;
        }
        else
        {
            _remoteSubstreams--;
        }

        stream.Dispose();
        WakeBudgetWaiters();
    }

    private void ForgetAll()
    {
        foreach (var stream in _streams.Values)
        {
            stream.IsGone = true;
            stream.Dispose();
        }

        _streams.Clear();
        _localSubstreams = 0;
        _remoteSubstreams = 0;
        _queuedBytes = 0;
        _unreadBytes = 0;
        _windowBytes = 0;
        _timers.ClearAll();
    }

    private void ResetLocally(MuxStream stream, uint code)
    {
        // A substream whose first frame was never sent does not exist for the peer; its number is just skipped.
        if (!stream.SynPending)
        {
            QueueReset(stream.Id.Value, code);
        }

        Forget(stream);
    }

    /// <summary>Resets a substream for the engine's own reasons: unlike an application's reset, this is news to the application.</summary>
    private void ResetAndTell(MuxStream stream, uint code)
    {
        var isKnown = stream.Phase != MuxStreamPhase.AwaitingPreamble && stream.Phase != MuxStreamPhase.Refusing;
        ResetLocally(stream, code);
        if (isKnown && _violation == MuxViolation.None)
        {
            _events.Enqueue(new MuxEvent(MuxEventKind.Reset, stream.Id) { Code = code });
        }
    }

    private void FinishIfDone(MuxStream stream)
    {
        if (stream is { IsFinSent: true, IsRemoteClosed: true, UnreadBytes: 0, Phase: MuxStreamPhase.Open } && !stream.IsGone)
        {
            Forget(stream);
            _events.Enqueue(new MuxEvent(MuxEventKind.Closed, stream.Id));
        }
    }

    private void LimitIfLeft(Instant now, MuxStream stream)
    {
        if (stream.IsReaderGone && stream.IsFinSent && !stream.IsRemoteClosed && stream.Phase == MuxStreamPhase.Open)
        {
            SetCleanup(stream, now + _limits.HalfClosedTimeout);
        }
    }

    private void SetCleanup(MuxStream stream, Instant at)
    {
        stream.CleanupAt = at;
        if (at < _timers[Timer.Cleanup])
        {
            _timers.Set(Timer.Cleanup, at);
        }
    }

    /// <summary>
    /// Deadlines only move later while the timer is set, so one timer at the earliest deadline ever seen is
    /// enough: it finds who is really due and is set again for the rest.
    /// </summary>
    private void CleanUp(Instant now)
    {
        List<MuxStream>? due = null;
        var next = Instant.Never;
        foreach (var stream in _streams.Values)
        {
            if (stream.CleanupAt <= now && stream.UnreadBytes > 0)
            {
                // It is the application that does not read, so the peer may have no credit to say anything.
                stream.CleanupAt = now + _limits.HalfClosedTimeout;
            }

            if (stream.CleanupAt <= now)
            {
                (due ??= []).Add(stream);
            }
            else
            {
                next = Instant.Min(next, stream.CleanupAt);
            }
        }

        _timers.Set(Timer.Cleanup, next);
        foreach (var stream in due ?? [])
        {
            ResetAndTell(stream, stream.Phase == MuxStreamPhase.AwaitingPreamble ? MuxResetCode.PreambleTimeout : MuxResetCode.HalfClosedTimeout);
        }
    }

    private void Violate(MuxViolation violation)
    {
        if (_violation != MuxViolation.None)
        {
            return;
        }

        _violation = violation;

        // What came before it was delivered before it: no substream has an event after the violation.
        FlushTail();
        ForgetAll();
        _resets.Clear();
        _pings.Clear();
        _pendingGoAway = MuxGoAwayCode.ProtocolError;
        _events.Enqueue(new MuxEvent(MuxEventKind.Violation, default) { Violation = violation });
    }
}
