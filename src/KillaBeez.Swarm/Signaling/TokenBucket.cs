namespace KillaBeez.Swarm.Signaling;

/// <summary>
/// A rate limit: costs are taken from a bucket that fills at a steady rate up to its size. It starts full.
/// </summary>
internal struct TokenBucket
{
    private readonly double _size;
    private readonly double _perSecond;
    private double _tokens;
    private Instant _at;

    /// <summary>A full bucket.</summary>
    /// <param name="now">When it starts.</param>
    /// <param name="size">The largest burst.</param>
    /// <param name="perSecond">The steady rate.</param>
    public TokenBucket(Instant now, double size, double perSecond)
    {
        _size = size;
        _perSecond = perSecond;
        _tokens = size;
        _at = now;
    }

    /// <summary>Takes a cost; false, and nothing taken, where too little is left.</summary>
    public bool TryTake(Instant now, double cost = 1)
    {
        if (now > _at)
        {
            _tokens = Math.Min(_size, _tokens + ((now - _at).TotalSeconds * _perSecond));
            _at = now;
        }

        if (_tokens < cost)
        {
            return false;
        }

        _tokens -= cost;
        return true;
    }
}
