using KillaBeez.WebRtc.Stun;

namespace KillaBeez.WebRtc.Ice;

/// <content>What leaves and when: answers, consent, and the checks of the list at their pace (RFC 8445, section 14).</content>
internal sealed partial class IceAgent
{
    private int _burstLeft;
    private Instant _nextCheckAt = Instant.Zero;

    private bool MayCheck => _current.Remote is not null && State is not (IceState.Failed or IceState.Closed);

    /// <summary>Once a pair is nominated the rest of the list rests (RFC 8445, section 8.1.2), until that pair is in trouble.</summary>
    private bool ChecksOrdinaryPairs => !IsNominationDone || _isRecovering;

    private bool IsNominationDone => Selected is { IsNominated: true } selected && ReferenceEquals(selected.Generation, _current);

    private bool HasCheckToSend => MayCheck && (_checks.HasTriggered || (ChecksOrdinaryPairs && _checks.HasWaiting));

    /// <summary>
    /// The next datagram to send, or false. Answers and consent go first; repetitions and new checks share the pace of
    /// Ta, so that no description can make this side send faster than that.
    /// </summary>
    /// <param name="now">The time.</param>
    /// <param name="destination">At least <see cref="MinTransmitBytes"/>.</param>
    /// <param name="written">The datagram's length.</param>
    /// <param name="path">The socket to send from and the address to send to.</param>
    public bool TryPollTransmit(Instant now, Span<byte> destination, out int written, out NetworkPath path)
    {
        written = 0;
        path = default;
        if (State is IceState.Closed or IceState.Failed)
        {
            return false;
        }

        if (_responses.TryWrite(destination, out written, out path))
        {
            Statistics.ResponsesSent++;
            return true;
        }

        if (TryTakeProbe(out var probed))
        {
            return SendProbe(now, probed, destination, out written, out path);
        }

        if (now >= _nextCheckAt && _transactions.TryTakeRepeat(now, out var repeat))
        {
            _nextCheckAt = now + _options.CheckInterval;
            return WriteRequest(destination, repeat, out written, out path);
        }

        if (!HasCheckToSend || (_burstLeft == 0 && now < _nextCheckAt) || !_checks.TryTakeNext(ChecksOrdinaryPairs, out var pair))
        {
            return false;
        }

        _burstLeft = Math.Max(0, _burstLeft - 1);
        _nextCheckAt = now + _options.CheckInterval;
        return SendCheck(now, pair, destination, out written, out path);
    }

    private bool SendCheck(Instant now, IceCandidatePair pair, Span<byte> destination, out int written, out NetworkPath path)
    {
        var useCandidate = pair.IsBeingNominated && Role == IceRole.Controlling;
        var transaction = new IceTransaction(StunTransactionId.NewRandom(_random), pair, Role, useCandidate, isProbe: false)
        {
            IsOnWorkingPair = pair.State == IcePairState.Succeeded,
        };
        _transactions.Supersede(now, pair);

        // RFC 8445, section 14.3: RTO = MAX(500 ms, Ta * number of checks that wait or run).
        var load = _options.CheckInterval * (_transactions.Count + 1);
        _transactions.Add(now, transaction, load, _options.ConsentTimeout);
        if (pair.State != IcePairState.Succeeded)
        {
            pair.State = IcePairState.InProgress;
        }

        return WriteRequest(destination, transaction, out written, out path);
    }

    private bool SendProbe(Instant now, IceCandidatePair pair, Span<byte> destination, out int written, out NetworkPath path)
    {
        // A peer may have answered the nomination without obeying it (werift does while the answer to its ICE restart is
        // on its way). To repeat it is harmless, and consent is the only check that is still sent then.
        var repeatsNomination = Role == IceRole.Controlling && IsNominationDone && ReferenceEquals(pair, Selected);
        var transaction = new IceTransaction(StunTransactionId.NewRandom(_random), pair, Role, repeatsNomination, isProbe: true);
        _transactions.Add(now, transaction, TimeSpan.Zero, _options.ConsentTimeout);
        var isFirstUnanswered = pair.UnansweredSince == Instant.Never;
        pair.UnansweredSince = isFirstUnanswered ? now : pair.UnansweredSince;
        if (ReferenceEquals(pair, Selected))
        {
            _timers.Set(IceTimer.Consent, now + _options.UnansweredInterval);
            if (isFirstUnanswered)
            {
                _timers.Set(IceTimer.Liveness, now + _options.SilenceBeforeMove);
            }
        }

        return WriteRequest(destination, transaction, out written, out path);
    }

    private bool WriteRequest(Span<byte> destination, IceTransaction transaction, out int written, out NetworkPath path)
    {
        Statistics.RequestsSent++;
        path = transaction.Pair.Path;
        written = IceMessages.WriteRequest(destination, transaction, _tieBreaker);
        return true;
    }

    private bool TryTakeProbe(out IceCandidatePair pair)
    {
        while (_probes.TryDequeue(out pair!))
        {
            // Pairs that have been removed stay in the queue without their mark.
            if (pair.IsProbeDue)
            {
                pair.IsProbeDue = false;
                return true;
            }
        }

        return false;
    }
}
