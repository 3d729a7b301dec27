using KillaBeez.Swarm.Calls;

namespace KillaBeez.Swarm.Signaling.Post;

/// <summary>
/// Sends this node's signals by every way there is, and opens those that come in. A pure state machine of one owner:
/// poll <see cref="TryPollTransmit"/> and <see cref="TryPollEvent"/> until false after every other call.
/// </summary>
/// <remarks>
/// <para>
/// A signal takes the best way at once and, while no answer comes, one way more after each <see cref="SignalPostLimits.NextWayAfter"/>;
/// the receiver's gate removes the copies. That a way took a signal proves nothing: the exchange may be stopped, the peer
/// dead. The way of the other side's own signal is proven, and what follows in that call takes it alone. A way that let
/// another answer first is doubted, and tried after others next time.
/// </para>
/// <para>
/// An awaited call that every way refuses (nobody knows the key) is tried again with growing pauses until its time is over:
/// the callee may just be coming. Any other call ends there, and so does one whose clocks are too far apart.
/// </para>
/// </remarks>
internal sealed class SignalPost
{
    private readonly KeyPair _identity;
    private readonly IRandomSource _random;
    private readonly SignalGate _gate;
    private readonly SignalPostLimits _limits;
    private readonly ExchangeState[] _exchanges;
    private readonly SortedSet<PeerId> _peers = [];

    /// <summary>Who has room of its own in the gate: the connected, and whom this node calls.</summary>
    private readonly SortedSet<PeerId> _friends = [];
    private readonly Dictionary<SignalWay, int> _doubts = [];
    private readonly Dictionary<(PeerId To, SignalCallId Call), Correspondence> _calls = [];
    private readonly Dictionary<SignalId, Correspondence> _bySignal = [];
    private readonly Queue<(SignalWay Way, SealedSignal Signal)> _toSend = new();
    private readonly Queue<SignalPostEvent> _events = new();
    private readonly long[] _openings = new long[Enum.GetValues<SignalOpenError>().Length];

    /// <param name="identity">This node's pair; stays the caller's.</param>
    /// <param name="exchanges">How many exchanges the node has; none is ready yet.</param>
    /// <param name="gate">Where signals for this node are checked; the caller may keep it longer than this.</param>
    /// <param name="random">A cryptographic source in production.</param>
    /// <param name="limits">The limits.</param>
    public SignalPost(KeyPair identity, int exchanges, SignalGate gate, IRandomSource random, SignalPostLimits? limits = null)
    {
        _identity = identity;
        _gate = gate;
        _random = random;
        _limits = limits ?? SignalPostLimits.Default;
        _exchanges = new ExchangeState[exchanges];
    }

    /// <summary>Signals that are kept.</summary>
    public int Count => _bySignal.Count;

    public Instant NextTimeout { get; private set; } = Instant.Never;

    /// <summary>How often opening a signal that the gate let through ended so.</summary>
    public long CountOf(SignalOpenError error) => _openings[(int)error];

    public bool TryPollTransmit(out SignalWay way, out SealedSignal signal)
    {
        var any = _toSend.TryDequeue(out var next);
        (way, signal) = next;
        return any;
    }

    public bool TryPollEvent(out SignalPostEvent e) => _events.TryDequeue(out e!);

