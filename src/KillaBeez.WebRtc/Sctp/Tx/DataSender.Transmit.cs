using KillaBeez.WebRtc.Sctp.Packet.Chunks;

namespace KillaBeez.WebRtc.Sctp.Tx;

/// <content>Filling packets with DATA: first what was lost, then what is new.</content>
internal sealed partial class DataSender
{
    /// <summary>A message is split to fill the rest of a packet only where this much of it fits.</summary>
    private const int MinSplitBytes = 256;

    /// <summary>The same for a message that is split in any case; full packets of one size leave in one call.</summary>
    private const int MinContinuationBytes = 64;

    /// <summary>Below this window every packet asks for a SACK at once, because a delayed one would stall it.</summary>
    private const int SmallWindowPackets = CongestionLimits.InitialWindowPackets;

    /// <summary>Whether <see cref="AddData"/> would add at least one chunk now.</summary>
    public bool CanSendData(Instant now)
    {
        if (!HasSendableData(now))
        {
            return false;
        }

        _pacer.Update(now, _congestion, Rtt, _packetBytes, _flightBytes == 0);
        if (_sendCredit > 0 || _pacer.MaySend)
        {
            return true;
        }

        _paceAt = _pacer.NextSend;
        return false;
    }

    private bool HasSendableData(Instant now)
    {
        if (_burstLeft <= 0 && _sendCredit == 0)
        {
            return false;
        }

        var isWindowOpen = _flightBytes < _congestion.WindowBytes || _sendCredit > 0;
        if (!isWindowOpen)
        {
            return false;
        }

        if (TryFindLost(out var lost))
        {
            return FitsPeerWindow(_ring[lost].Length, lost == _cumulativeAck.Next);
        }

        DropExpired(now);
        var index = Queue.Peek(now);
        return index != MessageSlab.None
            && OutstandingCount < _maxOutstandingChunks
            && FitsPeerWindow(Math.Min(FragmentBytes(index), MinSplitBytes), OutstandingCount == 0);
    }

    /// <summary>
    /// Adds DATA up to <paramref name="limit"/> bytes of packet. Call only where <see cref="CanSendData"/>.
    /// </summary>
    public void AddData(Instant now, Span<byte> packet, ref SpanWriter writer, int limit)
    {
        var isFlightEmpty = _flightBytes == 0;
        var firstTsn = _nextTsn;
        var start = writer.Position;
        var lastChunkAt = -1;
        var isRetransmission = AddLost(now, ref writer, limit, ref lastChunkAt);
        if (_lostCount == 0)
        {
            AddNew(now, ref writer, limit, ref lastChunkAt);
        }

        if (lastChunkAt < 0)
        {
            return;
        }

        var isQueueEmpty = Queue.IsEmpty;
        var asksForSack = isRetransmission
            || _sendCredit > 0
            || _congestion.WindowBytes < (long)SmallWindowPackets * _packetBytes
            || (isQueueEmpty && (!_isPeerOwnStack || !isFlightEmpty || Rtt.Smoothed is null));
        if (asksForSack)
        {
            packet[lastChunkAt + 1] |= (byte)DataFlags.Immediate;
        }
        else if (isFlightEmpty)
        {
            for (var tsn = firstTsn; tsn < _nextTsn; tsn = tsn.Next)
            {
                _ring[tsn].State |= ChunkState.AckMayBeDelayed;
            }
        }

        _sendCredit = 0;
        _burstLeft--;
        _pacer.NoteSent(writer.Position - start);
        _nextPacketNumber++;
        _statistics = _statistics with { PacketsSent = _statistics.PacketsSent + 1 };
        ArmTimers(now, asksForSack);
    }

    private bool FitsPeerWindow(int payloadBytes, bool isProbe) =>
        _flightPayload + payloadBytes <= _peerWindow

        // RFC 9260 section 6.1 A: one chunk may be in flight whatever the window; it finds out when it opens.
        || isProbe;

    private int FragmentBytes(int index)
    {
        ref var message = ref _messages[index];
        return Math.Min(message.Payload.Length - message.AssignedBytes, _packetBytes);
    }

