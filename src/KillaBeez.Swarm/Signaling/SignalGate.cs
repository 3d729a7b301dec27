namespace KillaBeez.Swarm.Signaling;

/// <summary>
/// Decides whether a signal may be opened (at its receiver) or carried on (at an exchange or a peer between): it
/// must be genuine and new, and fresh where it is opened. Only what passes is remembered, and under its sender's name, so
/// nobody can use up the id of another's signal. Strangers share a bounded part of the memory, each less the more
/// there are; keys that the owner names as friends have room of their own. Nothing is forgotten that could pass again: a
/// sender that needs more room than it has loses its oldest ids, and with them the right to signals as old as those.
/// <para>
/// Freshness goes by Unix time, which the owner gives; forgetting goes by a monotonic clock, so that a wall clock that is
/// set makes the memory neither shorter nor longer.
/// </para>
/// </summary>
internal sealed class SignalGate
{
    private readonly PeerId? _me;
    private readonly SignalGateLimits _limits;
    private readonly TimeSpan _memory;
    private readonly Dictionary<PeerId, SignalSenderMemory> _senders = [];
    private readonly HashSet<PeerId> _friends = [];
    private readonly PriorityQueue<PeerId, Instant> _toForget = new();
    private readonly long[] _counts = new long[Enum.GetValues<SignalVerdict>().Length];
    private int _ofStrangers;

    /// <summary>Makes a gate.</summary>
    /// <param name="me">
    /// The only key whose signals pass, or null where signals for all keys are carried on. One that carries goes by no clock
    /// of its own: sender and receiver may agree with each other and not with it.
    /// </param>
    /// <param name="limits">How much is remembered.</param>
    public SignalGate(PeerId? me, SignalGateLimits? limits = null)
    {
        _me = me;
        _limits = limits ?? new SignalGateLimits();
        _memory = TimeSpan.FromMilliseconds(me is null ? SignalLimits.CarrierMemoryMs : SignalLimits.ReplayMemoryMs);
    }

    /// <summary>How many ids are remembered now.</summary>
    public int Remembered { get; private set; }

    /// <summary>How often a verdict has been given.</summary>
    public long CountOf(SignalVerdict verdict) => _counts[(int)verdict];

    /// <summary>Gives a key room of its own: it is connected, called or known.</summary>
    /// <returns>False where there are as many friends as may be; the key stays a stranger.</returns>
    public bool Befriend(PeerId key)
    {
        if (_friends.Contains(key))
        {
            return true;
        }

        if (_friends.Count >= _limits.MaximumFriends)
        {
            return false;
        }

        _friends.Add(key);
        _ofStrangers -= CountOf(key);
        return true;
    }

    /// <summary>Makes a friend a stranger again, with what a stranger may have at the least.</summary>
    public void Forget(Instant now, long nowUnixMs, PeerId key)
    {
        if (_friends.Remove(key) && _senders.TryGetValue(key, out var sender))
        {
            var before = sender.Count;
            sender.Trim(now, _limits.MinimumPerStranger, LatestUnixMs(nowUnixMs));
            Remembered += sender.Count - before;
            _ofStrangers += sender.Count;
        }
    }

    /// <summary>Decides on a signal, and remembers it if it is accepted.</summary>
    /// <param name="now">The moment, by the monotonic clock.</param>
    /// <param name="nowUnixMs">The same by the wall clock.</param>
    /// <param name="signal">The signal.</param>
    public SignalVerdict Check(Instant now, long nowUnixMs, SealedSignal signal)
    {
        ForgetOld(now);
        var isFriend = _friends.Contains(signal.From);
        var sender = _senders.GetValueOrDefault(signal.From);
        var share = isFriend ? _limits.MaximumPerSender : StrangerShare();
        var verdict = DecideByTimes(nowUnixMs, signal);
        if (verdict == SignalVerdict.Accepted)
        {
            verdict = DecideByMemory(now, nowUnixMs, signal, sender, share, isFriend);
        }

        // Last, because it costs a thousand times what the others cost.
        if (verdict == SignalVerdict.Accepted && !signal.HasValidSignature())
        {
            verdict = SignalVerdict.BadSignature;
        }

        _counts[(int)verdict]++;
        if (verdict == SignalVerdict.Accepted)
        {
            Remember(now, nowUnixMs, signal, sender, share, isFriend);
        }

        return verdict;
    }

