namespace KillaBeez;

/// <summary>
/// A rate limit: a burst at once, then a steady rate in the long run. It starts full, and a clock that stands
/// still or goes back neither fills nor empties it.
/// </summary>
internal struct TokenBucket
{
    private readonly double _burst;
    private readonly double _perSecond;
    private double _tokens;
    private Instant _filledAt;

    /// <param name="burst">The largest cost that can be taken at once after a quiet time; more than 0.</param>
    /// <param name="perSecond">What is refilled in a second; more than 0.</param>
    public TokenBucket(double burst, double perSecond)
    {
        _burst = burst;
        _perSecond = perSecond;
        _tokens = burst;
    }

    /// <summary>Takes a cost; false, and nothing taken, where too little is left.</summary>
    public bool TryTake(Instant now, double cost = 1)
    {
        if (now > _filledAt)
        {
            _tokens = Math.Min(_burst, _tokens + ((now - _filledAt).TotalSeconds * _perSecond));
            _filledAt = now;
        }

        if (_tokens < cost)
        {
            return false;
        }

        _tokens -= cost;
        return true;
    }
}
