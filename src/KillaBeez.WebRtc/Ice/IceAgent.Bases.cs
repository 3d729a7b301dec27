namespace KillaBeez.WebRtc.Ice;

/// <content>
/// Local candidates and their bases, which come and go with interfaces, allocations and connections while the agent
/// lives. A base is what sends and receives; what is signalled may be more (server-reflexive candidates).
/// </content>
internal sealed partial class IceAgent
{
    /// <summary>What the peer is told.</summary>
    private readonly List<IceCandidate> _localCandidates = [];

    /// <summary>What is paired: the candidate that stands for each base.</summary>
    private readonly List<IceCandidate> _bases = [];

    /// <summary>The pair that was selected when its base or connection went, while no other has taken over: its consent still counts.</summary>
    private IceCandidatePair? _lost;

    /// <summary>
    /// Adds an address of this host, at any time. It is paired with everything known of the peer and, where a pair is in
    /// use already, checked at once: a host that has moved reaches its peer without signalling. Duplicates, forbidden
    /// ones and those beyond the limit are counted and dropped.
    /// </summary>
    public void AddLocalCandidate(Instant now, IceCandidate candidate)
    {
        if (State == IceState.Closed)
        {
            return;
        }

        if (_options.Policy == IcePolicy.Relay && candidate.Type != IceCandidateType.Relayed)
        {
            Statistics.SuppressedByPolicy++;
            return;
        }

        if (!IceAddressPolicy.IsAllowed(candidate.Base, _options.AllowLoopback)
            || !IceAddressPolicy.IsAllowed(candidate.Address, _options.AllowLoopback))
        {
            Statistics.ForbiddenCandidates++;
            return;
        }

        // RFC 8445, section 5.1.3: the same address on the same base is redundant, whichever server has shown it.
        if (_localCandidates.Exists(known => known.Address == candidate.Address && known.Base == candidate.Base))
        {
            return;
        }

        if (_localCandidates.Count >= IceLimits.MaxLocalCandidates)
        {
            Statistics.LimitDrops++;
            return;
        }

        var signalled = _options.Policy == IcePolicy.Relay ? WithoutRelated(candidate) : candidate;
        _localCandidates.Add(signalled);
        _events.Enqueue(new IceEvent(IceEventKind.LocalCandidateFound, State, null, signalled));
        if (!HasBase(candidate.Base))
        {
            AddBase(now, candidate);
        }
    }

    /// <summary>
    /// An interface or allocation is gone: everything that used it goes at once. If that was the selected pair, the best
    /// other pair that works takes over; where there is none the agent is disconnected, tries everything that is left,
    /// and fails when the peer's consent runs out.
    /// </summary>
    public void RemoveLocalBase(Instant now, TransportAddress baseAddress)
    {
        _localCandidates.RemoveAll(candidate => candidate.Base == baseAddress);
        if (_bases.RemoveAll(candidate => candidate.Base == baseAddress) == 0)
        {
            return;
        }

        _earlyChecks.RemoveAll(check => check.Path.Local == baseAddress);
        _responses.RemoveFrom(baseAddress);
        for (var i = _checks.Pairs.Count - 1; i >= 0; i--)
        {
            if (_checks.Pairs[i].Path.Local == baseAddress)
            {
                RemovePair(_checks.Pairs[i]);
            }
        }

        // Pairs of the others may have found no room until now.
        foreach (var local in _bases)
        {
            PairWithAllRemotes(local);
        }

        if (Selected is { } selected && selected.Path.Local == baseAddress)
        {
            LoseSelected(now);
        }

        EvaluateNomination(now);
        CheckForFailure(now);
    }

    /// <summary>
    /// A TCP connection could not be made, or has ended: nothing sent this way can be answered any more. The owner says
    /// so, since waiting for the timeout would waste half a minute.
    /// </summary>
    public void PathFailed(Instant now, NetworkPath path)
    {
        if (State is IceState.Closed or IceState.Failed)
        {
            return;
        }

        if (_checks.Find(path) is { } pair)
        {
            _transactions.RemoveAllOf(pair);
            pair.IsTriggered = false;
            pair.IsProbeDue = false;
            pair.IsNominated = false;
            FailPair(now, pair);
        }

        if (Selected is { } selected && selected.Path == path)
        {
            LoseSelected(now);
            EvaluateNomination(now);
        }
    }

    private static IceCandidate WithoutRelated(IceCandidate candidate) => candidate with
    {
        RelatedAddress = IceAddressPolicy.Unspecified(candidate.Address.IsIPv6),
    };

    private bool HasBase(TransportAddress address) => FindBase(address) is not null;

    private IceCandidate? FindBase(TransportAddress address)
    {
        foreach (var candidate in _bases)
        {
            if (candidate.Base == address)
            {
                return candidate;
            }
        }

        return null;
    }

    private void AddBase(Instant now, IceCandidate candidate)
    {
        _bases.Add(candidate);
        PairWithAllRemotes(candidate);
        if (IsNominationDone)
        {
            // The list rests, but nobody has tried this base yet.
            foreach (var pair in _checks.Pairs)
            {
                if (pair.Path.Local == candidate.Base && pair.State == IcePairState.Waiting)
                {
                    _checks.Trigger(pair);
                }
            }

            // A new base is often the other half of a change that has taken the old one.
            ProbeSelectedIfQuiet(now);
        }

        ReplayEarlyChecks(now);
    }

    private void PairWithAllRemotes(IceCandidate local)
    {
        foreach (var remote in _current.RemoteCandidates)
        {
            PairUp(local, remote);
        }
    }

    private void RemovePair(IceCandidatePair pair)
    {
        _checks.Remove(pair);
        _transactions.RemoveAllOf(pair);
        pair.IsProbeDue = false;
    }

    private void LoseSelected(Instant now)
    {
        var lost = Selected!;
        lost.IsNominated = false;
        lost.IsProbeDue = false;
        _transactions.RemoveAllOf(lost);
        _timers.Clear(IceTimer.Consent);
        _timers.Clear(IceTimer.Liveness);
        _isRecovering = false;
        _current.SearchingSince = now;
        if (BestReplacement(now, lost) is { } next)
        {
            Select(now, next);
            RequestProbe(next);

            // What has failed may work by now, and be better than what has taken over.
            RetryPairs(alsoWorking: false);
            return;
        }

        Selected = null;
        if (ReferenceEquals(lost.Generation, _current))
        {
            _lost = lost;
        }
        else
        {
            // The new generation has not connected yet and goes by the rules of a first connection.
            _previous = null;
            _timers.Clear(IceTimer.ConsentExpiry);
        }

        RetryPairs(alsoWorking: true);
        _events.Enqueue(new IceEvent(IceEventKind.SelectedPathChanged, State, null, null));
        UpdateState(now);
        CheckForFailure(now);
    }

    /// <summary>
    /// The best pair that has answered lately; where none has, one whose consent leaves time to ask again. Its next check
    /// leaves at once.
    /// </summary>
    private IceCandidatePair? BestReplacement(Instant now, IceCandidatePair lost)
    {
        IceCandidatePair? next = null;
        foreach (var pair in _checks.Pairs)
        {
            if (ReferenceEquals(pair, lost)
                || !pair.IsValid
                || pair.IsSilent(now, _options.SilenceBeforeMove)
                || now - pair.LastResponse >= _options.ConsentTimeout - _options.DisconnectedTimeout)
            {
                continue;
            }

            next = next is null || (IsConsentStale(now, next) && !IsConsentStale(now, pair)) ? pair : next;
        }

        return next;
    }
}
