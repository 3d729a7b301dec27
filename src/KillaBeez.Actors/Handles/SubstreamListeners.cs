namespace KillaBeez.Actors.Handles;

/// <summary>
/// Who takes which type of substream at a node: one listener a type. A type that has none is offered to the node's event
/// handlers. Thread-safe.
/// </summary>
internal sealed class SubstreamListeners
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ISubstreamListener> _byType = new(StringComparer.Ordinal);
    private bool _hasEnded;

    /// <summary>Gives a listener all substreams of a type from now on.</summary>
    /// <returns>What ends that; null where the type has a listener.</returns>
    /// <exception cref="KillaBeezException">The node was stopped.</exception>
    public IDisposable? TryListen(string type, ISubstreamListener listener)
    {
        lock (_lock)
        {
            if (_hasEnded)
            {
                throw new KillaBeezException(KillaBeezError.Closed, "The node was stopped.");
            }

            return _byType.TryAdd(type, listener) ? new Registration(this, type, listener) : null;
        }
    }

    /// <summary>Offers a substream to its type's listener.</summary>
    /// <returns>Whether there is one; then the answer comes from it.</returns>
    public bool TryOffer(Substream substream, Action<(uint Code, string Reason)?> answer)
    {
        ISubstreamListener? listener;
        lock (_lock)
        {
            _byType.TryGetValue(substream.Type, out listener);
        }

        listener?.Offer(new SubstreamOffer(substream, answer));
        return listener is not null;
    }

    /// <summary>The node has stopped.</summary>
    public void End()
    {
        ISubstreamListener[] listeners;
        lock (_lock)
        {
            _hasEnded = true;
            listeners = [.. _byType.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => entry.Value)];
            _byType.Clear();
        }

        foreach (var listener in listeners)
        {
            listener.End();
        }
    }

    private sealed class Registration(SubstreamListeners listeners, string type, ISubstreamListener listener) : IDisposable
    {
        public void Dispose()
        {
            lock (listeners._lock)
            {
                if (listeners._byType.TryGetValue(type, out var current) && ReferenceEquals(current, listener))
                {
                    listeners._byType.Remove(type);
                }
            }
        }
    }
}
