using System.Diagnostics;

namespace KillaBeez.Fuzz.Tests.Fuzzing;

/// <summary>
/// Runs executions on a thread of its own for a stretch of real time, and watches it: an execution that does not end
/// is a finding, and its thread is left behind.
/// </summary>
internal static class FuzzLoop
{
    /// <summary>A thousand times what a slow execution takes, so that a busy machine is not taken for a loop.</summary>
    public static readonly TimeSpan DefaultPatience = TimeSpan.FromSeconds(30);

    /// <summary>What may be kept of a whole stretch beside the corpus: pools and tables that are filled once.</summary>
    private const long MaxRetainedBytes = 64 * 1024 * 1024;

    /// <summary>The first new finding within the time, or null.</summary>
    public static Finding? Run(FuzzRun run, TimeSpan time, TimeSpan? patience = null)
    {
        var limit = patience ?? DefaultPatience;
        Finding? finding = null;
        var thread = new Thread(() => finding = RunHere(run, time)) { IsBackground = true, Name = $"fuzz {run.Target.Name}" };
        thread.Start();
        var seen = -1L;
        var since = Stopwatch.StartNew();
        while (!thread.Join(TimeSpan.FromMilliseconds(200)))
        {
            var now = run.Started;
            if (now != seen)
            {
                seen = now;
                since.Restart();
            }
            else if (since.Elapsed > limit)
            {
                return run.Hung(since.Elapsed);
            }
        }

        return finding;
    }

    private static Finding? RunHere(FuzzRun run, TimeSpan time)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var clock = Stopwatch.StartNew();
        do
        {
            if (run.Step() is { } finding)
            {
                return finding;
            }
        }
        while (clock.Elapsed < time);

        var retained = GC.GetTotalMemory(forceFullCollection: true) - before;
        return retained <= MaxRetainedBytes ? null : run.Retained(retained, MaxRetainedBytes);
    }
}
