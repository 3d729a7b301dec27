namespace KillaBeez.Actors.Transport;

/// <summary>
/// Bounds the links of all peers together that are not yet authenticated: each costs a transport, and anybody with
/// a key can ask for one. Thread-safe.
/// </summary>
internal sealed class LinkBudget(int limit)
{
    private int _pending;

    public int Pending => Volatile.Read(ref _pending);

    /// <summary>Takes a place; false where there is none.</summary>
    public bool TryTake()
    {
        if (Interlocked.Increment(ref _pending) <= limit)
        {
            return true;
        }

        Interlocked.Decrement(ref _pending);
        return false;
    }

    /// <summary>Gives a place back.</summary>
    public void Release() => Interlocked.Decrement(ref _pending);
}
