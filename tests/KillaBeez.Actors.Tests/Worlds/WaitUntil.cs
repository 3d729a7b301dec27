namespace KillaBeez.Actors.Tests.Worlds;

/// <summary>For what nothing reports: looks again and again, within a generous bound.</summary>
internal static class WaitUntil
{
    public static async Task HoldsAsync(Func<bool> condition, TimeSpan bound)
    {
        using var limit = new CancellationTokenSource(bound);
        while (!condition())
        {
            await Task.Delay(10, limit.Token);
        }
    }
}
