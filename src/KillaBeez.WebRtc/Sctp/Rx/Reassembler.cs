using KillaBeez.WebRtc.Sctp.Packet.Chunks;

namespace KillaBeez.WebRtc.Sctp.Rx;

/// <summary>
/// Makes messages of fragments. Without interleaving the fragments of a message have consecutive TSNs, so
/// everything up to the cumulative TSN is consumed in TSN order by one open message, which needs no search
/// and cannot be made to hold more than one message. Chunks above a gap wait in a ring; a message that is
/// whole there is delivered early where order allows it: unordered, or the next of its stream.
/// </summary>
internal sealed class Reassembler(int maxMessageBytes, ReceiveWindow window, Queue<SctpEvent> events) : IReassembler
{
    private const int MaxEarlyFragments = 512;

    private readonly TsnRing<HeldChunk> _ring = new(64);
    private ushort[] _nextSequence = new ushort[16];
    private PooledBuffer _open;
    private FragmentHeader _openHeader;
    private int _openLength;
    private int _usualLength;
    private bool _hasOpen;
    private bool _isSkipping;

    /// <summary>How many chunks wait above a gap.</summary>
    public int HeldCount { get; private set; }

    /// <summary>
    /// Streams whose reset is announced for a TSN not yet reached: their sequence numbers cannot be judged,
    /// so nothing is delivered early.
    /// </summary>
    public bool IsResetPending { get; set; }

    /// <summary>Consumes the chunk that follows the cumulative TSN.</summary>
    public ReassemblyError Consume(FragmentHeader header, ReadOnlySpan<byte> payload)
    {
        if (header.IsBegin)
        {
            _isSkipping = false;
            if (_hasOpen)
            {
                return ReassemblyError.FragmentMismatch;
            }

            if (header.IsEnd)
            {
                if (payload.Length > maxMessageBytes)
                {
                    return ReassemblyError.MessageTooLarge;
                }

                Deliver(header, PooledBuffer.CopyOf(payload));
                return ReassemblyError.None;
            }

            OpenMessage(header, payload.Length);
        }
        else if (!_hasOpen)
        {
            // The rest of a message whose beginning the peer gave up: some stacks end FORWARD-TSN in the middle
            // of a message.
            var isSkipped = _isSkipping;
            _isSkipping &= !header.IsEnd;
            return isSkipped ? ReassemblyError.None : ReassemblyError.FragmentMismatch;
        }
        else if (header.StreamId != _openHeader.StreamId || header.IsUnordered != _openHeader.IsUnordered)
        {
            return ReassemblyError.FragmentMismatch;
        }

        if (!TryAppend(payload))
        {
            return ReassemblyError.MessageTooLarge;
        }

        if (header.IsEnd)
        {
            _hasOpen = false;
            _usualLength = _openLength;
            window.HeldBytes -= _openLength;
            Deliver(_openHeader, _open.Truncate(_openLength));
        }

        return ReassemblyError.None;
    }

    /// <summary>Consumes a held chunk when the cumulative TSN reaches it.</summary>
    public ReassemblyError ConsumeHeld(Tsn tsn)
    {
        ref var chunk = ref _ring[tsn];
        if (chunk.State == HeldState.Missing)
        {
            SkipMissing();
            return ReassemblyError.None;
        }

        var error = ReassemblyError.None;
        if (chunk.State == HeldState.Held)
        {
            var header = new FragmentHeader(chunk.Flags, chunk.StreamId, chunk.StreamSequence, chunk.PayloadProtocol);
            window.HeldBytes -= chunk.Payload.Length;
            error = Consume(header, chunk.Payload.Span);
            chunk.Payload.Dispose();
        }

        chunk = default;
        HeldCount--;
        return error;
    }

    /// <summary>Drops the message whose fragment at the cumulative TSN will never come.</summary>
    public void SkipMissing()
    {
        DropOpen();
        _isSkipping = true;
    }