    /// <summary>Seals a content and sends it.</summary>
    /// <param name="now">Monotonic time.</param>
    /// <param name="nowUnixMs">This node's clock, for the signal's times.</param>
    /// <param name="to">The receiver; a valid key.</param>
    /// <param name="content">What it says.</param>
    /// <param name="hint">The way that what is answered took, or that is said to lead to the receiver.</param>
    /// <param name="isAwaited">Whether the application waits for the call.</param>
    public void Send(Instant now, long nowUnixMs, PeerId to, SignalContent content, SignalWay? hint, bool isAwaited)
    {
        var isKnown = _calls.TryGetValue((to, content.Call), out var known);
        var signal = SignalSealer.Seal(_identity, to, content, nowUnixMs, _random);
        if (content.Kind == SignalKind.Goodbye)
        {
            SendGoodbye(known ?? new Correspondence(to, content.Call) { Hint = hint }, signal);
            return;
        }

        var call = known ?? new Correspondence(to, content.Call);
        var isDescription = content.Kind is SignalKind.Offer or SignalKind.Answer;
        if (isDescription)
        {
            Restart(call);
        }

        if (_bySignal.Count >= _limits.Signals || call.Count >= _limits.SignalsPerCall)
        {
            _events.Enqueue(new SignalPostEvent.Undeliverable(
                to, content.Call, CallFailure.NoRoute, $"{_bySignal.Count} signals wait to be sent, {call.Count} of them for this call"));
            return;
        }

        call.Hint = hint ?? call.Hint;
        call.IsAwaited |= isAwaited;
        if (content.Kind is SignalKind.Offer or SignalKind.Inform)
        {
            call.ExpectsAnswer = true;
            Befriend(to);
        }

        call.Add(signal, now.AddMs(SignalLimits.MaximumLifetimeMs));
        _bySignal.Add(signal.Id, call);
        if (!isKnown)
        {
            _calls.Add((to, content.Call), call);
            _events.Enqueue(new SignalPostEvent.CarriersWanted(to));
        }
        else if (isDescription)
        {
            // It is sent again because nothing came of it.
            OpenNextWay(call);
        }

        Advance(now, call);
    }

    /// <summary>Which connected peers are connected to somebody, best first.</summary>
    public void SetCarriers(Instant now, PeerId to, IReadOnlyList<PeerId> carriers)
    {
        var known = carriers.Count > 0 ? carriers : [.. _peers.Where(peer => peer != to).Take(_limits.GuessedCarriers)];
        foreach (var call in CallsWhere(call => call.To == to && call.Carriers is null))
        {
            call.Carriers = known;
            Advance(now, call);
        }
    }

    /// <summary>An exchange takes signals from now on.</summary>
    public void ExchangeReady(Instant now, int index)
    {
        _exchanges[index] = new ExchangeState(IsReady: true, Problem: null);
        BecomeReady(now, new SignalWay.Exchange(index));
    }

    /// <summary>An exchange takes no signals; it is tried again by whoever connects to it.</summary>
    public void ExchangeLost(Instant now, int index, string problem)
    {
        _exchanges[index] = new ExchangeState(IsReady: false, problem);
        Lose(now, new SignalWay.Exchange(index), problem);
    }

    /// <summary>A peer is connected and may carry.</summary>
    public void PeerConnected(Instant now, PeerId peer)
    {
        if (_peers.Add(peer))
        {
            Befriend(peer);
            BecomeReady(now, new SignalWay.Carrier(peer));
        }
    }

    /// <summary>A peer is connected no more.</summary>
    public void PeerDisconnected(Instant now, PeerId peer)
    {
        if (_peers.Remove(peer))
        {
            var way = new SignalWay.Carrier(peer);
            Lose(now, way, $"{peer.ToShortString()} is not connected any more");
            _doubts.Remove(way);
        }
    }

    /// <summary>A way did not take a signal, or says that it could not deliver it.</summary>
    public void Refused(Instant now, SignalWay way, SignalId id, CallFailure failure, string reason)
    {
        if (_bySignal.TryGetValue(id, out var call) && call.Find(way) is { } trial)
        {
            Refuse(now, call, trial, failure, reason);
        }
    }

    /// <summary>A signal has come by a way.</summary>
    /// <param name="now">Monotonic time.</param>
    /// <param name="nowUnixMs">This node's clock.</param>
    /// <param name="way">The way it took.</param>
    /// <param name="signal">The signal.</param>
    public void Receive(Instant now, long nowUnixMs, SignalWay way, SealedSignal signal)
    {
        var verdict = _gate.Check(now, nowUnixMs, signal);
        if (verdict == SignalVerdict.Accepted)
        {
            Open(now, way, signal);
        }
        else if (verdict != SignalVerdict.Replayed)
        {
            _events.Enqueue(new SignalPostEvent.Dropped(signal.From, verdict));
        }
    }

