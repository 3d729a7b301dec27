using KillaBeez.WebRtc.Sctp.Packet.Chunks;

namespace KillaBeez.WebRtc.Sctp.Tx;

/// <content>
/// Giving messages up (RFC 3758). Always whole messages: a message whose last fragment has no TSN yet gets
/// one that is never sent, so that FORWARD-TSN never ends in the middle of a message, which makes usrsctp abort.
/// </content>
internal sealed partial class DataSender
{
    private const int MaxSkippedEntries = 256;

    private Tsn _advancedAck;
    private Instant _forwardTsnAt = Instant.Never;
    private Instant _lastForwardTsn;
    private bool _hasSentForwardTsn;

    private bool IsForwardTsnWanted => _advancedAck > _cumulativeAck;

    public bool IsForwardTsnDue(Instant now) => IsForwardTsnWanted && _forwardTsnAt <= now;

    /// <summary>
    /// Writes a FORWARD-TSN or I-FORWARD-TSN to the advanced peer ack point, or to a point before it where more
    /// streams are skipped than fit (RFC 3758 section 3.5, C3 and C4; RFC 8260 section 2.3.1).
    /// </summary>
    public void AddForwardTsn(Instant now, ref SpanWriter writer, int limit)
    {
        var entryBytes = _isInterleaving ? IForwardTsnChunk.EntryBytes : ForwardTsnChunk.EntryBytes;
        var room = (limit - writer.Position - ForwardTsnChunk.FixedBytes) / entryBytes;
        Span<SkippedMessage> skipped = stackalloc SkippedMessage[Math.Min(room, MaxSkippedEntries)];
        var count = 0;
        var upTo = _cumulativeAck;
        for (var tsn = _cumulativeAck.Next; tsn <= _advancedAck; tsn = tsn.Next)
        {
            // DATA does not number unordered messages, so FORWARD-TSN does not name them.
            ref var message = ref _messages[_ring[tsn].Message];
            if (message.IsAbandoned
                && (_isInterleaving || !message.IsUnordered)
                && !TryNoteSkipped(skipped, ref count, in message))
            {
                break;
            }

            upTo = tsn;
        }

        WriteForwardTsn(ref writer, upTo, skipped[..count]);
        _lastForwardTsn = now;
        _hasSentForwardTsn = true;
        _forwardTsnAt = Instant.Never;
        if (_retransmitAt == Instant.Never)
        {
            _retransmitAt = now + Rtt.BackedOff(_timeoutsInRow);
        }
    }

    private void WriteForwardTsn(ref SpanWriter writer, Tsn upTo, scoped ReadOnlySpan<SkippedMessage> skipped)
    {
        if (_isInterleaving)
        {
            IForwardTsnChunk.Write(ref writer, upTo, skipped);
            return;
        }

        Span<SkippedStream> streams = stackalloc SkippedStream[skipped.Length];
        for (var i = 0; i < skipped.Length; i++)
        {
            streams[i] = new SkippedStream(skipped[i].StreamId, (ushort)skipped[i].MessageId);
        }

        ForwardTsnChunk.Write(ref writer, upTo, streams);
    }

    private static bool TryNoteSkipped(Span<SkippedMessage> skipped, ref int count, in OutgoingMessage message)
    {
        // Messages of a stream are skipped in order, so the latest entry of a stream is its highest.
        var entry = new SkippedMessage(message.Stream.Id, message.IsUnordered, message.MessageId);
        for (var i = count - 1; i >= 0; i--)
        {
            if (skipped[i].StreamId == entry.StreamId && skipped[i].IsUnordered == entry.IsUnordered)
            {
                skipped[i] = entry;
                return true;
            }
        }

        if (count == skipped.Length)
        {
            return false;
        }

        skipped[count++] = entry;
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
            // What is outstanding of the message is found from the last TSN backwards.
            Abandon(now, index, LastAssignedTsn);
            AdvanceOverAbandoned(now);
            index = Queue.Peek(now);
        }
    }

    /// <summary>Gives up a message whose outstanding chunks, if it has any, lie around the given TSN.</summary>
    private void Abandon(Instant now, int index, Tsn tsn)
    {
        ref var message = ref _messages[index];
        if (message.IsAbandoned)
        {
            return;
        }

        message.IsAbandoned = true;
        var left = message.OutstandingChunks;
        for (var at = tsn; left > 0 && at > _cumulativeAck; at = at.Previous)
        {
            left -= TryAbandonChunk(at, index) ? 1 : 0;
        }

        for (var at = tsn.Next; left > 0 && at < _nextTsn; at = at.Next)
        {
            left -= TryAbandonChunk(at, index) ? 1 : 0;
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

    private bool TryAbandonChunk(Tsn tsn, int message)
    {
        ref var chunk = ref _ring[tsn];
        if (chunk.Message != message)
        {
            return false;
        }

        if (chunk.IsInFlight)
        {
            TakeOutOfFlight(ref chunk);
        }
        else if (chunk.Has(ChunkState.Lost))
        {
            _lostCount--;
        }

        chunk.State = (chunk.State & (ChunkState.Begin | ChunkState.End | ChunkState.Acknowledged)) | ChunkState.Abandoned;
        return true;
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

    /// <summary>
    /// Moves the advanced peer ack point over what is given up (RFC 3758 section 3.5, C2). Interleaved messages
    /// alternate with those of other streams; what this stack has reported in a gap block it never drops again, so
    /// its own kind passes over that too and needs no round trip for each alternation.
    /// </summary>
    private void AdvanceOverAbandoned(Instant now)
    {
        var before = _advancedAck;
        for (var tsn = _advancedAck.Next; tsn < _nextTsn; tsn = tsn.Next)
        {
            ref var chunk = ref _ring[tsn];
            if (chunk.Has(ChunkState.Abandoned))
            {
                _advancedAck = tsn;
            }
            else if (!_isPeerOwnStack || !chunk.Has(ChunkState.Acknowledged))
            {
                break;
            }
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
