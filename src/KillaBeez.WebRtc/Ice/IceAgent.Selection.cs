namespace KillaBeez.WebRtc.Ice;

/// <content>Which of the working pairs is used: nomination (RFC 8445, section 8) and moving away from a silent pair.</content>
internal sealed partial class IceAgent
{
    private void OnPairSucceeded(Instant now, IceCandidatePair pair, bool answersNomination)
    {
        pair.State = IcePairState.Succeeded;
        pair.IsValid = true;
        if (answersNomination && pair.IsBeingNominated && Role == IceRole.Controlling)
        {
            pair.IsBeingNominated = false;
            pair.IsNominated = true;
            Select(now, pair);
            return;
        }

        ApplyPeerNomination(now, pair);
        SelectTentatively(now, pair);
        EvaluateNomination(now);
        MoveIfSilent(now);
    }

    /// <summary>
    /// Controlled: the peer wants this pair, and it works. Several pairs get nominated by browsers, which nominate
    /// aggressively; the best one wins unless it has gone silent.
    /// </summary>
    private void ApplyPeerNomination(Instant now, IceCandidatePair pair)
    {
        if (!pair.NominateOnSuccess || Role != IceRole.Controlled)
        {
            return;
        }

        pair.NominateOnSuccess = false;
        if (pair.IsNominated && IsNominationDone && ReferenceEquals(pair, Selected))
        {
            // Browsers repeat it with every check; checks of a base that has just appeared must not end for that.
            return;
        }

        pair.IsNominated = true;
        if (!IsNominationDone
            || ReferenceEquals(pair, Selected)
            || pair.Priority >= Selected!.Priority
            || now - Selected.LastInbound >= _options.SilenceBeforeMove)
        {
            Select(now, pair);
        }
    }

    /// <summary>Data may flow on any valid pair before one is nominated (RFC 8445, section 12.1): use the best one so far.</summary>
    private void SelectTentatively(Instant now, IceCandidatePair pair)
    {
        var isBetter = Selected is null
            || (!Selected.IsNominated
                && !Selected.IsBeingNominated
                && ReferenceEquals(Selected.Generation, _current)
                && pair.Priority > Selected.Priority);
        if (isBetter)
        {
            Select(now, pair);
        }
    }

    /// <summary>Controlling: nominates the best valid pair once waiting for a better one is not worth it.</summary>
    private void EvaluateNomination(Instant now)
    {
        if (Role != IceRole.Controlling || IsNominationDone || !MayCheck || IsNominating() || _checks.BestValid() is not { } best)
        {
            return;
        }

        var deadline = _current.SearchingSince + NominationWait(best);
        var nothingBetterCanCome = _current.HasEndOfCandidates && LastNameDeadline() <= now && !_checks.HasUnfinishedAbove(best);
        if (best.IsHostToHost || nothingBetterCanCome || now >= deadline)
        {
            _timers.Clear(IceTimer.Nomination);
            Nominate(best);
        }
        else
        {
            _timers.Set(IceTimer.Nomination, deadline);
        }
    }

    private void Nominate(IceCandidatePair pair)
    {
        pair.IsBeingNominated = true;
        _checks.Trigger(pair);
    }