    /// <summary>Opens a signal that the gate has accepted already.</summary>
    public void Open(Instant now, SignalWay way, SealedSignal signal)
    {
        var isOpen = SignalSealer.TryOpen(_identity, signal, out var content, out var error);
        _openings[(int)error]++;
        if (!isOpen)
        {
            _events.Enqueue(new SignalPostEvent.Dropped(signal.From, error));
            return;
        }

        _doubts.Remove(way);
        if (_calls.TryGetValue((signal.From, content!.Call), out var call))
        {
            Prove(call, way);
        }

        _events.Enqueue(new SignalPostEvent.Received(signal.From, content, way));
    }

    public void HandleTimeout(Instant now, long nowUnixMs)
    {
        NextTimeout = Instant.Never;
        ForgetFriends(now, nowUnixMs);
        foreach (var call in CallsWhere(static _ => true))
        {
            if (call.Deadline <= now)
            {
                Remove(call);
                continue;
            }

            if (call.RetryAt <= now)
            {
                call.RetryAt = Instant.Never;
                call.Retries++;
                call.ForgetTrials();
                call.Carriers = null;
                _events.Enqueue(new SignalPostEvent.CarriersWanted(call.To));
                Advance(now, call);
            }

            if (call.NextWayAt <= now)
            {
                call.NextWayAt = Instant.Never;
                OpenNextWay(call);
                Advance(now, call);
            }

            Arm(call);
        }
    }

    private void Befriend(PeerId key)
    {
        if (_gate.Befriend(key))
        {
            _friends.Add(key);
        }
    }

    /// <summary>Who is neither connected nor called any more is a stranger again.</summary>
    private void ForgetFriends(Instant now, long nowUnixMs)
    {
        var called = _calls.Values.Where(call => call.ExpectsAnswer).Select(call => call.To).ToHashSet();
        foreach (var key in _friends.Where(key => !_peers.Contains(key) && !called.Contains(key)).ToArray())
        {
            _friends.Remove(key);
            _gate.Forget(now, nowUnixMs, key);
        }
    }

    private Correspondence[] CallsWhere(Func<Correspondence, bool> condition) => [.. _calls.Values.Where(condition)];

    private void Arm(Correspondence call) => NextTimeout = Instant.Min(NextTimeout, call.NextTimeout);

    /// <summary>Not kept, and not repeated: who misses it waits a little longer.</summary>
    private void SendGoodbye(Correspondence call, SealedSignal signal)
    {
        var ways = call.Proven is { } proven && IsReady(proven) ? [proven]
            : call.Trials.Where(trial => !trial.IsRefused).Select(trial => trial.Way).ToArray();
        if (ways.Length == 0 && FindNextWay(call) is { } first)
        {
            ways = [first];
        }

        foreach (var way in ways)
        {
            _toSend.Enqueue((way, signal));
        }
    }

    /// <summary>Gives every open way what it has not got yet, opens one where none is, and sees to what comes next.</summary>
    private void Advance(Instant now, Correspondence call)
    {
        if (call.Proven is { } proven && IsReady(proven))
        {
            Give(now, call, call.Find(proven) ?? call.Open(proven));
            call.NextWayAt = Instant.Never;
            Arm(call);
            return;
        }

        if (!call.HasOpenTrial)
        {
            OpenNextWay(call);
        }

        foreach (var trial in call.Trials)
        {
            if (!trial.IsRefused)
            {
                Give(now, call, trial);
            }
        }

        if (!call.HasOpenTrial)
        {
            WaitOrGiveUp(now, call);
        }
        else if (call.ExpectsAnswer && call.NextWayAt == Instant.Never && FindNextWay(call) is not null)
        {
            call.NextWayAt = now + _limits.NextWayAfter;
        }

        Arm(call);
    }

    private void Give(Instant now, Correspondence call, Correspondence.Trial trial)
    {
        while (call.TryTakeNext(now, trial, out var signal))
        {
            _toSend.Enqueue((trial.Way, signal!));
        }
    }

    private void OpenNextWay(Correspondence call)
    {
        if (FindNextWay(call) is { } way)
        {
            call.Open(way);
        }
    }

