namespace KillaBeez.Cli.Bench;

/// <summary>Figures of several measurements.</summary>
internal static class Statistics
{
    /// <summary>The value that the given part of the values does not exceed.</summary>
    /// <param name="sorted">At least one value, ascending.</param>
    /// <param name="part">0 to 1.</param>
    public static double Percentile(ReadOnlySpan<double> sorted, double part) =>
        sorted[Math.Min((int)(part * sorted.Length), sorted.Length - 1)];

    /// <summary>The middle value, or the mean of the two.</summary>
    /// <param name="values">At least one.</param>
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
