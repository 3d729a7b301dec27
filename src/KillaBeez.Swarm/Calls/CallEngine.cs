using KillaBeez.Swarm.Signaling;

namespace KillaBeez.Swarm.Calls;

/// <summary>
/// Decides who offers, who answers and which link counts between this node and one other, over signals that may
/// be lost, doubled, delayed and reordered (docs/protocol/mesh.md, "Calls"). A pure state machine: poll events
/// after every call until there are none.
/// </summary>
/// <remarks>
/// Why there is never more than one connection: a node that calls has one attempt of its own. The larger key
/// ignores offers while it has one, so at the larger key an own attempt and an answered one never live together;
/// therefore of all attempts that the smaller key keeps, only those that the larger key keeps too can open, and
/// each side drops the rest when one does.
/// </remarks>
internal sealed partial class CallEngine
{
    /// <summary>
    /// Body of a goodbye that ends a call for good, or how it begins (<see cref="CallRefusal"/>); every other text lets the
    /// caller try again.
    /// </summary>
    public const string RefusedReason = "refused";

    /// <summary>Body of a goodbye that says that the sender's link could not be opened, or was closed.</summary>
    public const string ClosedReason = "closed";

    private const string TimeoutReason = "timeout";

    private const string UnknownReason = "unknown call";

    private readonly bool _isLarger;
    private readonly CallOptions _options;
    private readonly IRandomSource _random;
    private readonly Queue<CallEvent> _events = [];
    private readonly List<CallAttempt> _answering = [];
    private readonly Queue<SignalCallId> _over = [];
    private TokenBucket _signals;
    private CallStatistics _statistics;
    private CallAttempt? _own;
    private SignalCallId? _connected;
    private bool _isWanted;
    private bool _isByApplication;
    private int _attempts;
    private Instant _retryAt = Instant.Never;

    public CallEngine(PeerId local, PeerId remote, CallOptions options, IRandomSource random)
    {
        if (local == remote)
        {
            throw new ArgumentException("A node does not call itself.", nameof(remote));
        }

        _isLarger = local > remote;
        _options = options;
        _random = random;
        _signals = new TokenBucket(options.Limits.SignalBurst, options.Limits.SignalsPerSecond);
    }

    /// <summary>The call whose link is the connection, if there is one.</summary>
    public SignalCallId? ConnectedCall => _connected;

    /// <summary>Whether an attempt is under way or its repetition is waiting.</summary>
    public bool IsInProgress => _own is not null || _answering.Count > 0 || _retryAt != Instant.Never;

    public CallStatistics Statistics => _statistics;

    public Instant NextTimeout
    {
        get
        {
            var next = _own is null ? _retryAt : Instant.Min(_retryAt, Instant.Min(_own.Deadline, _own.ResendAt));
            foreach (var attempt in _answering)
            {
                next = Instant.Min(next, attempt.Deadline);
            }

            return next;
        }
    }

    public bool TryPollEvent(out CallEvent e) => _events.TryDequeue(out e);

    /// <summary>Wants a connection. Nothing happens where there is one or one is being made; Connected or Failed follows.</summary>
    /// <param name="now">The time.</param>
    /// <param name="byApplication">The application wants it, and not only the mesh: all offers say so from now on.</param>
    public void Call(Instant now, bool byApplication = false)
    {
        _isByApplication |= byApplication;
        if (_connected is not null)
        {
            return;
        }

        _isWanted = true;
        if (!IsInProgress)
        {
            _attempts = 0;
            StartOwn(now);
        }
    }

    /// <summary>The peer asks to be called. Who is connected to it already will notice by himself if that is no longer true.</summary>
    public void HandleInform(Instant now) => Call(now);

    /// <summary>Ends the connection and every attempt, and tells the peer. No event but DropAttempt and SendSignal follows.</summary>
    public void Hangup(Instant now)
    {
        _isWanted = false;
        _retryAt = Instant.Never;
        if (_connected is { } connected)
        {
            _connected = null;
            Send(SignalKind.Goodbye, connected, ClosedReason);
            Bury(connected);
            _events.Enqueue(new CallEvent(CallEventKind.DropAttempt, connected));
        }

        foreach (var attempt in AllAttempts())
        {
            Send(SignalKind.Goodbye, attempt.Call, ClosedReason);
            Drop(attempt);
        }
    }

