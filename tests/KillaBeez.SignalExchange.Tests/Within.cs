namespace KillaBeez.SignalExchange.Tests;

/// <summary>Waiting that ends: for a condition, or with a failure after a generous bound.</summary>
internal static class Within
{
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(60);

    public static CancellationToken ALongTime() => new CancellationTokenSource(s_bound).Token;

    /// <summary>Looks again and again until the condition holds.</summary>
    public static async Task UntilAsync(Func<bool> condition, string what)
    {
        var end = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(end) < s_bound, "waited too long for: " + what);
            await Task.Delay(10);
        }
    }
}
