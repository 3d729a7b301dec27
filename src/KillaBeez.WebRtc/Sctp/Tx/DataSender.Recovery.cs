namespace KillaBeez.WebRtc.Sctp.Tx;

/// <content>Finding and repairing losses: packet order, a probe, and the T3 timeout.</content>
internal sealed partial class DataSender
{
    private const int MinReorderingPackets = 3;
    private const int MaxReorderingPackets = 96;
    private const int MaxProbesInRow = 2;

    private static readonly TimeSpan MinLossDelay = TimeSpan.FromMilliseconds(1);

    private Instant _retransmitAt = Instant.Never;
    private Instant _probeAt = Instant.Never;
    private Instant _lossAt = Instant.Never;
    private uint _highestAckedPacket;
    private uint _recoveryStart;
    private uint _roundEnd;
    private int _lostCount;
    private Tsn _firstLost;
    private int _timeoutsInRow;
    private int _probesInRow;
    private int _reorderingPackets = MinReorderingPackets;
    private int _retransmittedInRecovery;
    private int _duplicatesInRecovery;
    private bool _wasLastLossTimeout;
    private LossMeter _losses;

    /// <summary>Packets that may leave although the congestion window is full: a fast retransmission or a probe.</summary>
    private int _sendCredit;

    private bool TryFindLost(out Tsn tsn)
    {
        if (_lostCount == 0)
        {
            tsn = default;
            return false;
        }

        if (_firstLost <= _cumulativeAck)
        {
            _firstLost = _cumulativeAck.Next;
        }

        while (!_ring[_firstLost].Has(ChunkState.Lost))
        {
            _firstLost = _firstLost.Next;
        }

        tsn = _firstLost;
        return true;
    }

    /// <summary>
    /// Declares lost what was sent clearly before something that has arrived. Walks up from the cumulative TSN
    /// and stops at the first chunk that was sent once and later: all after it were sent later still.
    /// </summary>
    private void DetectLosses(Instant now)
    {
        _lossAt = Instant.Never;
        var delay = LossDelay();
        var lossAt = Instant.Never;
        for (var tsn = _cumulativeAck.Next; tsn < _nextTsn; tsn = tsn.Next)
        {
            ref var chunk = ref _ring[tsn];
            var behind = unchecked((int)(_highestAckedPacket - chunk.PacketNumber));
            if (behind < 0 && chunk.Transmissions == 1)
            {
                break;
            }

            if (behind <= 0 || !chunk.IsInFlight)
            {
                continue;
            }

            var overdueAt = chunk.SentAt + delay;
            if (behind >= _reorderingPackets || overdueAt <= now)
            {
                DeclareLost(now, tsn);
            }
            else
            {
                lossAt = Instant.Min(lossAt, overdueAt);
            }
        }

        _lossAt = lossAt;
    }

    /// <summary>RFC 9002 section 6.1.2: nine eighths of a round trip, more where the path reorders.</summary>
    private TimeSpan LossDelay()
    {
        var smoothed = Rtt.Smoothed ?? SctpLimits.InitialRto;
        var rtt = smoothed > Rtt.Latest ? smoothed : Rtt.Latest;
        var delay = _reorderingPackets > MinReorderingPackets ? rtt * 1.5 : rtt * 1.125;
        return delay < MinLossDelay ? MinLossDelay : delay;
    }

    private void DeclareLost(Instant now, Tsn tsn)
    {
        ref var chunk = ref _ring[tsn];
        var isNewEvent = IsAtOrAfter(chunk.PacketNumber, _recoveryStart);
        TakeOutOfFlight(ref chunk);
        NoteLargeLost(in chunk);
        _losses.Lost();
        if (isNewEvent && !_congestion.OnLoss(now, _losses.Share))
        {
            _sendCredit = 1;
        }
        else if (isNewEvent)
        {
            _recoveryStart = _nextPacketNumber;
            _sendCredit = 1;
            _retransmittedInRecovery = 0;
            _duplicatesInRecovery = 0;
            _wasLastLossTimeout = false;
            _statistics = _statistics with { CongestionEvents = _statistics.CongestionEvents + 1 };
        }

        _retransmittedInRecovery++;
        RetransmitOrAbandon(now, tsn);
    }

    private void TakeOutOfFlight(ref OutstandingChunk chunk)
    {
        _flightBytes -= WireBytes(chunk.Length);
        _flightPayload -= chunk.Length;
    }

    private void RetransmitOrAbandon(Instant now, Tsn tsn)
    {
        ref var chunk = ref _ring[tsn];
        chunk.State |= ChunkState.Lost;
        _lostCount++;
        if (_lostCount == 1 || tsn < _firstLost)
        {
            _firstLost = tsn;
        }

        if (IsGivenUp(now, in chunk))
        {
            Abandon(now, chunk.Message, tsn);
        }
    }

