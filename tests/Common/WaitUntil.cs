namespace KillaBeez.Tests;

/// <summary>For what nothing reports: looks again and again, for as long as <see cref="Patience"/> lasts.</summary>
internal static class WaitUntil
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(10);

    public static Task HoldsAsync(Func<bool> condition, string what = "a condition to hold") =>
        HoldsAsync(() => Task.FromResult(condition()), what);

    /// <summary>Returns once the condition holds; fails the test, and says for what it waited, if it does not in time.</summary>
    public static async Task HoldsAsync(Func<Task<bool>> condition, string what)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Patience.Bound, $"waited for more than {Patience.Bound.TotalSeconds:0} s for {what}");
            await Task.Delay(_pause);
        }
    }
}