    /// <summary>Keeps a chunk above a gap, or delivers its message if it is whole and its turn has come.</summary>
    public ReassemblyError Hold(Tsn cumulative, Tsn tsn, FragmentHeader header, ReadOnlySpan<byte> payload)
    {
        _ring.EnsureWindow(cumulative.Next, tsn.DistanceFrom(cumulative));
        ref var chunk = ref _ring[tsn];
        HeldCount++;
        if (!IsResetPending && header is { IsBegin: true, IsEnd: true } && MayDeliverEarly(header))
        {
            if (payload.Length > maxMessageBytes)
            {
                return ReassemblyError.MessageTooLarge;
            }

            chunk.State = HeldState.Consumed;
            Deliver(header, PooledBuffer.CopyOf(payload));
            return DeliverFollowing(cumulative, tsn, header);
        }

        chunk.State = HeldState.Held;
        chunk.Flags = header.Flags;
        chunk.StreamId = header.StreamId;
        chunk.StreamSequence = header.StreamSequence;
        chunk.PayloadProtocol = header.PayloadProtocol;
        chunk.Payload = PooledBuffer.CopyOf(payload);
        window.HeldBytes += payload.Length;
        return IsResetPending || !MayDeliverEarly(header) ? ReassemblyError.None : DeliverEarly(cumulative, tsn);
    }

    /// <summary>Notes that ordered messages of a stream up to this number will not come (RFC 3758 section 3.6).</summary>
    public void SkipSequence(ushort streamId, ushort sequence)
    {
        ref var next = ref NextSequence(streamId);
        if ((short)(sequence - next) >= 0)
        {
            next = (ushort)(sequence + 1);
        }
    }

    public void ResetStream(ushort streamId) => NextSequence(streamId) = 0;

    public void ResetAllStreams() => Array.Clear(_nextSequence);

    /// <summary>
    /// Returns every buffer, and their bytes to the window. Chunks may also lie at or below the cumulative TSN: a
    /// FORWARD-TSN moves it first, and the chunks that it makes consumable may turn out to break the rules.
    /// </summary>
    public void Clear(Tsn cumulative)
    {
        _ = cumulative;
        DropOpen();
        foreach (ref var chunk in _ring.Items)
        {
            window.HeldBytes -= chunk.Payload.Length;
            chunk.Payload.Dispose();
            chunk = default;
        }

        HeldCount = 0;
    }

    private void OpenMessage(FragmentHeader header, int firstBytes)
    {
        // Messages tend to be as long as the one before, and then nothing is copied twice.
        _open = PooledBuffer.Rent(Math.Max(Math.Min(_usualLength, maxMessageBytes), firstBytes * 4));
        _openHeader = header;
        _openLength = 0;
        _hasOpen = true;
    }

    private bool TryAppend(ReadOnlySpan<byte> payload)
    {
        var length = _openLength + payload.Length;
        if (length > maxMessageBytes)
        {
            return false;
        }

        if (length > _open.Length)
        {
            var larger = PooledBuffer.Rent(Math.Max(length, _open.Length * 2));
            _open.Span[.._openLength].CopyTo(larger.Span);
            _open.Dispose();
            _open = larger;
        }

        payload.CopyTo(_open.Span[_openLength..]);
        _openLength = length;
        window.HeldBytes += payload.Length;
        return true;
    }

    private void DropOpen()
    {
        if (_hasOpen)
        {
            _open.Dispose();
            window.HeldBytes -= _openLength;
            _hasOpen = false;
        }
    }

    private void Deliver(FragmentHeader header, PooledBuffer payload)
    {
        if (!header.IsUnordered)
        {
            NextSequence(header.StreamId) = (ushort)(header.StreamSequence + 1);
        }

        window.Delivered(payload.Length);
        events.Enqueue(new SctpEvent
        {
            Kind = SctpEventKind.Message,
            StreamId = header.StreamId,
            PayloadProtocol = header.PayloadProtocol,
            Payload = payload,
        });
    }

    private bool MayDeliverEarly(FragmentHeader header) =>
        header.IsUnordered || header.StreamSequence == NextSequence(header.StreamId);

    /// <summary>Delivers the message around a held chunk if all its fragments are held.</summary>
    private ReassemblyError DeliverEarly(Tsn cumulative, Tsn tsn)
    {
        if (!TryFindWhole(cumulative, tsn, out var first, out var last, out var length))
        {
            return ReassemblyError.None;
        }

        if (length > maxMessageBytes)
        {
            return ReassemblyError.MessageTooLarge;
        }

        return DeliverFollowing(cumulative, last, DeliverWhole(first, last, length));
    }