    private SignalVerdict DecideByTimes(long nowUnixMs, SealedSignal signal)
    {
        if (_me is { } me && signal.To != me)
        {
            return SignalVerdict.NotForMe;
        }

        if (signal.To == signal.From)
        {
            return SignalVerdict.ToItself;
        }

        if (signal.ExpiresUnixMs - signal.CreatedUnixMs > SignalLimits.MaximumLifetimeMs)
        {
            return SignalVerdict.LifetimeTooLong;
        }

        if (_me is not null && nowUnixMs > signal.ExpiresUnixMs + SignalLimits.ClockSkewMs)
        {
            return SignalVerdict.Expired;
        }

        return signal.CreatedUnixMs > LatestUnixMs(nowUnixMs) ? SignalVerdict.FromTheFuture : SignalVerdict.Accepted;
    }

    private SignalVerdict DecideByMemory(Instant now, long nowUnixMs, SealedSignal signal, SignalSenderMemory? sender, int share, bool isFriend)
    {
        if (sender is not null && sender.MayHaveSeen(now, signal, LatestUnixMs(nowUnixMs)))
        {
            return SignalVerdict.Replayed;
        }

        if (sender is not null && !sender.IsWithinRate(now, share, _limits.RateWindow))
        {
            return SignalVerdict.TooManyFromSender;
        }

        // One that has ids here already gives up its oldest for a new one.
        return sender is null && !isFriend && _ofStrangers >= _limits.MaximumRemembered ? SignalVerdict.Overloaded : SignalVerdict.Accepted;
    }

    private void Remember(Instant now, long nowUnixMs, SealedSignal signal, SignalSenderMemory? sender, int share, bool isFriend)
    {
        var forgetAt = now + _memory;
        if (sender is null)
        {
            sender = new SignalSenderMemory();
            _senders.Add(signal.From, sender);
            _toForget.Enqueue(signal.From, forgetAt);
        }

        var before = sender.Count;
        var room = isFriend ? share : Math.Min(share, before + Math.Max(0, _limits.MaximumRemembered - _ofStrangers));
        sender.Add(now, signal, forgetAt, share, _limits.RateWindow);
        sender.Trim(now, Math.Max(1, room), LatestUnixMs(nowUnixMs));
        Remembered += sender.Count - before;
        _ofStrangers += isFriend ? 0 : sender.Count - before;
    }

    private void ForgetOld(Instant now)
    {
        while (_toForget.TryPeek(out var key, out var at) && at < now)
        {
            _toForget.Dequeue();
            var sender = _senders[key];
            if (sender.ForgetAt >= now)
            {
                // It has sent more since.
                _toForget.Enqueue(key, sender.ForgetAt);
                continue;
            }

            _senders.Remove(key);
            Remembered -= sender.Count;
            _ofStrangers -= _friends.Contains(key) ? 0 : sender.Count;
        }
    }

    private int StrangerShare() => Math.Clamp(
        (_limits.MaximumRemembered - _ofStrangers) / _limits.StrangerShareDivisor,
        Math.Min(_limits.MinimumPerStranger, _limits.MaximumPerSender),
        _limits.MaximumPerSender);

    private int CountOf(PeerId key) => _senders.TryGetValue(key, out var sender) ? sender.Count : 0;

    /// <summary>The latest time that a signal may have.</summary>
    private long LatestUnixMs(long nowUnixMs) => _me is null ? long.MaxValue : nowUnixMs + SignalLimits.ClockSkewMs;
}
