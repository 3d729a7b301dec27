namespace KillaBeez.WebRtc.Sctp.Tx;

/// <summary>One fragment that is about to get its TSN.</summary>
internal readonly record struct Fragment(int Message, int Offset, int Length, int Number, bool IsEnd);

/// <summary>
/// What waits to be sent. Streams take turns. Without I-DATA a turn is a message, because the fragments of a
/// message have consecutive TSNs (RFC 9260 section 6.9); with it a turn is a packet's worth of bytes, so that
/// streams share the path evenly whatever the size of their messages (RFC 8260 section 3.2).
/// </summary>
internal sealed class SendQueue(MessageSlab messages, Queue<SctpEvent> events)
{
    private readonly Queue<SendStream> _round = new();
    private readonly Queue<ushort> _drained = new();

    /// <summary>Streams whose next message must not begin yet.</summary>
    private readonly Queue<SendStream> _held = new();
    private SendStream?[] _streams = new SendStream?[8];
    private SendStream? _current;
    private int _turnBytesLeft;
    private long _begunBytes;

    /// <summary>Whether fragments of several messages may mix.</summary>
    public bool Interleaves { get; set; }

    /// <summary>The bytes of a turn where messages mix.</summary>
    public int TurnBytes { get; set; } = SctpLimits.DefaultPacketBytes;

    /// <summary>
    /// The sizes together of messages that are begun and not finished: a peer that kept more incomplete messages
    /// than its window holds could finish none.
    /// </summary>
    public long MaxBegunBytes { get; set; } = long.MaxValue;

    /// <summary>Payload bytes of all streams that wait for their first transmission, DCEP apart.</summary>
    public long BufferedBytes { get; private set; }

    public bool IsEmpty => _current is null && _round.Count == 0 && _held.Count == 0;

    public SendStream Stream(ushort id)
    {
        if (id >= _streams.Length)
        {
            Array.Resize(ref _streams, Math.Min(ushort.MaxValue + 1, Math.Max(id + 1, _streams.Length * 2)));
        }

        return _streams[id] ??= new SendStream(id);
    }

    public SendStream? FindStream(ushort id) => id < _streams.Length ? _streams[id] : null;

    public void Enqueue(ushort streamId, uint payloadProtocol, ReadOnlySpan<byte> payload, bool isUnordered, bool isCounted, Reliability reliability)
    {
        var stream = Stream(streamId);
        var index = messages.Add();
        ref var message = ref messages[index];
        message.Payload = PooledBuffer.CopyOf(payload);
        message.Reliability = reliability;
        message.Stream = stream;
        message.PayloadProtocol = payloadProtocol;
        message.IsUnordered = isUnordered;
        message.IsCounted = isCounted;
        stream.PendingMessages++;
        if (isCounted)
        {
            stream.BufferedBytes += payload.Length;
            BufferedBytes += payload.Length;
        }

        if (stream.Tail == MessageSlab.None)
        {
            stream.Head = index;
        }
        else
        {
            messages[stream.Tail].Next = index;
        }

        stream.Tail = index;
        if (!stream.IsScheduled)
        {
            stream.IsScheduled = true;
            _round.Enqueue(stream);
        }
    }

    /// <summary>The message whose fragment is next, after dropping those whose lifetime is over; None if nothing waits.</summary>
    public int Peek(Instant now)
    {
        while (true)
        {
            if (_current is null)
            {
                if (!_round.TryDequeue(out _current))
                {
                    return MessageSlab.None;
                }

                _turnBytesLeft = TurnBytes;
            }

            var index = _current.Head;
            if (index == MessageSlab.None)
            {
                _current.IsScheduled = false;
                _current = null;
                continue;
            }

            ref var message = ref messages[index];
            if (message.AssignedBytes == 0 && message.Reliability.ExpiresAt <= now)
            {
                RemoveHead(_current);
                Uncount(ref message, message.Payload.Length);
                Free(index);
                continue;
            }

            if (!MayBegin(in message))
            {
                _held.Enqueue(_current);
                _current = null;
                continue;
            }

            return index;
        }
    }

