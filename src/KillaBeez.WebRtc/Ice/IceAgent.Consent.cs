namespace KillaBeez.WebRtc.Ice;

/// <content>
/// Staying connected: consent (RFC 7675), signs of life, and warm backups. Consent is renewed by answers to our own
/// checks only; whether the path is alive is judged by anything authentic that arrives, since peers may leave some
/// checks unanswered while they still send.
/// </content>
internal sealed partial class IceAgent
{
    private readonly Queue<IceCandidatePair> _probes = new();
    private bool _isRecovering;

    private void RequestProbe(IceCandidatePair pair)
    {
        if (!pair.IsProbeDue)
        {
            pair.IsProbeDue = true;
            _probes.Enqueue(pair);
        }
    }

    private void NoteInbound(Instant now, IceCandidatePair pair)
    {
        pair.NoteInbound(now);
        if (!ReferenceEquals(pair, Selected))
        {
            MoveIfSilent(now);
            return;
        }

        _timers.Clear(IceTimer.Liveness);
        _isRecovering = false;
        if (State == IceState.Disconnected)
        {
            UpdateState(now);
        }
    }

    /// <summary>RFC 7675, section 5.1: the next check in 0.8 to 1.2 of the interval, so that checks do not synchronize.</summary>
    private void RenewConsent(Instant now, IceCandidatePair pair)
    {
        _timers.Set(IceTimer.Consent, now + (_options.ConsentInterval * (0.8 + (0.4 * _random.NextDouble()))));
        _timers.Set(IceTimer.ConsentExpiry, pair.LastResponse + _options.ConsentTimeout);
    }

    /// <summary>
    /// A pair that answered long ago has to answer again before it may be used: selecting it with its consent all but
    /// over would end the connection.
    /// </summary>
    private bool IsConsentStale(Instant now, IceCandidatePair pair) => now - pair.LastResponse >= _options.ConsentTimeout / 2;

    private void OnConsentDue()
    {
        if (Selected is { } selected)
        {
            RequestProbe(selected);
        }
    }

    /// <summary>RFC 7675, section 5.1: without consent nothing more is sent.</summary>
    private void OnConsentExpiry(Instant now)
    {
        if ((Selected ?? _lost) is not { } selected)
        {
            return;
        }

        if (now - selected.LastResponse >= _options.ConsentTimeout)
        {
            Fail();
        }
        else
        {
            _timers.Set(IceTimer.ConsentExpiry, selected.LastResponse + _options.ConsentTimeout);
        }
    }

    private void OnLiveness(Instant now)
    {
        if (Selected is not { } selected || selected.UnansweredSince == Instant.Never)
        {
            return;
        }

        if (selected.IsSilent(now, _options.SilenceBeforeMove))
        {
            MoveIfSilent(now);
            if (ReferenceEquals(Selected, selected))
            {
                BeginRecovery();
            }

            UpdateState(now);
        }

        // A move has set the timer for its own pair.
        if (ReferenceEquals(Selected, selected) && State != IceState.Disconnected)
        {
            var next = selected.IsSilent(now, _options.SilenceBeforeMove) ? _options.DisconnectedTimeout : _options.SilenceBeforeMove;
            _timers.Set(IceTimer.Liveness, selected.UnansweredSince + next);
        }
    }

    /// <summary>
    /// The peer speaks on another path, or the network has changed, while the selected path is quiet: find out at once
    /// whether that one still works.
    /// </summary>
    private void ProbeSelectedIfQuiet(Instant now)
    {
        if (Selected is { } selected
            && selected.UnansweredSince == Instant.Never
            && now - selected.LastInbound >= _options.UnansweredInterval)
        {
            RequestProbe(selected);
        }
    }

    /// <summary>
    /// Keeps the NAT bindings of a working pair open, so that there is somewhere to go: best one on another base, since
    /// an interface takes all its pairs with it. Where none has been proven yet, one is tried.
    /// </summary>
    private void OnBackupDue(Instant now)
    {
        IceCandidatePair? backup = null;
        IceCandidatePair? untried = null;
        foreach (var pair in _checks.Pairs)
        {
            var isElsewhere = pair.Path.Local != Selected?.Path.Local;
            if (pair.IsValid && pair.State == IcePairState.Succeeded && !ReferenceEquals(pair, Selected))
            {
                backup = backup is null || (isElsewhere && backup.Path.Local == Selected?.Path.Local) ? pair : backup;
            }
            else if (isElsewhere && pair.State == IcePairState.Waiting)
            {
                untried ??= pair;
            }
        }

        if (backup is not null)
        {
            RequestProbe(backup);
        }

        if (untried is not null && (backup is null || backup.Path.Local == Selected?.Path.Local))
        {
            _checks.Trigger(untried);
        }

        _timers.Set(IceTimer.Backup, now + _options.BackupInterval);
    }
}
