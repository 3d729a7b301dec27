using KillaBeez.WebRtc.Sctp.Packet.Chunks;

namespace KillaBeez.WebRtc.Sctp.Tx;

/// <content>
/// Giving messages up (RFC 3758). Always whole messages: a message whose last fragment has no TSN yet gets
/// one that is never sent, so that FORWARD-TSN never ends in the middle of a message, which makes usrsctp abort.
/// </content>
internal sealed partial class DataSender
{
    private Tsn _advancedAck;
    private Instant _forwardTsnAt = Instant.Never;
    private Instant _lastForwardTsn;
    private bool _hasSentForwardTsn;

    private bool IsForwardTsnWanted => _advancedAck > _cumulativeAck;

    public bool IsForwardTsnDue(Instant now) => IsForwardTsnWanted && _forwardTsnAt <= now;

    /// <summary>
    /// Writes a FORWARD-TSN to the advanced peer ack point, or to a point before it where more streams are
    /// skipped than fit (RFC 3758 section 3.5, C3 and C4).
    /// </summary>
    public void AddForwardTsn(Instant now, ref SpanWriter writer, int limit)
    {
        var room = (limit - writer.Position - ForwardTsnChunk.FixedBytes) / ForwardTsnChunk.EntryBytes;
        Span<SkippedStream> skipped = stackalloc SkippedStream[Math.Min(room, 256)];
        var count = 0;
        var upTo = _cumulativeAck;
        for (var tsn = _cumulativeAck.Next; tsn <= _advancedAck; tsn = tsn.Next)
        {
            ref var message = ref _messages[_ring[tsn].Message];
            if (!message.IsUnordered && !TryNoteSkipped(skipped, ref count, message.Stream.Id, message.StreamSequence))
            {
                break;
            }

            upTo = tsn;
        }

        ForwardTsnChunk.Write(ref writer, upTo, skipped[..count]);
        _lastForwardTsn = now;
        _hasSentForwardTsn = true;
        _forwardTsnAt = Instant.Never;
        if (_retransmitAt == Instant.Never)
        {
            _retransmitAt = now + Rtt.BackedOff(_timeoutsInRow);
        }
    }

    private static bool TryNoteSkipped(Span<SkippedStream> skipped, ref int count, ushort streamId, ushort sequence)
    {
        // Messages of a stream are skipped in order, so the latest entry of a stream is its highest.
        for (var i = count - 1; i >= 0; i--)
        {
            if (skipped[i].StreamId == streamId)
            {
                skipped[i] = new SkippedStream(streamId, sequence);
                return true;
            }
        }

        if (count == skipped.Length)
        {
            return false;
        }

        skipped[count++] = new SkippedStream(streamId, sequence);
        return true;
    }

    /// <summary>Whether a lost chunk's message has used up its retransmissions or its lifetime.</summary>
    private bool IsGivenUp(Instant now, in OutstandingChunk chunk)
    {
        ref var message = ref _messages[chunk.Message];
        return _peerForwardsTsn
            && message.Reliability.IsPartial
            && (chunk.Transmissions > message.Reliability.MaxRetransmits || message.Reliability.ExpiresAt <= now);
    }

    /// <summary>Gives up the message at the head of the queue when its lifetime ends half-way.</summary>
    private void DropExpired(Instant now)
    {
        var index = Queue.Peek(now);
        while (index != MessageSlab.None
            && _peerForwardsTsn
            && _messages[index].AssignedBytes > 0
            && _messages[index].Reliability.ExpiresAt <= now)
        {
            // Without interleaving the message in the middle owns the last TSN, if that is still outstanding.
            Abandon(now, index, LastAssignedTsn);
            AdvanceOverAbandoned(now);
            index = Queue.Peek(now);
        }
    }

    /// <summary>Gives up a message, one of whose outstanding chunks, if any is, has the given TSN.</summary>
    private void Abandon(Instant now, int index, Tsn tsn)
    {
        ref var message = ref _messages[index];
        if (message.IsAbandoned)
        {
            return;
        }

        message.IsAbandoned = true;
        var first = tsn.Next;
        while (first.Previous > _cumulativeAck && _ring[first.Previous].Message == index)
        {
            first = first.Previous;
        }

        for (var at = first; at < _nextTsn && _ring[at].Message == index; at = at.Next)
        {
            AbandonChunk(ref _ring[at]);
        }

        if (!message.IsFullyAssigned)
        {
            AddPlaceholder(index);
            Queue.DropRest(index);
        }

        message.Payload.Dispose();
        message.Payload = default;
        _statistics = _statistics with { MessagesAbandoned = _statistics.MessagesAbandoned + 1 };
        WantForwardTsn(now);
    }

    private void AbandonChunk(ref OutstandingChunk chunk)
    {
        if (chunk.IsInFlight)
        {
            TakeOutOfFlight(ref chunk);
        }
        else if (chunk.Has(ChunkState.Lost))
        {
            _lostCount--;
        }

        chunk.State = (chunk.State & (ChunkState.Begin | ChunkState.End | ChunkState.Acknowledged)) | ChunkState.Abandoned;
    }

    private void AddPlaceholder(int index)
    {
        _ring.EnsureWindow(_cumulativeAck.Next, OutstandingCount + 1);
        _ring[_nextTsn] = new OutstandingChunk
        {
            Message = index,
            State = ChunkState.End | ChunkState.Abandoned,
            PacketNumber = _nextPacketNumber,
        };
        _nextTsn = _nextTsn.Next;
        _messages[index].OutstandingChunks++;
    }

    /// <summary>Moves the advanced peer ack point over what is given up (RFC 3758 section 3.5, C2).</summary>
    private void AdvanceOverAbandoned(Instant now)
    {
        var before = _advancedAck;
        while (_advancedAck.Next < _nextTsn && _ring[_advancedAck.Next].Has(ChunkState.Abandoned))
        {
            _advancedAck = _advancedAck.Next;
        }

        if (_advancedAck != before || IsForwardTsnWanted)
        {
            WantForwardTsn(now);
        }
    }

    private void WantForwardTsn(Instant now)
    {
        if (!IsForwardTsnWanted || _forwardTsnAt != Instant.Never)
        {
            return;
        }

        var interval = Rtt.Smoothed is { } rtt && rtt < SctpLimits.MaxForwardTsnInterval ? rtt : SctpLimits.MaxForwardTsnInterval;
        _forwardTsnAt = _hasSentForwardTsn ? Instant.Max(now, _lastForwardTsn + interval) : now;
    }
}
