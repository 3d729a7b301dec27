using System.Diagnostics;
using KillaBeez.Fuzz.Tests.Fuzzing;

namespace KillaBeez.Fuzz.Tests;

/// <summary>Fuzzing by hand: the targets take turns until the time is over, with a line every ten seconds and a summary.</summary>
internal static class FuzzSession
{
    private static readonly TimeSpan MaxSlice = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(10);

    /// <returns>0 without a finding, else 1.</returns>
    public static int Run(FuzzOptions options, TextWriter output)
    {
        output.WriteLine($"seed {options.Seed}, {options.Targets.Count} targets, {options.Time}");
        var runs = options.Targets.Select(target => new Entry(new FuzzRun(target, options.Seed))).ToList();
        var slice = TimeSpan.FromTicks(Math.Min(MaxSlice.Ticks, options.Time.Ticks / runs.Sum(entry => entry.Run.Target.Weight)));
        var clock = Stopwatch.StartNew();
        var reported = TimeSpan.Zero;
        while (clock.Elapsed < options.Time && runs.Exists(entry => !entry.IsStuck))
        {
            foreach (var entry in runs)
            {
                if (clock.Elapsed >= options.Time || entry.IsStuck)
                {
                    continue;
                }

                RunSlice(entry, TimeSpan.FromTicks(Math.Min((slice * entry.Run.Target.Weight).Ticks, (options.Time - clock.Elapsed).Ticks)), output);
                if (clock.Elapsed - reported >= ProgressInterval)
                {
                    reported = clock.Elapsed;
                    output.WriteLine($"{reported:hh\\:mm\\:ss} {runs.Sum(e => e.Run.Executions)} executions, {runs.Sum(e => e.Findings)} findings, now {entry.Run.Target.Name}");
                }
            }
        }

        output.WriteLine();
        foreach (var entry in runs)
        {
            var seconds = Math.Max(entry.Clock.Elapsed.TotalSeconds, 0.001);
            output.WriteLine($"{entry.Run.Target.Name,-22} {entry.Run.Executions,12} executions {entry.Run.Executions / seconds,10:0}/s {entry.Run.CorpusCount,6} inputs {entry.Run.Outcomes,6} outcomes {entry.Findings,4} findings");
        }

        return runs.Exists(entry => entry.Findings > 0) ? 1 : 0;
    }

    private static void RunSlice(Entry entry, TimeSpan time, TextWriter output)
    {
        entry.Clock.Start();
        var finding = FuzzLoop.Run(entry.Run, time);
        entry.Clock.Stop();
        if (finding is not null)
        {
            entry.Findings++;

            // Its thread is still running: this target cannot go on.
            entry.IsStuck = finding.Kind == FuzzRun.HangKind;
            output.WriteLine(finding);
        }
    }

    private sealed class Entry(FuzzRun run)
    {
        public FuzzRun Run { get; } = run;

        public Stopwatch Clock { get; } = new();

        public int Findings { get; set; }

        public bool IsStuck { get; set; }
    }
}
