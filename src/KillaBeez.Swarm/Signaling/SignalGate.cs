namespace KillaBeez.Swarm.Signaling;

/// <summary>How much a <see cref="SignalGate"/> remembers.</summary>
internal sealed record SignalGateLimits
{
    /// <summary>Ids remembered at once; when full, new signals are refused rather than old ones forgotten.</summary>
    public int MaximumRemembered { get; init; } = 65_536;

    /// <summary>Signals of one sender accepted within <see cref="SignalLimits.ReplayMemoryMs"/>.</summary>
    public int MaximumPerSender { get; init; } = 1_024;
}

/// <summary>
/// Decides whether a signal may be opened (at its receiver) or carried on (at an exchange or a peer between): it
/// must be genuine, fresh and new. Only what passes is remembered, and under its sender's name, so nobody can
/// use up the id of another's signal. Its owner calls it with Unix time; no clock is read.
/// </summary>
internal sealed class SignalGate
{
    private readonly PeerId? _me;
    private readonly SignalGateLimits _limits;
    private readonly HashSet<(PeerId From, SignalId Id)> _remembered = [];
    private readonly Queue<(PeerId From, SignalId Id, long ForgetAtUnixMs)> _order = new();
    private readonly Dictionary<PeerId, int> _perSender = [];
    private readonly long[] _counts = new long[Enum.GetValues<SignalVerdict>().Length];

    /// <summary>Makes a gate.</summary>
    /// <param name="me">The only key whose signals pass, or null where signals for all keys are carried on.</param>
    /// <param name="limits">How much is remembered.</param>
    public SignalGate(PeerId? me, SignalGateLimits? limits = null)
    {
        _me = me;
        _limits = limits ?? new SignalGateLimits();
    }

    /// <summary>How many ids are remembered now.</summary>
    public int Remembered => _remembered.Count;

    /// <summary>How often a verdict has been given.</summary>
    public long CountOf(SignalVerdict verdict) => _counts[(int)verdict];

    /// <summary>Decides on a signal, and remembers it if it is accepted.</summary>
    public SignalVerdict Check(long nowUnixMs, SealedSignal signal)
    {
        Forget(nowUnixMs);
        var verdict = Decide(nowUnixMs, signal);
        _counts[(int)verdict]++;
        if (verdict == SignalVerdict.Accepted)
        {
            _remembered.Add((signal.From, signal.Id));
            _order.Enqueue((signal.From, signal.Id, nowUnixMs + SignalLimits.ReplayMemoryMs));
            _perSender[signal.From] = _perSender.GetValueOrDefault(signal.From) + 1;
        }

        return verdict;
    }

    private SignalVerdict Decide(long nowUnixMs, SealedSignal signal)
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

        if (nowUnixMs > signal.ExpiresUnixMs + SignalLimits.ClockSkewMs)
        {
            return SignalVerdict.Expired;
        }

        if (nowUnixMs < signal.CreatedUnixMs - SignalLimits.ClockSkewMs)
        {
            return SignalVerdict.FromTheFuture;
        }

        if (_remembered.Contains((signal.From, signal.Id)))
        {
            return SignalVerdict.Replayed;
        }

        if (_perSender.GetValueOrDefault(signal.From) >= _limits.MaximumPerSender)
        {
            return SignalVerdict.TooManyFromSender;
        }

        if (_remembered.Count >= _limits.MaximumRemembered)
        {
            return SignalVerdict.Overloaded;
        }

        // Last, because it costs a thousand times what the others cost.
        return signal.HasValidSignature() ? SignalVerdict.Accepted : SignalVerdict.BadSignature;
    }

    private void Forget(long nowUnixMs)
    {
        // A clock that is set back makes the memory longer, never shorter: entries leave in the order they came.
        while (_order.TryPeek(out var oldest) && oldest.ForgetAtUnixMs < nowUnixMs)
        {
            _order.Dequeue();
            _remembered.Remove((oldest.From, oldest.Id));
            var left = _perSender[oldest.From] - 1;
            if (left == 0)
            {
                _perSender.Remove(oldest.From);
            }
            else
            {
                _perSender[oldest.From] = left;
            }
        }
    }
}
