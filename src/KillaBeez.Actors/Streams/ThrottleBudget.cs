namespace KillaBeez.Streams;

/// <summary>How much may pass when, in whole numbers: a rate has no rounding that adds up.</summary>
/// <param name="perSecond">How fast it fills.</param>
/// <param name="burst">How much it holds; it begins full.</param>
internal sealed class ThrottleBudget(long perSecond, long burst)
{
    // In units of what is taken, times ticks a second. What one tick brings is kept beyond the burst, since waits are whole ticks.
    private readonly Int128 _capacity = ((Int128)burst * TimeSpan.TicksPerSecond) + perSecond - 1;
    private Int128 _level = (Int128)burst * TimeSpan.TicksPerSecond;
    private TimeSpan _filledAt;

    /// <summary>It is full at this time.</summary>
    public void Start(TimeSpan now) => _filledAt = now;

    /// <summary>Takes an amount; more than it holds is taken from a full one, which then has less than nothing.</summary>
    /// <returns>Zero where it was taken; otherwise nothing was, and it is to be tried again after this time.</returns>
    public TimeSpan TryTake(long amount, TimeSpan now)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(amount);
        _level = Int128.Min(_capacity, _level + ((Int128)(now - _filledAt).Ticks * perSecond));
        _filledAt = now;
        var needed = (Int128)Math.Min(amount, burst) * TimeSpan.TicksPerSecond;
        if (_level < needed)
        {
            return new TimeSpan((long)Int128.Min(long.MaxValue, (needed - _level + perSecond - 1) / perSecond));
        }

        _level -= (Int128)amount * TimeSpan.TicksPerSecond;
        return TimeSpan.Zero;
    }
}
