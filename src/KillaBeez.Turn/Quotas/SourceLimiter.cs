namespace KillaBeez.Turn.Quotas;

/// <summary>
/// A rate for each source, in memory that does not grow however many sources there are or are made up: a source has
/// the bucket that a keyed hash gives it. Two sources share one by chance, once in <see cref="TurnServerLimits.SourceBuckets"/>,
/// and nobody can choose with whom.
/// </summary>
internal sealed class SourceLimiter
{
    private readonly TokenBucket[] _buckets = new TokenBucket[TurnServerLimits.SourceBuckets];
    private readonly ulong _multiplier;
    private readonly ulong _offset;

    public SourceLimiter(int burst, double perSecond, IRandomSource random)
    {
        Array.Fill(_buckets, new TokenBucket(burst, perSecond));
        _multiplier = random.NextUInt64() | 1;
        _offset = random.NextUInt64();
    }

    public bool TryTake(Instant now, SourceKey source) => _buckets[IndexOf(source)].TryTake(now);

    private int IndexOf(SourceKey source)
    {
        var mixed = (source.Prefix ^ _offset ^ (source.IsIPv6 ? ulong.MaxValue : 0)) * _multiplier;
        mixed = (mixed ^ (mixed >> 32)) * _multiplier;
        return (int)(mixed >> 40) % TurnServerLimits.SourceBuckets;
    }
}
