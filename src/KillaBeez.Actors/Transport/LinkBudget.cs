using KillaBeez.Swarm.Admission;

namespace KillaBeez.Actors.Transport;

/// <summary>
/// Bounds the links of all peers together that are not yet authenticated: each costs a transport, and anybody with
/// a key can ask for one. Whoever comes last in <see cref="AdmissionOrigin"/> has the smallest share of them, so that a
/// flood of strangers leaves places for calls of our own. Thread-safe.
/// </summary>
internal sealed class LinkBudget(int limit)
{
    private readonly Lock _lock = new();
    private int _pending;
    private int _others;
    private int _strangers;

    public int Pending
    {
        get
        {
            lock (_lock)
            {
                return _pending;
            }
        }
    }

    /// <summary>Takes a place; false where there is none for such as it.</summary>
    public bool TryTake(AdmissionOrigin origin)
    {
        lock (_lock)
        {
            if (_pending >= limit
                || (origin > AdmissionOrigin.Known && _others >= AdmissionLimits.OthersPendingLinks)
                || (origin == AdmissionOrigin.Stranger && _strangers >= AdmissionLimits.StrangersPendingLinks))
            {
                return false;
            }

            Add(origin, 1);
            return true;
        }
    }

    /// <summary>Gives a place back, that was taken for the same.</summary>
    public void Release(AdmissionOrigin origin)
    {
        lock (_lock)
        {
            Add(origin, -1);
        }
    }

    private void Add(AdmissionOrigin origin, int count)
    {
        _pending += count;
        _others += origin > AdmissionOrigin.Known ? count : 0;
        _strangers += origin == AdmissionOrigin.Stranger ? count : 0;
    }
}
