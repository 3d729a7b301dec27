using System.Globalization;

namespace KillaBeez.TestRunner;

/// <summary>
/// Where the run prints while it runs: lines that stay, and on a terminal below them one that says how far it is. In a log
/// that one is printed once a minute. Thread-safe.
/// </summary>
internal sealed class Progress(TextWriter output, bool isTerminal, int terminalWidth)
{
    private const string EraseLine = "\r\u001b[K";

    private readonly Lock _gate = new();

    /// <summary>How often <see cref="ShowState"/> is worth calling.</summary>
    public TimeSpan Interval => isTerminal ? TimeSpan.FromSeconds(1) : TimeSpan.FromMinutes(1);

    public void WriteLine(string line)
    {
        lock (_gate)
        {
            output.WriteLine(isTerminal ? EraseLine + line : line);
            output.Flush();
        }
    }

    /// <summary>Shows how far the run is; an empty state takes it away again.</summary>
    public void ShowState(string state)
    {
        lock (_gate)
        {
            if (isTerminal)
            {
                output.Write(EraseLine + state[..Math.Min(state.Length, Math.Max(0, terminalWidth - 1))]);
            }
            else if (state.Length > 0)
            {
                output.WriteLine(state);
            }

            output.Flush();
        }
    }

    /// <summary>What runs and for how long, what has passed so far, and what is to come.</summary>
    public static string Describe(TimeSpan elapsed, IReadOnlyList<ProjectRun> running, IReadOnlyCollection<ProjectResult> done, int waiting)
    {
        var states = running.Select(run => (run.Project.Name, run.Elapsed, run.State)).ToList();
        var passed = done.Sum(r => r.Report.Passed) + states.Sum(s => s.State.Report.Passed);
        var failed = done.Sum(r => r.FailedCount) + states.Sum(s => s.State.Report.Failed.Count);
        var projects = states.Select(s => string.Create(
            CultureInfo.InvariantCulture,
            $"{s.Name} {s.Elapsed.TotalSeconds:0} s, {s.State.Report.Passed} passed"));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"  {elapsed.TotalSeconds,5:0} s: {passed} passed, {failed} failed; {waiting} projects wait; {string.Join("; ", projects)}");
    }
}