    /// <summary>
    /// A report of duplicates says that retransmissions were needless. Where all of a recovery were, nothing
    /// had been lost and the window comes back.
    /// </summary>
    private void NoteDuplicates(int count)
    {
        if (count == 0 || _retransmittedInRecovery == 0)
        {
            return;
        }

        _duplicatesInRecovery += count;
        TolerateMoreReordering();
        if (_duplicatesInRecovery >= _retransmittedInRecovery)
        {
            _retransmittedInRecovery = 0;
            _congestion.OnSpuriousLoss();
        }
    }

    private void TolerateMoreReordering() =>
        _reorderingPackets = Math.Min(_reorderingPackets * 2, MaxReorderingPackets);

    /// <summary>A tail that was lost causes no SACK; this asks for one (RFC 8985 section 7.3).</summary>
    private void OnProbeTimeout(Instant now)
    {
        _probeAt = Instant.Never;
        if (_flightBytes == 0)
        {
            return;
        }

        _probesInRow++;
        AllowBurst(0);
        var hasNew = Queue.Peek(now) != MessageSlab.None && _flightPayload + _packetBytes <= _peerWindow;
        if (hasNew && _lostCount == 0)
        {
            _sendCredit = 1;
            return;
        }

        for (var tsn = LastAssignedTsn; tsn > _cumulativeAck; tsn = tsn.Previous)
        {
            ref var chunk = ref _ring[tsn];
            if (!chunk.IsInFlight)
            {
                continue;
            }

            // A probe is a retransmission and counts as one; a message without any left waits for T3.
            if (!IsGivenUp(now, in chunk))
            {
                TakeOutOfFlight(ref chunk);
                _sendCredit = 1;
                RetransmitOrAbandon(now, tsn);
            }

            return;
        }
    }

    /// <summary>
    /// T3 (RFC 9260 section 6.3.3): everything outstanding counts as lost, also what gap blocks reported,
    /// because a receiver may have dropped it again.
    /// </summary>
    private void OnRetransmitTimeout(Instant now)
    {
        _retransmitAt = Instant.Never;
        _probeAt = Instant.Never;
        if (OutstandingCount == 0)
        {
            return;
        }

        // A probe into a closed window is no sign of congestion.
        var isWindowProbe = OutstandingCount == 1 && _peerWindow < _ring[_cumulativeAck.Next].Length;
        if (!isWindowProbe && _flightBytes > 0)
        {
            _congestion.OnTimeout();
            _statistics = _statistics with { Timeouts = _statistics.Timeouts + 1 };
        }

        _recoveryStart = _nextPacketNumber;
        _retransmittedInRecovery = 0;
        _wasLastLossTimeout = true;
        _timeoutsInRow++;
        for (var tsn = _cumulativeAck.Next; tsn < _nextTsn; tsn = tsn.Next)
        {
            ref var chunk = ref _ring[tsn];
            if (chunk.Has(ChunkState.Abandoned) || chunk.Has(ChunkState.Lost))
            {
                continue;
            }

            if (chunk.IsInFlight)
            {
                NoteLargeLost(in chunk);
                TakeOutOfFlight(ref chunk);
            }

            chunk.State &= ~ChunkState.Acknowledged;
            RetransmitOrAbandon(now, tsn);
        }

        _sendCredit = _lostCount > 0 ? 1 : 0;
        _lossAt = Instant.Never;
        AllowBurst(0);
        AdvanceOverAbandoned(now);
        WantForwardTsn(now);
        RestartTimers(now);
    }

    private void ArmTimers(Instant now, bool asksForSack)
    {
        if (_retransmitAt == Instant.Never)
        {
            _retransmitAt = now + Rtt.BackedOff(_timeoutsInRow);
        }

        ArmProbe(now, asksForSack);
    }

    private void RestartTimers(Instant now)
    {
        if (OutstandingCount == 0)
        {
            _retransmitAt = _probeAt = _lossAt = Instant.Never;
            return;
        }

        _retransmitAt = now + Rtt.BackedOff(_timeoutsInRow);
        ArmProbe(now, asksForSack: true);
    }

    private void ArmProbe(Instant now, bool asksForSack)
    {
        _probeAt = Instant.Never;
        if (_flightBytes == 0 || _probesInRow >= MaxProbesInRow || _timeoutsInRow > 0 || Rtt.Smoothed is not { } smoothed)
        {
            return;
        }

        var ackDelay = _isPeerOwnStack ? SctpLimits.AckDelay : SctpLimits.ForeignAckDelay;
        var isAlone = _flightBytes <= _packetBytes;
        var wait = (smoothed * 2) + TimeSpan.FromMilliseconds(2) + (isAlone && !asksForSack ? ackDelay : SctpLimits.AckDelay / 4);
        _probeAt = now + (wait * (1 << _probesInRow));
        if (_probeAt >= _retransmitAt)
        {
            _probeAt = Instant.Never;
        }
    }
}