    private bool IsNominating()
    {
        foreach (var pair in _checks.Pairs)
        {
            if (pair.IsBeingNominated)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>From the start of checks: the worse the pair's kind, the longer something better may take to appear.</summary>
    private static TimeSpan NominationWait(IceCandidatePair pair)
    {
        var worst = IcePriority.TypePreference(pair.Local.Type) < IcePriority.TypePreference(pair.Remote.Type)
            ? pair.Local.Type
            : pair.Remote.Type;
        return TimeSpan.FromMilliseconds(worst switch
        {
            _ when pair.IsTcp => 2000,
            IceCandidateType.Host => 0,
            IceCandidateType.ServerReflexive => 500,
            IceCandidateType.PeerReflexive => 1000,
            _ => 2000,
        });
    }

    private void Select(Instant now, IceCandidatePair pair)
    {
        if (!ReferenceEquals(pair, Selected))
        {
            var isOtherPath = Selected?.Path != pair.Path;
            Selected = pair;
            _lost = null;
            _isRecovering = false;
            _timers.Clear(IceTimer.Liveness);
            if (pair.UnansweredSince != Instant.Never)
            {
                // Its silence is judged anew from a check that leaves now.
                pair.UnansweredSince = Instant.Never;
                RequestProbe(pair);
            }

            RenewConsent(now, pair);
            if (isOtherPath)
            {
                _events.Enqueue(new IceEvent(IceEventKind.SelectedPathChanged, State, pair.Path, null));
            }
        }

        if (IsNominationDone)
        {
            _previous = null;
            RestOtherPairs(now, pair);
            _timers.Clear(IceTimer.Nomination);
            _timers.SetIfIdle(IceTimer.Backup, now + _options.BackupInterval);
        }

        _timers.Clear(IceTimer.Failure);
        UpdateState(now);
    }

    /// <summary>RFC 8445, section 8.1.2: checks of the other pairs end; answers that are on their way still count.</summary>
    private void RestOtherPairs(Instant now, IceCandidatePair selected)
    {
        _transactions.SupersedeAllBut(now, selected);
        foreach (var pair in _checks.Pairs)
        {
            if (pair.State == IcePairState.InProgress && !ReferenceEquals(pair, selected))
            {
                pair.State = IcePairState.Waiting;
            }
        }
    }

    /// <summary>
    /// The selected pair answers nothing, another one is alive: go there. This is also how a peer behind a NAT that
    /// has changed its mapping is followed, on the strength of its authenticated checks alone.
    /// </summary>
    private void MoveIfSilent(Instant now)
    {
        if (Selected is not { } selected || !selected.IsSilent(now, _options.SilenceBeforeMove))
        {
            return;
        }

        IceCandidatePair? next = null;
        foreach (var pair in _checks.Pairs)
        {
            if (pair.IsValid
                && pair.State == IcePairState.Succeeded
                && pair.LastInbound > selected.LastInbound
                && !IsConsentStale(now, pair)
                && !ReferenceEquals(pair, selected))
            {
                // The peer's own choice stands above priority.
                next = next is null || (pair.IsNominated && !next.IsNominated) ? pair : next;
            }
        }

        if (next is null)
        {
            return;
        }

        if (Role == IceRole.Controlled && next.Path.Local == selected.Path.Local && next.Remote.Type == IceCandidateType.PeerReflexive)
        {
            // To the controlling side, whose address changed in our eyes only, this is still the pair it has nominated.
            next.IsNominated |= selected.IsNominated;
        }

        // The silent pair has to prove itself again before it can be nominated again.
        selected.IsNominated = false;
        selected.State = IcePairState.Waiting;
        _transactions.Supersede(now, selected);
        Select(now, next);
        EvaluateNomination(now);
    }

    /// <summary>All pairs but the selected one are worth another try once that one is silent.</summary>
    private void BeginRecovery()
    {
        if (_isRecovering || !MayCheck)
        {
            return;
        }

        _isRecovering = true;
        RetryPairs(alsoWorking: true);
    }

    private void RetryPairs(bool alsoWorking)
    {
        foreach (var pair in _checks.Pairs)
        {
            var isOver = pair.State == IcePairState.Failed || (alsoWorking && pair.State == IcePairState.Succeeded);
            if (isOver && pair.CanStart && !ReferenceEquals(pair, Selected))
            {
                pair.State = IcePairState.Waiting;
            }
        }
    }

    /// <summary>
    /// RFC 8445, section 6.1.2.1 and RFC 8863: failed only when every pair has, the peer has nothing more to signal,
    /// and it has had time to show itself by checks of its own.
    /// </summary>
    private void CheckForFailure(Instant now)
    {
        if (State != IceState.Checking || _checks.HasUnfinished)
        {
            return;
        }

        var deadline = _current.StartedAt + _options.PatienceTime;
        if (!_current.HasEndOfCandidates)
        {
            deadline = Instant.Max(deadline, _current.LastCandidateAt + _options.TrickleTimeout);
        }

        deadline = Instant.Max(deadline, LastNameDeadline());
        if (now >= deadline)
        {
            Fail();
        }
        else
        {
            _timers.Set(IceTimer.Failure, deadline);
        }
    }

    private void Fail()
    {
        _timers.ClearAll();
        _transactions.RemoveAllBut(null);
        _responses.Clear();
        _probes.Clear();
        _lost = null;
        if (Selected is not null)
        {
            Selected = null;
            _events.Enqueue(new IceEvent(IceEventKind.SelectedPathChanged, State, null, null));
        }

        SetState(IceState.Failed);
    }

    private void UpdateState(Instant now)
    {
        if (State is IceState.Failed or IceState.Closed)
        {
            return;
        }

        SetState(Selected switch
        {
            null when _lost is not null => IceState.Disconnected,
            null => _current.Remote is null ? IceState.New : IceState.Checking,
            _ when Selected.IsSilent(now, _options.DisconnectedTimeout) => IceState.Disconnected,
            _ => Selected.IsNominated ? IceState.Completed : IceState.Connected,
        });
    }

    private void SetState(IceState state)
    {
        if (State != state)
        {
            State = state;
            _events.Enqueue(new IceEvent(IceEventKind.StateChanged, state, SelectedPath, null));
        }
    }
}
