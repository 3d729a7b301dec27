namespace KillaBeez.WebRtc.Ice;

/// <summary>
/// The pairs of the current generation in order of priority, and which of them is checked next (RFC 8445,
/// section 6.1.2 and 6.1.4).
/// </summary>
internal sealed class IceCheckList
{
    private readonly List<IceCandidatePair> _pairs = [];
    private readonly Queue<IceCandidatePair> _triggered = new();

    /// <summary>Highest priority first.</summary>
    public IReadOnlyList<IceCandidatePair> Pairs => _pairs;

    public bool HasTriggered => _triggered.Count > 0;

    public bool HasWaiting => First(IcePairState.Waiting) is not null;

    public bool HasUnfinished => HasTriggered || HasWaiting || First(IcePairState.InProgress) is not null;

    public IceCandidatePair? Find(NetworkPath path)
    {
        foreach (var pair in _pairs)
        {
            if (pair.Path == path)
            {
                return pair;
            }
        }

        return null;
    }

    /// <summary>
    /// Adds a pair unless its path is there already (the same base and remote address are redundant, RFC 8445,
    /// section 6.1.2.4). A full list gives up its least useful pair: failed ones first, then the lowest
    /// unstarted one, but for some relayed pairs.
    /// </summary>
    /// <param name="pair">A pair whose priority is computed.</param>
    /// <param name="isProven">The peer itself has shown that the path exists, so the pair beats any guess.</param>
    /// <param name="keep">Never given up: the selected pair.</param>
    /// <param name="evicted">The pair that made room, if one had to.</param>
    public bool TryAdd(IceCandidatePair pair, bool isProven, IceCandidatePair? keep, out IceCandidatePair? evicted)
    {
        evicted = null;
        if (Find(pair.Path) is not null)
        {
            return false;
        }

        if (_pairs.Count >= IceLimits.MaxPairs)
        {
            var victim = FindVictim(keep);
            if (victim is null || (!isProven && !IsReserved(pair) && victim.State != IcePairState.Failed && victim.Priority >= pair.Priority))
            {
                return false;
            }

            Remove(victim);
            evicted = victim;
        }

        var index = _pairs.FindIndex(other => other.Priority < pair.Priority);
        _pairs.Insert(index < 0 ? _pairs.Count : index, pair);
        return true;
    }

    public void Remove(IceCandidatePair pair)
    {
        pair.IsTriggered = false;
        _pairs.Remove(pair);
    }

    public void Clear()
    {
        _pairs.Clear();
        _triggered.Clear();
    }

    /// <summary>Priorities depend on the role and on the remote candidate's priority.</summary>
    public void Recompute(IceRole role)
    {
        foreach (var pair in _pairs)
        {
            pair.ComputePriority(role);
        }

        _pairs.Sort(static (a, b) => b.Priority.CompareTo(a.Priority));
    }

    /// <summary>Puts the pair behind the other triggered checks (RFC 8445, section 7.3.1.4).</summary>
    public void Trigger(IceCandidatePair pair)
    {
        if (!pair.IsTriggered)
        {
            pair.IsTriggered = true;
            _triggered.Enqueue(pair);
        }
    }

    /// <summary>Takes the pair to check now: triggered first, then the best one that waits.</summary>
    public bool TryTakeNext(bool includeOrdinary, out IceCandidatePair pair)
    {
        while (_triggered.TryDequeue(out pair!))
        {
            // Removed pairs stay in the queue without their mark.
            if (pair.IsTriggered)
            {
                pair.IsTriggered = false;
                return true;
            }
        }

        pair = (includeOrdinary ? First(IcePairState.Waiting) : null)!;
        return pair is not null;
    }

    /// <summary>The best pair that has been validated.</summary>
    public IceCandidatePair? BestValid()
    {
        foreach (var pair in _pairs)
        {
            if (pair.IsValid && pair.State == IcePairState.Succeeded)
            {
                return pair;
            }
        }

        return null;
    }

    /// <summary>Whether a pair above this one may still succeed.</summary>
    public bool HasUnfinishedAbove(IceCandidatePair pair)
    {
        foreach (var other in _pairs)
        {
            if (ReferenceEquals(other, pair))
            {
                return false;
            }

            if (other.State is IcePairState.Waiting or IcePairState.InProgress)
            {
                return true;
            }
        }

        return false;
    }

    private IceCandidatePair? First(IcePairState state)
    {
        foreach (var pair in _pairs)
        {
            if (pair.State == state)
            {
                return pair;
            }
        }

        return null;
    }

    private bool IsReserved(IceCandidatePair pair) => pair.RelayedEnds > 0 && CountOfKind(pair) < IceLimits.ReservedRelayedPairs;

    private int CountOfKind(IceCandidatePair pair)
    {
        var count = 0;
        foreach (var other in _pairs)
        {
            count += !ReferenceEquals(other, pair) && other.RelayedEnds == pair.RelayedEnds ? 1 : 0;
        }

        return count;
    }

    private IceCandidatePair? FindVictim(IceCandidatePair? keep)
    {
        IceCandidatePair? waiting = null;
        for (var i = _pairs.Count - 1; i >= 0; i--)
        {
            var pair = _pairs[i];
            if (ReferenceEquals(pair, keep))
            {
                continue;
            }

            if (pair.State == IcePairState.Failed)
            {
                return pair;
            }

            if (waiting is null && pair.State == IcePairState.Waiting && !IsReserved(pair))
            {
                waiting = pair;
            }
        }

        return waiting;
    }
}
