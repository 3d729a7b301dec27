using KillaBeez.Swarm.Signaling;

namespace KillaBeez.Swarm.Calls;

/// <content>Signals of the peer in. They are authentic and fresh; that is the signal gate's work.</content>
internal sealed partial class CallEngine
{
    /// <summary>Hands a signal's content to the method for its kind.</summary>
    public void HandleSignal(Instant now, SignalContent content)
    {
        switch (content.Kind)
        {
            case SignalKind.Offer: HandleOffer(now, content.Call, content.Body); break;
            case SignalKind.Answer: HandleAnswer(now, content.Call, content.Body); break;
            case SignalKind.Candidate: HandleCandidate(now, content.Call, content.Body); break;
            case SignalKind.Goodbye: HandleGoodbye(now, content.Call, content.Body); break;
            default: HandleInform(now); break;
        }
    }

    public void HandleOffer(Instant now, SignalCallId call, string body)
    {
        if (_own?.Call == call || _connected == call)
        {
            _statistics.DuplicateSignals++;
            return;
        }

        if (FindAnswering(call) is { } known)
        {
            RepeatAnswer(now, known);
            return;
        }

        if (_over.Contains(call))
        {
            _statistics.StaleSignals++;
            return;
        }

        if (_own is not null && _isLarger)
        {
            // The two calls crossed and ours wins; the peer will answer ours as soon as it hears of it.
            _statistics.CrossedOffers++;
            return;
        }

        if (!_signals.TryTake(now))
        {
            _statistics.LimitedSignals++;
            return;
        }

        if (_own is { Phase: not CallPhase.Linking })
        {
            // The larger key's offer wins. An own attempt that the larger key has answered is kept: it did so
            // when it had none of its own, so one of the two is stale and we cannot know which.
            Drop(_own);
        }

        if (_answering.Count >= _options.Limits.Answering)
        {
            Drop(_answering[0]);
        }

        _retryAt = Instant.Never;
        _answering.Add(new CallAttempt(call, CallPhase.PreparingAnswer, now + _options.PrepareTimeout));
        _events.Enqueue(new CallEvent(CallEventKind.StartAnswering, call) { Body = OfferMark.TakeOff(body) });
    }

    public void HandleAnswer(Instant now, SignalCallId call, string body)
    {
        if (_own?.Call != call)
        {
            HandleStrayAnswer(now, call);
            return;
        }

        if (_own.Phase != CallPhase.Offered)
        {
            _statistics.DuplicateSignals++;
            return;
        }

        _own.Phase = CallPhase.Linking;
        _own.Deadline = now + _options.LinkTimeout;
        _own.ResendAt = Instant.Never;
        _events.Enqueue(new CallEvent(CallEventKind.ApplyAnswer, call) { Body = body });
        foreach (var candidate in _own.EarlyCandidates)
        {
            _events.Enqueue(new CallEvent(CallEventKind.ApplyCandidate, call) { Body = candidate });
        }

        _own.EarlyCandidates.Clear();
    }

    public void HandleCandidate(Instant now, SignalCallId call, string body)
    {
        if (_own?.Call == call && _own.Phase != CallPhase.Linking)
        {
            if (_own.EarlyCandidates.Count < _options.Limits.CandidatesPerAttempt)
            {
                _own.EarlyCandidates.Add(body);
            }
            else
            {
                _statistics.LimitedSignals++;
            }
        }
        else if (_own?.Call == call || _connected == call || FindAnswering(call) is not null)
        {
            _events.Enqueue(new CallEvent(CallEventKind.ApplyCandidate, call) { Body = body });
        }
        else
        {
            _statistics.StaleSignals++;
        }
    }

    public void HandleGoodbye(Instant now, SignalCallId call, string reason)
    {
        if (_connected == call)
        {
            Disconnect(call, reason);
            return;
        }

        var attempt = _own?.Call == call ? _own : FindAnswering(call);
        if (attempt is null)
        {
            _statistics.StaleSignals++;

            // It may have overtaken its offer, which must then not be answered.
            if (!_over.Contains(call))
            {
                Bury(call);
            }

            return;
        }

        var isRefusal = attempt == _own && CallRefusal.TryParse(reason, out _);
        Drop(attempt);
        if (isRefusal && _answering.Count == 0)
        {
            Fail(CallFailure.Refused, reason);
        }

        RetryIfWanted(now);
    }

    /// <summary>The peer repeats its offer: our answer may be lost, or not yet made.</summary>
    private void RepeatAnswer(Instant now, CallAttempt attempt)
    {
        _statistics.DuplicateSignals++;
        if (attempt.Phase != CallPhase.Linking)
        {
            return;
        }

        if (!_signals.TryTake(now))
        {
            _statistics.LimitedSignals++;
            return;
        }

        attempt.Deadline = now + _options.LinkTimeout;
        SendDescription(attempt, SignalKind.Answer);
    }

    /// <summary>
    /// An answer to an offer that we no longer stand by. The peer has made a transport for it and would wait for
    /// its deadline; told at once, it can go on to what counts.
    /// </summary>
    private void HandleStrayAnswer(Instant now, SignalCallId call)
    {
        if (_connected == call)
        {
            _statistics.DuplicateSignals++;
            return;
        }

        _statistics.StaleSignals++;
        if (_signals.TryTake(now))
        {
            Send(SignalKind.Goodbye, call, UnknownReason);
        }
    }
}
