using System.Diagnostics;

namespace KillaBeez.Cli.Tests.Processes;

/// <summary>Waits for what processes do, looking again and again until a generous bound.</summary>
internal static class ProcessWait
{
    private static readonly TimeSpan _bound = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(20);

    public static bool IsRunning(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Returns once none of the processes runs.</summary>
    public static Task UntilGoneAsync(params IReadOnlyCollection<int> processIds) =>
        UntilAsync(() => !processIds.Any(IsRunning), "the end of all processes");

    /// <summary>Returns once the condition holds; fails the test if it does not in time.</summary>
    public static async Task UntilAsync(Func<bool> condition, string what)
    {
        var start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < _bound, $"waited too long for {what}");
            await Task.Delay(_pause);
        }
    }
}