    /// <summary>Refuses the offer that StartAnswering announced: the peer's call fails and is not repeated.</summary>
    public void Refuse(Instant now, SignalCallId call)
    {
        if (FindAnswering(call) is { } attempt)
        {
            Send(SignalKind.Goodbye, call, RefusedReason);
            Drop(attempt);
            RetryIfWanted(now);
        }
    }

    /// <summary>The offer that StartOffering asked for; called again, a newer text of it for repeats.</summary>
    public void LocalOfferReady(Instant now, SignalCallId call, string body)
    {
        if (_own?.Call != call)
        {
            return;
        }

        _own.Description = body;
        if (_own.Phase == CallPhase.PreparingOffer)
        {
            _own.Phase = CallPhase.Offered;
            _own.Deadline = now + _options.OfferTimeout;
            SendDescription(_own, SignalKind.Offer);
            ArmResend(now, _own);
        }
    }

    /// <summary>The answer that StartAnswering asked for; called again, a newer text of it for repeats.</summary>
    public void LocalAnswerReady(Instant now, SignalCallId call, string body)
    {
        if (FindAnswering(call) is not { } attempt)
        {
            return;
        }

        attempt.Description = body;
        if (attempt.Phase == CallPhase.PreparingAnswer)
        {
            attempt.Phase = CallPhase.Linking;
            attempt.Deadline = now + _options.LinkTimeout;
            SendDescription(attempt, SignalKind.Answer);
        }
    }

    /// <summary>A candidate found after the description was made. It is sent after the description.</summary>
    public void LocalCandidate(Instant now, SignalCallId call, string body)
    {
        var attempt = _own?.Call == call ? _own : FindAnswering(call);
        if (attempt is null || attempt.LocalCandidates.Count >= _options.Limits.CandidatesPerAttempt)
        {
            return;
        }

        attempt.LocalCandidates.Add(body);
        if (attempt.Phase is CallPhase.Offered or CallPhase.Linking)
        {
            Send(SignalKind.Candidate, call, body);
        }
    }

    /// <summary>The link of a call is open and authenticated: it is the connection now, whatever was before.</summary>
    public void LinkOpened(Instant now, SignalCallId call)
    {
        if (_connected == call)
        {
            return;
        }

        var attempt = _own?.Call == call ? _own : FindAnswering(call);
        if (attempt is null)
        {
            _events.Enqueue(new CallEvent(CallEventKind.DropAttempt, call));
            return;
        }

        Remove(attempt);
        var old = _connected;
        _connected = call;
        _isWanted = false;
        _retryAt = Instant.Never;
        _events.Enqueue(new CallEvent(CallEventKind.Connected, call));
        if (old is { } replaced)
        {
            Bury(replaced);
            _events.Enqueue(new CallEvent(CallEventKind.DropAttempt, replaced));
        }

        foreach (var other in AllAttempts())
        {
            Drop(other);
        }
    }

    /// <summary>The transport of a call failed or its link closed.</summary>
    public void LinkClosed(Instant now, SignalCallId call)
    {
        if (_connected == call)
        {
            Disconnect(call, string.Empty);
            return;
        }

        var attempt = _own?.Call == call ? _own : FindAnswering(call);
        if (attempt is not null)
        {
            // The peer may still wait for this link; a goodbye spares it the time.
            Send(SignalKind.Goodbye, call, ClosedReason);
            Drop(attempt);
            RetryIfWanted(now);
        }
    }

    /// <summary>
    /// A signal of the call reached nobody and no other way is left. An offer that cannot be delivered ends the
    /// wanted call at once; once descriptions were exchanged, the caller's link may open without further signals.
    /// </summary>
    public void SignalUndeliverable(Instant now, SignalCallId call, CallFailure reason)
    {
        if (FindAnswering(call) is { } attempt)
        {
            Drop(attempt);
            RetryIfWanted(now);
        }
        else if (_own is { Phase: CallPhase.PreparingOffer or CallPhase.Offered } && _own.Call == call)
        {
            Drop(_own);
            if (_answering.Count == 0)
            {
                Fail(reason);
            }
        }
    }

