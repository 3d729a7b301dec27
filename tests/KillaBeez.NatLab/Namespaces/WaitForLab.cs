using System.Diagnostics;

namespace KillaBeez.NatLab.Namespaces;

/// <summary>Waits for what happens in another process or in the kernel, looking again and again until a generous bound.</summary>
internal static class WaitForLab
{
    private static readonly TimeSpan _bound = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Returns once the condition holds; fails the test if it does not in time.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        var start = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < _bound, $"waited too long for {what}");
            await Task.Delay(_pause);
        }
    }
}
