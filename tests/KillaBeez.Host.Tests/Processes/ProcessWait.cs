using System.Diagnostics;
using KillaBeez.Tests;

namespace KillaBeez.Cli.Tests.Processes;

/// <summary>Whether processes run, and waiting until they do not.</summary>
internal static class ProcessWait
{
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
        WaitUntil.HoldsAsync(() => !processIds.Any(IsRunning), "the end of all processes");
}
