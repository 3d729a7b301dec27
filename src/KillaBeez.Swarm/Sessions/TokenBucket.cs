namespace KillaBeez.Swarm.Sessions;

/// <summary>A rate limit: a burst, refilled at a constant rate. Start it full with the constructor.</summary>
internal struct TokenBucket(double perSecond, int burst)
{
    private double _tokens = burst;
    private Instant _filledAt;

    /// <summary>Takes a token; false where there is none.</summary>
    public bool TryTake(Instant now)
    {
        if (now > _filledAt)
        {
            _tokens = Math.Min(burst, _tokens + ((now - _filledAt).TotalSeconds * perSecond));
            _filledAt = now;
        }

        if (_tokens < 1)
        {
            return false;
        }

        _tokens--;
        return true;
    }
}