    public void HandleTimeout(Instant now)
    {
        foreach (var attempt in AllAttempts())
        {
            if (attempt.Deadline <= now)
            {
                Send(SignalKind.Goodbye, attempt.Call, TimeoutReason);
                Drop(attempt);
                RetryIfWanted(now);
            }
            else if (attempt.ResendAt <= now)
            {
                SendDescription(attempt, SignalKind.Offer);
                ArmResend(now, attempt);
            }
        }

        if (_retryAt <= now)
        {
            _retryAt = Instant.Never;
            StartOwn(now);
        }
    }

    private void StartOwn(Instant now)
    {
        _attempts++;
        _own = new CallAttempt(SignalCallId.Generate(_random), CallPhase.PreparingOffer, now + _options.PrepareTimeout);
        _events.Enqueue(new CallEvent(CallEventKind.StartOffering, _own.Call));
    }

    /// <summary>After an attempt has ended: waits for the next one, or gives up, unless another attempt or a connection is left.</summary>
    private void RetryIfWanted(Instant now)
    {
        if (!_isWanted || _connected is not null || IsInProgress)
        {
            return;
        }

        if (_attempts >= _options.Attempts)
        {
            Fail(CallFailure.Timeout);
            return;
        }

        var backoffMs = _options.FirstBackoff.TotalMilliseconds * Math.Pow(2, Math.Max(0, _attempts - 1));
        _retryAt = now.AddMs(backoffMs * (0.5 + _random.NextDouble()));
    }

    private void Fail(CallFailure failure, string reason = "")
    {
        if (_isWanted)
        {
            _isWanted = false;
            _retryAt = Instant.Never;
            _events.Enqueue(new CallEvent(CallEventKind.Failed, default) { Failure = failure, Body = reason });
        }
    }

    private void Disconnect(SignalCallId call, string reason)
    {
        _connected = null;
        Bury(call);
        _events.Enqueue(new CallEvent(CallEventKind.Disconnected, call) { Body = reason });
    }

    private void ArmResend(Instant now, CallAttempt attempt)
    {
        var waitMs = _options.FirstResend.TotalMilliseconds * Math.Pow(2, attempt.Resends++);
        attempt.ResendAt = now.AddMs(waitMs * (0.75 + (_random.NextDouble() / 2)));
    }

    private void SendDescription(CallAttempt attempt, SignalKind kind)
    {
        Send(kind, attempt.Call, kind == SignalKind.Offer && _isByApplication ? OfferMark.Put(attempt.Description) : attempt.Description);
        foreach (var candidate in attempt.LocalCandidates)
        {
            Send(SignalKind.Candidate, attempt.Call, candidate);
        }
    }

    private void Send(SignalKind kind, SignalCallId call, string body) =>
        _events.Enqueue(new CallEvent(CallEventKind.SendSignal, call) { Signal = new SignalContent { Kind = kind, Call = call, Body = body } });

    private CallAttempt[] AllAttempts() => _own is null ? [.. _answering] : [_own, .. _answering];

    private CallAttempt? FindAnswering(SignalCallId call) => _answering.Find(attempt => attempt.Call == call);

    private void Drop(CallAttempt attempt)
    {
        Remove(attempt);
        Bury(attempt.Call);
        _events.Enqueue(new CallEvent(CallEventKind.DropAttempt, attempt.Call));
    }

    private void Remove(CallAttempt attempt)
    {
        if (_own == attempt)
        {
            _own = null;
        }
        else
        {
            _answering.Remove(attempt);
        }
    }

    private void Bury(SignalCallId call)
    {
        if (_over.Count >= _options.Limits.RememberedCalls)
        {
            _over.Dequeue();
        }

        _over.Enqueue(call);
    }
}
