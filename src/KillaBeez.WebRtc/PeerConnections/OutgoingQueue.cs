using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace KillaBeez.WebRtc.PeerConnections;

/// <summary>A message of the application on its way to the IO thread.</summary>
internal readonly record struct OutgoingMessage(PooledBuffer Payload, bool IsText);

/// <summary>
/// The way of a channel's messages from any thread to the IO thread, bounded: what waits here and what SCTP has
/// not sent yet together decide whether there is room. No refusal is forgotten: see <see cref="TryEnqueue"/>.
/// </summary>
internal sealed class OutgoingQueue(int highBytes, int lowBytes)
{
    /// <summary>Empty messages cost memory too.</summary>
    public const int MaxMessages = 65_536;

    private readonly ConcurrentQueue<OutgoingMessage> _queue = new();
    private long _queuedBytes;
    private int _queuedMessages;
    private long _transportBytes;
    private int _refused;

    /// <summary>
    /// IO thread: the oldest message. It is taken out to be looked at, because ConcurrentQueue.TryPeek makes the
    /// queue keep the slots of all that follow, which then costs memory per message.
    /// </summary>
    private OutgoingMessage _head;
    private bool _hasHead;

    /// <summary>Bytes accepted and not yet sent for the first time.</summary>
    public long BufferedBytes => Interlocked.Read(ref _queuedBytes) + Interlocked.Read(ref _transportBytes);

    /// <summary>IO thread: whether nothing waits.</summary>
    public bool IsEmpty => !_hasHead && _queue.IsEmpty;

    /// <summary>Copies a message in; false where there is no room, and then <see cref="TakeWritable"/> will say when.</summary>
    public bool TryEnqueue(ReadOnlySpan<byte> message, bool isText)
    {
        while (!TryCharge(message.Length))
        {
            // First the mark, then the look: the IO thread lowers the amount first and looks at the mark then. One
            // of the two sees the other, so a sender that was refused is always woken.
            Interlocked.Exchange(ref _refused, 1);
            if (!IsWritable)
            {
                return false;
            }

            Interlocked.Exchange(ref _refused, 0);
        }

        _queue.Enqueue(new OutgoingMessage(PooledBuffer.CopyOf(message), isText));
        return true;
    }

    /// <summary>IO thread: the oldest message, left in place.</summary>
    public bool TryPeek(out OutgoingMessage message)
    {
        _hasHead = _hasHead || _queue.TryDequeue(out _head);
        message = _head;
        return _hasHead;
    }

    /// <summary>IO thread: removes the oldest message, which SCTP has taken, and notes what SCTP holds now.</summary>
    public void Taken(long transportBytes)
    {
        if (TryPeek(out var message))
        {
            _hasHead = false;
            _head = default;

            // Up before down: a sender must never see less than there is.
            Interlocked.Exchange(ref _transportBytes, transportBytes);
            Interlocked.Add(ref _queuedBytes, -message.Payload.Length);
            Interlocked.Decrement(ref _queuedMessages);
            message.Payload.Dispose();
        }
    }

    /// <summary>IO thread: notes what SCTP still holds.</summary>
    public void NoteTransport(long transportBytes) => Interlocked.Exchange(ref _transportBytes, transportBytes);

    /// <summary>IO thread: whether a sender had been refused and may go on; resets the mark.</summary>
    [SuppressMessage("Design", "CA1024:Use properties where appropriate", Justification = "It resets the mark.")]
    public bool TakeWritable() => IsWritable && Interlocked.Exchange(ref _refused, 0) == 1;

    /// <summary>IO thread: returns what is still queued. Nothing may be enqueued afterwards.</summary>
    public void Clear()
    {
        while (TryPeek(out var message))
        {
            _hasHead = false;
            _head = default;
            message.Payload.Dispose();
        }

        Interlocked.Exchange(ref _queuedBytes, 0);
        Interlocked.Exchange(ref _transportBytes, 0);
    }

    private bool IsWritable => BufferedBytes <= lowBytes && Volatile.Read(ref _queuedMessages) <= MaxMessages / 2;

    private bool TryCharge(int bytes)
    {
        var queued = Interlocked.Add(ref _queuedBytes, bytes);
        var messages = Interlocked.Increment(ref _queuedMessages);
        var total = queued + Interlocked.Read(ref _transportBytes);
        if ((total <= highBytes || total == bytes) && messages <= MaxMessages)
        {
            return true;
        }

        Interlocked.Add(ref _queuedBytes, -bytes);
        Interlocked.Decrement(ref _queuedMessages);
        return false;
    }
}
