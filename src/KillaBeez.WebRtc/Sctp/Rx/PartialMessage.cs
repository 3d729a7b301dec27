namespace KillaBeez.WebRtc.Sctp.Rx;

/// <summary>
/// A message of I-DATA fragments that is not yet delivered: the fragments from its beginning on in one buffer,
/// and those behind a missing one in a heap by their numbers. Objects are used again.
/// </summary>
internal sealed class PartialMessage
{
    private PriorityQueue<Later, uint>? _later;
    private PooledBuffer _buffer;
    private uint _nextFragment;

    public ushort StreamId { get; private set; }

    public bool IsUnordered { get; private set; }

    public uint MessageId { get; private set; }

    public uint PayloadProtocol { get; private set; }

    /// <summary>The bytes from the beginning on without a gap.</summary>
    public int Length { get; private set; }

    /// <summary>The payload bytes that it occupies, behind gaps too.</summary>
    public int HeldBytes { get; private set; }

    public int LaterCount => _later?.Count ?? 0;

    public bool IsComplete { get; private set; }

    public bool Is(in FragmentHeader header) =>
        MessageId == header.MessageId && StreamId == header.StreamId && IsUnordered == header.IsUnordered;

    public void Begin(in FragmentHeader header, int expectedBytes)
    {
        StreamId = header.StreamId;
        IsUnordered = header.IsUnordered;
        MessageId = header.MessageId;
        PayloadProtocol = 0;
        Length = 0;
        HeldBytes = 0;
        IsComplete = false;
        _nextFragment = 0;
        _buffer = PooledBuffer.Rent(expectedBytes);
    }

    /// <summary>Takes a fragment, which may close a gap before others.</summary>
    public ReassemblyError Add(in FragmentHeader header, ReadOnlySpan<byte> payload, int maxBytes)
    {
        if (header.IsBegin != (header.FragmentNumber == 0) || header.FragmentNumber < _nextFragment || IsComplete)
        {
            // The first fragment, and it alone, has number 0; and no number comes twice with two TSNs.
            return ReassemblyError.FragmentMismatch;
        }

        // No fragment is empty, so its number is below the size of its message.
        if (HeldBytes + payload.Length > maxBytes || header.FragmentNumber >= maxBytes)
        {
            return ReassemblyError.MessageTooLarge;
        }

        HeldBytes += payload.Length;
        if (header.FragmentNumber > _nextFragment)
        {
            _later ??= new PriorityQueue<Later, uint>();
            _later.Enqueue(new Later(header.IsEnd, PooledBuffer.CopyOf(payload)), header.FragmentNumber);
            return ReassemblyError.None;
        }

        if (header.IsBegin)
        {
            PayloadProtocol = header.PayloadProtocol;
        }

        Append(payload, header.IsEnd);
        return AppendLater();
    }

    /// <summary>The whole payload, which the caller owns from then on.</summary>
    public PooledBuffer TakePayload()
    {
        var payload = _buffer.Truncate(Length);
        _buffer = default;
        return payload;
    }

    /// <summary>Returns every buffer.</summary>
    public void Drop()
    {
        _buffer.Dispose();
        _buffer = default;
        while (LaterCount > 0)
        {
            _later!.Dequeue().Payload.Dispose();
        }
    }

    private ReassemblyError AppendLater()
    {
        while (LaterCount > 0 && _later!.TryPeek(out _, out var number) && number <= _nextFragment)
        {
            var fragment = _later.Dequeue();
            var fits = number == _nextFragment && !IsComplete;
            if (fits)
            {
                Append(fragment.Payload.Span, fragment.IsEnd);
            }

            fragment.Payload.Dispose();
            if (!fits)
            {
                return ReassemblyError.FragmentMismatch;
            }
        }

        return IsComplete && LaterCount > 0 ? ReassemblyError.FragmentMismatch : ReassemblyError.None;
    }

    private void Append(ReadOnlySpan<byte> payload, bool isEnd)
    {
        var length = Length + payload.Length;
        if (length > _buffer.Length)
        {
            var larger = PooledBuffer.Rent(Math.Max(length, _buffer.Length * 2));
            _buffer.Span[..Length].CopyTo(larger.Span);
            _buffer.Dispose();
            _buffer = larger;
        }

        payload.CopyTo(_buffer.Span[Length..]);
        Length = length;
        _nextFragment++;
        IsComplete = isEnd;
    }

    private readonly record struct Later(bool IsEnd, PooledBuffer Payload);
}
