using System.Diagnostics;

namespace KillaBeez.Cli.Tests.Processes;

/// <summary>Waits for processes to be gone, however they ended.</summary>
internal static class ProcessWait
{
    private static readonly TimeSpan _bound = TimeSpan.FromSeconds(60);

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

    /// <summary>Returns once none of the processes runs; fails the test if one still does after a minute.</summary>
    public static async Task UntilGoneAsync(params IEnumerable<int> processIds)
    {
        var start = Stopwatch.GetTimestamp();
        foreach (var id in processIds)
        {
            while (IsRunning(id))
            {
                Assert.True(Stopwatch.GetElapsedTime(start) < _bound, $"process {id} still runs");
                await Task.Delay(TimeSpan.FromMilliseconds(20));
            }
        }
    }
}
