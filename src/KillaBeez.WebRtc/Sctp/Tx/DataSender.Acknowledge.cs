using KillaBeez.WebRtc.Sctp.Packet.Chunks;

namespace KillaBeez.WebRtc.Sctp.Tx;

internal enum SackOutcome
{
    Taken,

    /// <summary>Overtaken by a newer one, or its gap blocks name what was never sent.</summary>
    Ignored,

    /// <summary>Its cumulative TSN lies above anything sent: an optimistic acknowledgement.</summary>
    Violation,
}

/// <content>Taking SACKs (RFC 9260 section 6.2.1). All validation precedes all changes.</content>
internal sealed partial class DataSender
{
    public SackOutcome HandleSack(Instant now, in SackChunk sack)
    {
        if (sack.CumulativeTsn < _cumulativeAck)
        {
            return SackOutcome.Ignored;
        }

        if (sack.CumulativeTsn > LastAssignedTsn)
        {
            return SackOutcome.Violation;
        }

        // Blocks that overlap would add up to more than is outstanding, and to a great deal of work.
        var outstanding = LastAssignedTsn.DistanceFrom(sack.CumulativeTsn);
        var reported = 0L;
        for (var i = 0; i < sack.GapCount; i++)
        {
            var gap = sack.Gap(i);
            reported += gap.End - gap.Start + 1;
            if (gap.End > outstanding || reported > outstanding)
            {
                return SackOutcome.Ignored;
            }
        }

        var flightBefore = _flightBytes;
        var summary = default(AckSummary);
        var hasAdvanced = sack.CumulativeTsn > _cumulativeAck;
        AcknowledgeUpTo(now, sack.CumulativeTsn, ref summary);
        for (var i = 0; i < sack.GapCount; i++)
        {
            var gap = sack.Gap(i);
            for (int offset = gap.Start; offset <= gap.End; offset++)
            {
                AcknowledgeGap(now, sack.CumulativeTsn + offset, ref summary);
            }
        }

        _peerWindow = sack.ReceiverWindow;
        NoteDuplicates(sack.DuplicateCount);
        Conclude(now, in summary, flightBefore, hasAdvanced);
        return SackOutcome.Taken;
    }

    /// <summary>Takes the cumulative TSN of a SHUTDOWN.</summary>
    public SackOutcome HandleCumulativeAck(Instant now, Tsn cumulative)
    {
        if (cumulative < _cumulativeAck || cumulative > LastAssignedTsn)
        {
            return cumulative < _cumulativeAck ? SackOutcome.Ignored : SackOutcome.Violation;
        }

        var summary = default(AckSummary);
        var flightBefore = _flightBytes;
        var hasAdvanced = cumulative > _cumulativeAck;
        AcknowledgeUpTo(now, cumulative, ref summary);
        Conclude(now, in summary, flightBefore, hasAdvanced);
        return SackOutcome.Taken;
    }

    private void AcknowledgeUpTo(Instant now, Tsn cumulative, ref AckSummary summary)
    {
        while (_cumulativeAck < cumulative)
        {
            var tsn = _cumulativeAck.Next;
            ref var chunk = ref _ring[tsn];
            NoteArrived(now, ref chunk, ref summary);
            var index = chunk.Message;
            chunk = default;
            _cumulativeAck = tsn;
            _messages[index].OutstandingChunks--;
            FreeIfDone(index);
        }

        if (_advancedAck < _cumulativeAck)
        {
            _advancedAck = _cumulativeAck;
        }
    }

    private void AcknowledgeGap(Instant now, Tsn tsn, ref AckSummary summary)
    {
        ref var chunk = ref _ring[tsn];
        if (!chunk.Has(ChunkState.Acknowledged))
        {
            NoteArrived(now, ref chunk, ref summary);
            chunk.State |= ChunkState.Acknowledged;
        }
    }

    /// <summary>The first report that a chunk has arrived: it leaves the flight.</summary>
    private void NoteArrived(Instant now, ref OutstandingChunk chunk, ref AckSummary summary)
    {
        if (chunk.Has(ChunkState.Acknowledged) || chunk.Transmissions == 0)
        {
            return;
        }

        summary.HasNews = true;
        _losses.Arrived();
        if (chunk.IsInFlight)
        {
            var bytes = WireBytes(chunk.Length);
            _flightBytes -= bytes;
            _flightPayload -= chunk.Length;
            summary.Bytes += bytes;
            if (IsAtOrAfter(chunk.PacketNumber, _recoveryStart))
            {
                summary.GrowthBytes += bytes;
            }
        }
        else if (chunk.Has(ChunkState.Lost))
        {
            chunk.State &= ~ChunkState.Lost;
            _lostCount--;
            if (chunk.Transmissions == 1 && !_wasLastLossTimeout)
            {
                // Declared lost and it arrived by itself: the path reorders more than assumed.
                TolerateMoreReordering();
            }
        }

        // An acknowledgement that comes sooner than any round trip answers an earlier transmission.
        var age = now - chunk.SentAt;
        var isForThisTransmission = chunk.Transmissions == 1 || age >= Rtt.Min;
        if (!isForThisTransmission || !IsAtOrAfter(chunk.PacketNumber, _highestAckedPacket))
        {
            return;
        }

        _highestAckedPacket = chunk.PacketNumber;
        NoteLargeArrived(in chunk);
        if (chunk.Transmissions == 1
            && !chunk.Has(ChunkState.AckMayBeDelayed)
            && IsAtOrAfter(chunk.PacketNumber, _pathStart))
        {
            summary.RttSample = age;
            summary.HasRttSample = true;
        }
    }

    private void Conclude(Instant now, in AckSummary summary, long flightBefore, bool hasAdvanced)
    {
        if (summary.HasRttSample)
        {
            TakeRttSample(summary.RttSample);
        }

        if (summary.GrowthBytes > 0 && IsWindowLimited(flightBefore))
        {
            _congestion.OnAcknowledged(now, summary.GrowthBytes, Rtt.Smoothed ?? TimeSpan.Zero);
        }

        if (summary.HasNews || hasAdvanced)
        {
            _timeoutsInRow = 0;
            _probesInRow = 0;
            DetectLosses(now);
            RestartTimers(now);
        }

        AdvanceOverAbandoned(now);
        AllowBurst((int)(summary.Bytes / _packetBytes));
    }

    private void TakeRttSample(TimeSpan rtt)
    {
        var isNewRound = IsAtOrAfter(_highestAckedPacket, _roundEnd);
        _congestion.OnRttSample(rtt, isNewRound);
        if (isNewRound || Rtt.Smoothed is null)
        {
            // RFC 9260 section 6.3.1 C4: once per round trip.
            Rtt.AddSample(rtt);
            _roundEnd = _nextPacketNumber;
        }
    }

    /// <summary>A window that was not used says nothing about the path and must not grow (RFC 9260 section 7.2.1).</summary>
    private bool IsWindowLimited(long flightBefore) =>
        flightBefore + (4L * _packetBytes) >= _congestion.WindowBytes
        || (_congestion.IsSlowStart && flightBefore * 2 >= _congestion.WindowBytes);

    private static bool IsAtOrAfter(uint packetNumber, uint other) => unchecked((int)(packetNumber - other)) >= 0;

    private struct AckSummary
    {
        public bool HasNews;
        public bool HasRttSample;
        public long Bytes;
        public long GrowthBytes;
        public TimeSpan RttSample;
    }
}