    private bool AddLost(Instant now, ref SpanWriter writer, int limit, ref int lastChunkAt)
    {
        var hasAdded = false;
        while (TryFindLost(out var tsn))
        {
            ref var chunk = ref _ring[tsn];
            if (writer.Position + WireBytes(chunk.Length) > limit
                || !FitsPeerWindow(chunk.Length, tsn == _cumulativeAck.Next))
            {
                break;
            }

            chunk.State &= ~(ChunkState.Lost | ChunkState.AckMayBeDelayed);
            _lostCount--;
            lastChunkAt = writer.Position;
            Write(now, ref writer, tsn, ref chunk);
            _statistics = _statistics with { ChunksRetransmitted = _statistics.ChunksRetransmitted + 1 };
            hasAdded = true;
        }

        return hasAdded;
    }

    private void AddNew(Instant now, ref SpanWriter writer, int limit, ref int lastChunkAt)
    {
        while (OutstandingCount < _maxOutstandingChunks)
        {
            var index = Queue.Peek(now);
            var room = limit - writer.Position - _chunkHeaderBytes;
            if (index == MessageSlab.None || room <= 0)
            {
                return;
            }

            ref var message = ref _messages[index];
            var left = message.Payload.Length - message.AssignedBytes;
            var isSplitAnyway = message.AssignedBytes > 0 || left > _packetBytes - _chunkHeaderBytes;
            if (left > room && lastChunkAt >= 0 && room < (isSplitAnyway ? MinContinuationBytes : MinSplitBytes))
            {
                return;
            }

            var length = Math.Min(Math.Min(left, room), _basePacketBytes - _chunkHeaderBytes);
            if (!FitsPeerWindow(length, OutstandingCount == 0))
            {
                // A small opening of the window is used once the packet is empty otherwise and worth it.
                length = (int)Math.Min(length, _peerWindow - _flightPayload);
                if (lastChunkAt >= 0 || length < MinSplitBytes)
                {
                    return;
                }
            }

            lastChunkAt = writer.Position;
            AssignAndWrite(now, ref writer, index, length);
        }
    }

    private void AssignAndWrite(Instant now, ref SpanWriter writer, int index, int length)
    {
        var fragment = Queue.Take(index, length);
        var tsn = _nextTsn;
        _ring.EnsureWindow(_cumulativeAck.Next, OutstandingCount + 1);
        _nextTsn = tsn.Next;
        ref var chunk = ref _ring[tsn];
        chunk = new OutstandingChunk
        {
            Message = index,
            Offset = fragment.Offset,
            Fragment = fragment.Number,
            Length = (ushort)fragment.Length,
            State = (fragment.Number == 0 ? ChunkState.Begin : 0) | (fragment.IsEnd ? ChunkState.End : 0),
        };
        Write(now, ref writer, tsn, ref chunk);
        _statistics = _statistics with { PayloadBytesSent = _statistics.PayloadBytesSent + fragment.Length };
    }

    private void Write(Instant now, ref SpanWriter writer, Tsn tsn, ref OutstandingChunk chunk)
    {
        ref var message = ref _messages[chunk.Message];
        var flags = (chunk.Has(ChunkState.Begin) ? DataFlags.Begin : 0)
            | (chunk.Has(ChunkState.End) ? DataFlags.End : 0)
            | (message.IsUnordered ? DataFlags.Unordered : 0);
        var payload = message.Payload.Span.Slice(chunk.Offset, chunk.Length);
        if (_isInterleaving)
        {
            new IDataChunk
            {
                Flags = flags,
                Tsn = tsn,
                StreamId = message.Stream.Id,
                MessageId = message.MessageId,
                PayloadProtocol = message.PayloadProtocol,
                FragmentNumber = (uint)chunk.Fragment,
                Payload = payload,
            }.Write(ref writer);
        }
        else
        {
            new DataChunk
            {
                Flags = flags,
                Tsn = tsn,
                StreamId = message.Stream.Id,
                StreamSequence = message.IsUnordered ? (ushort)0 : (ushort)message.MessageId,
                PayloadProtocol = message.PayloadProtocol,
                Payload = payload,
            }.Write(ref writer);
        }

        chunk.State = writer.Position > _basePacketBytes + Packet.SctpPacketHeader.SizeBytes
            ? chunk.State | ChunkState.InLargePacket
            : chunk.State & ~ChunkState.InLargePacket;
        chunk.SentAt = now;
        chunk.PacketNumber = _nextPacketNumber;
        chunk.Transmissions = (byte)Math.Min(chunk.Transmissions + 1, byte.MaxValue);
        _flightBytes += WireBytes(chunk.Length);
        _flightPayload += chunk.Length;
    }
}
