using KillaBeez.Actors.Handles;

namespace KillaBeez.Streams;

/// <summary>
/// Between the peers' actors, which offer substreams, and the stream that takes them: bounded, and it answers itself what the
/// stream can no longer. Thread-safe.
/// </summary>
/// <param name="capacity">How many offers the stream may hold that were not pulled.</param>
/// <param name="wake">Tells the stream that an offer has come.</param>
/// <param name="end">Tells the stream that the node has stopped.</param>
internal sealed class OfferBacklog(int capacity, Action wake, Action end) : ISubstreamListener
{
    private readonly Lock _lock = new();
    private readonly Queue<SubstreamOffer> _arrived = new();
    private int _held;
    private bool _isClosed;

    public void Offer(SubstreamOffer offer)
    {
        if (TryAdd(offer) is { } refusal)
        {
            offer.Refuse(refusal.Code, refusal.Reason);
        }
        else
        {
            wake();
        }
    }

    public void End() => end();

    /// <summary>Takes what has arrived; it counts until it is released.</summary>
    public bool TryTake(out SubstreamOffer offer)
    {
        lock (_lock)
        {
            return _arrived.TryDequeue(out offer!);
        }
    }

    /// <summary>One that was taken was pulled, or is over.</summary>
    public void Release()
    {
        lock (_lock)
        {
            _held--;
        }
    }

    /// <summary>Refuses what has arrived and what still will.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _isClosed = true;
        }

        while (TryTake(out var offer))
        {
            offer.Refuse(SwarmStreamCodes.Unbound, BindLogic.UnboundReason);
        }
    }

    private (uint Code, string Reason)? TryAdd(SubstreamOffer offer)
    {
        lock (_lock)
        {
            if (_isClosed)
            {
                return (SwarmStreamCodes.Unbound, BindLogic.UnboundReason);
            }

            if (_held == capacity)
            {
                return (SwarmStreamCodes.Backlogged, "too many substreams wait to be taken");
            }

            _held++;
            _arrived.Enqueue(offer);
            return null;
        }
    }
}
