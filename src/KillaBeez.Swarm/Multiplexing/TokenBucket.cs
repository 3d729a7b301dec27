namespace KillaBeez.Swarm.Multiplexing;

/// <summary>
/// A rate limit: <c>burst</c> at once, then <c>perSecond</c> in the long run. Integer arithmetic in millionths of
/// a token, so that it is the same on every machine.
/// </summary>
internal struct TokenBucket(int burst, int perSecond)
{
    private const long TokenMicros = 1_000_000;

    private readonly long _capacityMicros = burst * TokenMicros;
    private long _micros = burst * TokenMicros;
    private Instant _refilledAt = Instant.Zero;

    public bool TryTake(Instant now)
    {
        var elapsedMicros = now.Microseconds - _refilledAt.Microseconds;
        if (elapsedMicros > 0)
        {
            // One microsecond brings perSecond millionths of a token. Filling up takes at most
            // capacity / perSecond, so longer times need no multiplication that could overflow.
            _micros = elapsedMicros >= _capacityMicros / perSecond
                ? _capacityMicros
                : Math.Min(_capacityMicros, _micros + (elapsedMicros * perSecond));
            _refilledAt = now;
        }

        if (_micros < TokenMicros)
        {
            return false;
        }

        _micros -= TokenMicros;
        return true;
    }
}
