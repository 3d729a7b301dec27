namespace KillaBeez.WebRtc.Sctp.Rx;

/// <summary>
/// Makes messages of I-DATA fragments (RFC 8260), which name their message and their place in it, so that they
/// may come in any mixture and need not wait for the cumulative TSN. The usual cases cost no search: a message
/// of one chunk whose turn it is, and a fragment of the same message as the one before.
/// </summary>
internal sealed class InterleavedReassembler(int maxMessageBytes, ReceiveWindow window, Queue<SctpEvent> events) : IReassembler
{
    private const int MaxSpareMessages = 64;

    private readonly Stack<PartialMessage> _spare = new();
    private InterleavedStream?[] _streams = new InterleavedStream?[16];
    private PartialMessage? _latest;
    private int _usualLength;
    private int _messageCount;

    public int HeldCount { get; private set; }

    public bool IsResetPending { get; set; }

    public ReassemblyError Consume(FragmentHeader header, ReadOnlySpan<byte> payload)
    {
        if (_latest is { } latest && latest.Is(in header))
        {
            return Add(latest, in header, payload);
        }

        var stream = Stream(header.StreamId);
        if (stream.IsPast(header.IsUnordered, header.MessageId))
        {
            // A fragment of a message that the peer gave up: I-FORWARD-TSN went by the message, not by this TSN.
            return ReassemblyError.None;
        }

        if (header is { IsBegin: true, IsEnd: true } && (header.IsUnordered || header.MessageId == stream.NextOrdered))
        {
            return DeliverSingle(stream, in header, payload);
        }

        var place = stream.Find(header.IsUnordered, header.MessageId);
        if (place < 0)
        {
            if (HeldCount >= SctpLimits.MaxInterleavedEntries)
            {
                return ReassemblyError.TooManyMessages;
            }

            place = ~place;
            stream.Of(header.IsUnordered).Insert(place, Open(in header, payload.Length));
        }

        return Add(stream.Of(header.IsUnordered)[place], in header, payload);
    }

    /// <summary>It makes no difference whether a gap lies before a chunk.</summary>
    public ReassemblyError Hold(Tsn cumulative, Tsn tsn, FragmentHeader header, ReadOnlySpan<byte> payload) => Consume(header, payload);

    /// <summary>
    /// The peer gave up a message and those before it (RFC 8260 section 2.3.1). What is whole of them is delivered
    /// nevertheless, as RFC 3758 section 3.6 has it.
    /// </summary>
    public void Skip(ushort streamId, bool isUnordered, uint messageId)
    {
        var stream = Stream(streamId);
        if (stream.IsPast(isUnordered, messageId))
        {
            return;
        }

        var messages = stream.Of(isUnordered);
        var count = 0;
        while (count < messages.Count && InterleavedStream.Compare(messages[count].MessageId, messageId) <= 0)
        {
            var message = messages[count++];
            if (message.IsComplete)
            {
                Deliver(message);
            }

            Close(message);
        }

        messages.RemoveRange(0, count);
        if (isUnordered)
        {
            stream.FirstUnordered = messageId + 1;
        }
        else
        {
            stream.NextOrdered = messageId + 1;
            DeliverFollowing(stream);
        }
    }

    public void ResetStream(ushort streamId)
    {
        if (streamId < _streams.Length && _streams[streamId] is { } stream)
        {
            Reset(stream);
        }
    }

    public void ResetAllStreams()
    {
        foreach (var stream in _streams)
        {
            if (stream is not null)
            {
                Reset(stream);
            }
        }
    }

    public void Clear(Tsn cumulative) => ResetAllStreams();

    private ReassemblyError DeliverSingle(InterleavedStream stream, in FragmentHeader header, ReadOnlySpan<byte> payload)
    {
        if (payload.Length > maxMessageBytes)
        {
            return ReassemblyError.MessageTooLarge;
        }

        if (header.IsUnordered ? stream.Unordered.Count > 0 && stream.Find(true, header.MessageId) >= 0 : IsFirst(stream, header.MessageId))
        {
            // Another message of the same number is being put together.
            return ReassemblyError.FragmentMismatch;
        }

        Report(header.StreamId, header.PayloadProtocol, PooledBuffer.CopyOf(payload));
        if (header.IsUnordered)
        {
            stream.NoteUnordered(header.MessageId);
        }
        else
        {
            stream.NextOrdered++;
            DeliverFollowing(stream);
        }

        return ReassemblyError.None;
    }

