using KillaBeez.Cli.Bench;

namespace KillaBeez.Cli.Tests.Bench;

public sealed class StatisticsTests
{
    [Theory]
    [InlineData(2.0, new[] { 3.0, 1, 2 })]
    [InlineData(2.5, new[] { 4.0, 1, 2, 3 })]
    [InlineData(7.0, new[] { 7.0 })]
    public void Median_Values_IsTheMiddle(double expected, double[] values) =>
        Assert.Equal(expected, Statistics.Median(values));

    [Fact]
    public void Percentile_HundredValues_LeavesTheRestAbove()
    {
        double[] values = [.. Enumerable.Range(0, 100)];
        Assert.Equal(0, Statistics.Percentile(values, 0));
        Assert.Equal(50, Statistics.Percentile(values, 0.5));
        Assert.Equal(99, Statistics.Percentile(values, 0.99));
        Assert.Equal(99, Statistics.Percentile(values, 1));
    }
}