    /// <summary>An ordered message delivered early may make the next ones of its stream deliverable too.</summary>
    private ReassemblyError DeliverFollowing(Tsn cumulative, Tsn last, FragmentHeader header)
    {
        while (!header.IsUnordered
            && TryFindNextOfStream(cumulative, last, header.StreamId, out var next)
            && TryFindWhole(cumulative, next, out var first, out last, out var length))
        {
            if (length > maxMessageBytes)
            {
                return ReassemblyError.MessageTooLarge;
            }

            header = DeliverWhole(first, last, length);
        }

        return ReassemblyError.None;
    }

    private FragmentHeader DeliverWhole(Tsn first, Tsn last, int length)
    {
        ref var head = ref _ring[first];
        var header = new FragmentHeader(head.Flags, head.StreamId, head.StreamSequence, head.PayloadProtocol);
        var message = PooledBuffer.Rent(length);
        var rest = message.Span;
        for (var at = first; at <= last; at = at.Next)
        {
            ref var chunk = ref _ring[at];
            chunk.Payload.Span.CopyTo(rest);
            rest = rest[chunk.Payload.Length..];
            chunk.Payload.Dispose();
            chunk = new HeldChunk { State = HeldState.Consumed };
        }

        window.HeldBytes -= length;
        Deliver(header, message);
        return header;
    }

    private bool TryFindNextOfStream(Tsn cumulative, Tsn after, ushort streamId, out Tsn found)
    {
        found = after.Next;
        for (var i = 0; i < MaxEarlyFragments && found.DistanceFrom(cumulative) <= SctpLimits.MaxTsnOffset; i++)
        {
            ref var chunk = ref ChunkAt(cumulative, found);
            if (chunk.State == HeldState.Held
                && chunk.StreamId == streamId
                && (chunk.Flags & (DataFlags.Unordered | DataFlags.Begin)) == DataFlags.Begin
                && chunk.StreamSequence == NextSequence(streamId))
            {
                return true;
            }

            found = found.Next;
        }

        return false;
    }

    private bool TryFindWhole(Tsn cumulative, Tsn tsn, out Tsn first, out Tsn last, out int length)
    {
        first = last = tsn;
        length = 0;
        ref var middle = ref _ring[tsn];
        var stream = middle.StreamId;
        var fragments = 1;
        while ((_ring[first].Flags & DataFlags.Begin) == 0)
        {
            first = first.Previous;
            if (++fragments > MaxEarlyFragments || first <= cumulative || !IsFragmentOf(stream, cumulative, first))
            {
                return false;
            }
        }

        while ((_ring[last].Flags & DataFlags.End) == 0)
        {
            last = last.Next;
            if (++fragments > MaxEarlyFragments
                || !IsFragmentOf(stream, cumulative, last)
                || (_ring[last].Flags & DataFlags.Begin) != 0)
            {
                return false;
            }
        }

        for (var at = first; at <= last; at = at.Next)
        {
            length += _ring[at].Payload.Length;
        }

        return true;
    }

    private bool IsFragmentOf(ushort stream, Tsn cumulative, Tsn tsn)
    {
        ref var chunk = ref ChunkAt(cumulative, tsn);
        return chunk.State == HeldState.Held && chunk.StreamId == stream;
    }

    /// <summary>The ring's entry, once the ring is wide enough not to alias it.</summary>
    private ref HeldChunk ChunkAt(Tsn cumulative, Tsn tsn)
    {
        _ring.EnsureWindow(cumulative.Next, tsn.DistanceFrom(cumulative));
        return ref _ring[tsn];
    }

    private ref ushort NextSequence(ushort streamId)
    {
        if (streamId >= _nextSequence.Length)
        {
            Array.Resize(ref _nextSequence, Math.Min(ushort.MaxValue + 1, Math.Max(streamId + 1, _nextSequence.Length * 2)));
        }

        return ref _nextSequence[streamId];
    }
}
