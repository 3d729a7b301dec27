namespace KillaBeez.Swarm.Signaling.Exchange.Server;

/// <summary>
/// What keys and sources may still send. It outlives their sockets until it would be as good as new, so that coming
/// again renews nothing. Bounded in what it remembers of those that have gone.
/// </summary>
internal sealed class ExchangeRates(ExchangeServerLimits limits)
{
    private readonly Dictionary<PeerId, ExchangeRate> _keys = [];
    private readonly Dictionary<ExchangeSource, ExchangeRate> _sources = [];
    private int _idle;

    /// <summary>How many keys and sources are remembered.</summary>
    public int Count => _keys.Count + _sources.Count;

    /// <summary>The rate of a key that subscribes; give it back with <see cref="Leave"/>.</summary>
    public ExchangeRate Enter(PeerId key) => Enter(_keys, key, limits.SignalBurst, limits.SignalRatePerSecond);

    /// <summary>The rate of a source that opens a socket, null for one that is not known; give it back with <see cref="Leave"/>.</summary>
    public ExchangeRate? Enter(ExchangeSource source) =>
        source.IsKnown ? Enter(_sources, source, limits.SourceSignalBurst, limits.SourceSignalRatePerSecond) : null;

    /// <summary>One user less.</summary>
    public void Leave(Instant now, ExchangeRate rate)
    {
        rate.Users--;
        if (rate.Users == 0)
        {
            // Where too many are remembered, this one is forgotten at the next sweep.
            rate.ForgetAt = _idle < limits.MaximumIdleRates ? now + limits.RateMemory : now;
            _idle++;
        }
    }

    /// <summary>Forgets whoever left long enough ago.</summary>
    public void Sweep(Instant now)
    {
        Sweep(_keys, now);
        Sweep(_sources, now);
    }

    private ExchangeRate Enter<T>(Dictionary<T, ExchangeRate> rates, T who, int signalBurst, int signalsPerSecond)
        where T : notnull
    {
        if (!rates.TryGetValue(who, out var rate))
        {
            rate = new ExchangeRate(limits, signalBurst, signalsPerSecond);
            rates.Add(who, rate);
        }
        else if (rate.Users == 0)
        {
            _idle--;
        }

        rate.Users++;
        return rate;
    }

    private void Sweep<T>(Dictionary<T, ExchangeRate> rates, Instant now)
        where T : notnull
    {
        if (_idle == 0)
        {
            return;
        }

        foreach (var (who, rate) in rates)
        {
            if (rate.Users == 0 && rate.ForgetAt <= now)
            {
                // Removing while enumerating is allowed for Dictionary since .NET Core 3.0.
                rates.Remove(who);
                _idle--;
            }
        }
    }
}

/// <summary>What a key or a source may still send.</summary>
internal sealed class ExchangeRate(ExchangeServerLimits limits, int signalBurst, int signalsPerSecond)
{
    public TokenBucket Messages = new(limits.MessageBurst, limits.MessageRatePerSecond);
    public TokenBucket Bytes = new(limits.ByteBurst, limits.ByteRatePerSecond);
    public TokenBucket Signals = new(signalBurst, signalsPerSecond);

    /// <summary>The sockets, or the subscribed key, that use it.</summary>
    public int Users { get; set; }

    /// <summary>When it is forgotten, where nobody uses it.</summary>
    public Instant ForgetAt { get; set; }
}