    /// <summary>The best way that this call has not taken: the least doubted; among equals the way that is said to lead to the receiver, then exchanges, then other peers.</summary>
    private SignalWay? FindNextWay(Correspondence call)
    {
        SignalWay? best = null;
        var bestDoubt = int.MaxValue;
        foreach (var way in Ways(call))
        {
            var doubt = _doubts.GetValueOrDefault(way);
            if (doubt < bestDoubt && IsReady(way) && call.Find(way) is null)
            {
                (best, bestDoubt) = (way, doubt);
            }
        }

        return best;
    }

    private IEnumerable<SignalWay> Ways(Correspondence call)
    {
        if (call.Hint is { } hint)
        {
            yield return hint;
        }

        for (var i = 0; i < _exchanges.Length; i++)
        {
            yield return new SignalWay.Exchange(i);
        }

        foreach (var carrier in call.Carriers ?? [])
        {
            yield return new SignalWay.Carrier(carrier);
        }
    }

    private bool IsReady(SignalWay way) => way switch
    {
        SignalWay.Exchange exchange => _exchanges[exchange.Index].IsReady,
        SignalWay.Carrier carrier => _peers.Contains(carrier.Peer),
        _ => false,
    };

    private void BecomeReady(Instant now, SignalWay way)
    {
        foreach (var call in CallsWhere(call => !call.HasOpenTrial || call.Find(way) is not null))
        {
            call.ForgetTrial(way);
            Advance(now, call);
        }
    }

    private void Lose(Instant now, SignalWay way, string problem)
    {
        foreach (var call in CallsWhere(call => call.Find(way) is { IsRefused: false }))
        {
            Refuse(now, call, call.Find(way)!, CallFailure.NoRoute, problem);
        }
    }

    private void Refuse(Instant now, Correspondence call, Correspondence.Trial trial, CallFailure failure, string reason)
    {
        trial.IsRefused = true;
        call.LastFailure = (failure, reason);
        if (call.Proven == trial.Way)
        {
            call.Proven = null;
        }

        Advance(now, call);
    }

    /// <summary>No way is open. Either one is to come, or the call is tried again, or it is over.</summary>
    private void WaitOrGiveUp(Instant now, Correspondence call)
    {
        if (call.Carriers is null || call.RetryAt != Instant.Never)
        {
            return;
        }

        var isExchangeComing = _exchanges.Length > 0 && !_exchanges.Any(exchange => exchange.IsReady);
        if (isExchangeComing)
        {
            call.LastFailure = (CallFailure.NoRoute, _exchanges.Select(exchange => exchange.Problem).LastOrDefault(problem => problem is not null) ?? "no exchange is connected yet");
        }

        var (failure, reason) = call.LastFailure;
        if ((call.IsAwaited && failure != CallFailure.ClocksDiffer) || isExchangeComing)
        {
            if (call.IsAwaited)
            {
                var pause = _limits.FirstRetry * Math.Pow(2, Math.Min(call.Retries, 16));
                call.RetryAt = now + (pause < _limits.LongestRetry ? pause : _limits.LongestRetry);
            }

            _events.Enqueue(new SignalPostEvent.Delayed(call.To, failure, reason));
            return;
        }

        Remove(call);
        _events.Enqueue(new SignalPostEvent.Undeliverable(call.To, call.Call, failure, reason));
    }

    /// <summary>The other side has answered by a way: that one works, and those that had the signal before it do not as well.</summary>
    private void Prove(Correspondence call, SignalWay way)
    {
        if (call.Proven is null && call.ExpectsAnswer)
        {
            foreach (var trial in call.Trials.TakeWhile(trial => trial.Way != way).Where(trial => !trial.IsRefused))
            {
                _doubts[trial.Way] = Math.Min(_doubts.GetValueOrDefault(trial.Way) + 1, _limits.Doubt);
            }
        }

        call.Proven = way;
        call.NextWayAt = Instant.Never;
    }

    private void Restart(Correspondence call)
    {
        foreach (var id in call.Ids)
        {
            _bySignal.Remove(id);
        }

        call.Restart();
    }

    private void Remove(Correspondence call)
    {
        Restart(call);
        _calls.Remove((call.To, call.Call));
    }

    private readonly record struct ExchangeState(bool IsReady, string? Problem);
}
