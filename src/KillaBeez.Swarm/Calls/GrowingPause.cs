namespace KillaBeez.Swarm.Calls;

/// <summary>The pause before something that has failed is tried again.</summary>
internal static class GrowingPause
{
    /// <summary>More failures than these no longer count: every pause has reached its longest long before.</summary>
    public const int MostDoublings = 16;

    /// <summary>
    /// Doubled with each failure up to the longest, then drawn between half and three halves of that, so that those who
    /// failed together do not come back together.
    /// </summary>
    /// <param name="first">The pause where nothing has failed yet.</param>
    /// <param name="longest">The longest pause, before the draw.</param>
    /// <param name="failures">How often it has failed.</param>
    /// <param name="random">Where the draw comes from: one number of it is used.</param>
    public static TimeSpan Draw(TimeSpan first, TimeSpan longest, int failures, IRandomSource random)
    {
        var pause = first * Math.Pow(2, Math.Min(failures, MostDoublings));
        return (pause < longest ? pause : longest) * (0.5 + random.NextDouble());
    }
}