    /// <summary>Takes up to <paramref name="maxBytes"/> of the message that <see cref="Peek"/> named.</summary>
    public Fragment Take(int index, int maxBytes)
    {
        ref var message = ref messages[index];
        var stream = message.Stream;
        var offset = message.AssignedBytes;
        var length = Math.Min(maxBytes, message.Payload.Length - offset);
        if (offset == 0)
        {
            message.MessageId = message.IsUnordered ? stream.NextUnordered++ : stream.NextOrdered++;
        }

        message.AssignedBytes = offset + length;
        message.OutstandingChunks++;
        _turnBytesLeft -= length;
        var isEnd = message.AssignedBytes == message.Payload.Length;
        if (isEnd)
        {
            message.IsFullyAssigned = true;
            EndMessage(ref message);
            RemoveHead(stream);
        }
        else if (!message.IsBegun)
        {
            message.IsBegun = true;
            _begunBytes += message.Payload.Length;
        }

        if (Interleaves ? _turnBytesLeft <= 0 || stream.Head == MessageSlab.None : isEnd)
        {
            EndTurn(stream);
        }

        Uncount(ref message, length);
        return new Fragment(index, offset, length, message.NextFragment++, isEnd);
    }

    /// <summary>Takes a message that is given up in the middle out of the queue.</summary>
    public void DropRest(int index)
    {
        ref var message = ref messages[index];
        message.IsFullyAssigned = true;
        EndMessage(ref message);
        RemoveHead(message.Stream);
        if (message.Stream == _current)
        {
            EndTurn(message.Stream);
        }

        Uncount(ref message, message.Payload.Length - message.AssignedBytes);
    }

    /// <summary>Drops what a stream has not begun to send; the message in the middle goes on.</summary>
    public void DropUnsent(SendStream stream)
    {
        var keep = stream.Head != MessageSlab.None && messages[stream.Head].AssignedBytes > 0 ? stream.Head : MessageSlab.None;
        var index = keep == MessageSlab.None ? stream.Head : messages[keep].Next;
        stream.Head = stream.Tail = keep;
        if (keep != MessageSlab.None)
        {
            messages[keep].Next = MessageSlab.None;
        }

        while (index != MessageSlab.None)
        {
            var next = messages[index].Next;
            Uncount(ref messages[index], messages[index].Payload.Length);
            Free(index);
            index = next;
        }
    }

    /// <summary>A stream that is to be reset and has nothing pending any more. Call until false.</summary>
    public bool TryTakeDrained(out ushort streamId) => _drained.TryDequeue(out streamId);

    /// <summary>Frees a message that nothing refers to any more.</summary>
    public void Free(int index)
    {
        var stream = messages[index].Stream;
        messages.Remove(index);
        if (--stream.PendingMessages == 0 && stream.IsClosing)
        {
            _drained.Enqueue(stream.Id);
        }
    }

    /// <summary>A message of one packet is never held back: a peer takes it without keeping it.</summary>
    private bool MayBegin(in OutgoingMessage message) =>
        !Interleaves
        || message.IsBegun
        || _begunBytes == 0
        || message.Payload.Length <= TurnBytes
        || _begunBytes + message.Payload.Length <= MaxBegunBytes;

    private void EndMessage(ref OutgoingMessage message)
    {
        if (!message.IsBegun)
        {
            return;
        }

        message.IsBegun = false;
        _begunBytes -= message.Payload.Length;
        while (_held.TryDequeue(out var stream))
        {
            _round.Enqueue(stream);
        }
    }

    private void RemoveHead(SendStream stream)
    {
        stream.Head = messages[stream.Head].Next;
        if (stream.Head == MessageSlab.None)
        {
            stream.Tail = MessageSlab.None;
        }
    }

    private void EndTurn(SendStream stream)
    {
        _current = null;
        if (stream.Head == MessageSlab.None)
        {
            stream.IsScheduled = false;
        }
        else
        {
            _round.Enqueue(stream);
        }
    }

    private void Uncount(ref OutgoingMessage message, int bytes)
    {
        if (!message.IsCounted || bytes == 0)
        {
            return;
        }

        var stream = message.Stream;
        var wasAbove = stream.BufferedBytes > stream.LowThresholdBytes;
        stream.BufferedBytes -= bytes;
        BufferedBytes -= bytes;
        if (wasAbove && stream.BufferedBytes <= stream.LowThresholdBytes)
        {
            events.Enqueue(new SctpEvent { Kind = SctpEventKind.BufferedAmountLow, StreamId = stream.Id });
        }
    }
}
