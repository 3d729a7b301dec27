using KillaBeez.WebRtc.Stun;

namespace KillaBeez.Turn.Engine;

/// <summary>Answers that wait to be polled: few, because the owner polls after every call.</summary>
internal sealed class ResponseQueue
{
    private readonly Queue<(FiveTuple To, PooledBuffer Bytes)> _queue = new();

    /// <summary>False where the queue is full: the answer is lost, as on a network, and the client asks again.</summary>
    public bool TryAdd(FiveTuple to, in StunWriter writer)
    {
        if (_queue.Count >= TurnServerLimits.MaxQueuedResponses)
        {
            return false;
        }

        _queue.Enqueue((to, PooledBuffer.CopyOf(writer.Written)));
        return true;
    }

    public bool TryTake(Span<byte> destination, out FiveTuple to, out int written)
    {
        written = 0;
        if (!_queue.TryDequeue(out var item))
        {
            to = default;
            return false;
        }

        to = item.To;
        item.Bytes.Span.CopyTo(destination);
        written = item.Bytes.Length;
        item.Bytes.Dispose();
        return true;
    }
}