    private ReassemblyError Add(PartialMessage message, in FragmentHeader header, ReadOnlySpan<byte> payload)
    {
        var laterBefore = message.LaterCount;
        var bytesBefore = message.HeldBytes;
        var error = message.Add(in header, payload, maxMessageBytes);
        HeldCount += message.LaterCount - laterBefore;
        window.HeldBytes += message.HeldBytes - bytesBefore;
        _latest = message;
        if (error == ReassemblyError.None && message.IsComplete)
        {
            Finish(message);
        }

        return error;
    }

    private void Finish(PartialMessage message)
    {
        var stream = Stream(message.StreamId);
        _latest = null;
        _usualLength = message.Length;
        if (message.IsUnordered)
        {
            stream.Unordered.RemoveAt(stream.Find(true, message.MessageId));
            Deliver(message);
            stream.NoteUnordered(message.MessageId);
            Close(message);
        }
        else
        {
            DeliverFollowing(stream);
        }
    }

    private void DeliverFollowing(InterleavedStream stream)
    {
        var count = 0;
        while (count < stream.Ordered.Count && stream.Ordered[count] is { IsComplete: true } next && next.MessageId == stream.NextOrdered)
        {
            Deliver(next);
            Close(next);
            stream.NextOrdered++;
            count++;
        }

        if (count > 0)
        {
            stream.Ordered.RemoveRange(0, count);
        }
    }

    private static bool IsFirst(InterleavedStream stream, uint messageId) =>
        stream.Ordered.Count > 0 && stream.Ordered[0].MessageId == messageId;

    /// <summary>Reports a whole message; <see cref="Close"/> follows.</summary>
    private void Deliver(PartialMessage message) =>
        Report(message.StreamId, message.PayloadProtocol, message.TakePayload());

    private void Report(ushort streamId, uint protocol, PooledBuffer payload)
    {
        window.Delivered(payload.Length);
        events.Enqueue(new SctpEvent
        {
            Kind = SctpEventKind.Message,
            StreamId = streamId,
            PayloadProtocol = protocol,
            Payload = payload,
        });
    }

    private PartialMessage Open(in FragmentHeader header, int firstBytes)
    {
        // Messages tend to be as long as the one before, and then nothing is copied twice. Of many that are open
        // at once no more is taken on trust than four times what came.
        var expected = header is { IsBegin: true, IsEnd: true } ? firstBytes : firstBytes * 4;
        if (_messageCount == 0)
        {
            expected = Math.Max(Math.Min(_usualLength, maxMessageBytes), expected);
        }

        var message = _spare.Count > 0 ? _spare.Pop() : new PartialMessage();
        message.Begin(in header, expected);
        _messageCount++;
        HeldCount++;
        return message;
    }

    /// <summary>Takes a message out of the count and returns its buffers; its list is the caller's business.</summary>
    private void Close(PartialMessage message)
    {
        HeldCount -= 1 + message.LaterCount;
        window.HeldBytes -= message.HeldBytes;
        _messageCount--;
        message.Drop();
        if (ReferenceEquals(_latest, message))
        {
            _latest = null;
        }

        if (_spare.Count < MaxSpareMessages)
        {
            _spare.Push(message);
        }
    }

    private void Reset(InterleavedStream stream)
    {
        foreach (var message in stream.Ordered)
        {
            Close(message);
        }

        foreach (var message in stream.Unordered)
        {
            Close(message);
        }

        stream.Ordered.Clear();
        stream.Unordered.Clear();
        stream.NextOrdered = 0;
        stream.FirstUnordered = 0;
    }

    private InterleavedStream Stream(ushort streamId)
    {
        if (streamId >= _streams.Length)
        {
            Array.Resize(ref _streams, Math.Min(ushort.MaxValue + 1, Math.Max(streamId + 1, _streams.Length * 2)));
        }

        return _streams[streamId] ??= new InterleavedStream();
    }
}
