namespace KillaBeez.Tests;

/// <summary>For what nothing reports: looks again and again, within a generous bound.</summary>
internal static class WaitUntil
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    public static async Task HoldsAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(Bound);
        while (!condition())
        {
            await Task.Delay(10, limit.Token);
        }
    }
}
