using System.Globalization;

namespace KillaBeez.TestRunner;

/// <summary>What the runner prints.</summary>
internal static class Summary
{
    /// <summary>The line of one project, as it ends.</summary>
    public static string ProjectLine(ProjectResult result, int nameWidth) => string.Create(
        CultureInfo.InvariantCulture,
        $"{result.Project.PadRight(nameWidth)}  {Counts(result.Report.Passed, result.FailedCount, result.Report.Skipped.Count),-36} {result.Elapsed.TotalSeconds,6:0.0} s{(result.IsStopped ? "  stopped" : "")}");

    /// <summary>The last line of a run: its form is relied on by CI.</summary>
    public static string LastLine(IReadOnlyCollection<ProjectResult> results) => Counts(
        results.Sum(r => r.Report.Passed),
        results.Sum(r => r.FailedCount),
        results.Sum(r => r.Report.Skipped.Count));

    /// <summary>0 where tests ran and none failed.</summary>
    public static int ExitCode(IReadOnlyCollection<ProjectResult> results) =>
        results.Sum(r => r.FailedCount) == 0 && results.Sum(r => r.Report.Passed) > 0 ? 0 : 1;

    public static void PrintFailures(TextWriter output, ProjectResult result)
    {
        foreach (var test in result.Report.Failed)
        {
            output.WriteLine();
            output.WriteLine($"FAILED {test.Name}");
            PrintIndented(output, test.Message);
            PrintIndented(output, test.StackTrace);
            if (test.Output.Length > 0)
            {
                output.WriteLine("  output:");
                PrintIndented(output, test.Output);
            }
        }

        if (result.Breakdown is not null)
        {
            output.WriteLine();
            output.WriteLine($"FAILED {result.Project}: the run broke down");
            PrintIndented(output, result.Breakdown);
            if (result.Log.Length > 0)
            {
                output.WriteLine("  its log:");
                PrintIndented(output, result.Log);
            }
        }
    }

    public static void PrintNotes(TextWriter output, IEnumerable<ProjectResult> results)
    {
        foreach (var note in results.SelectMany(r => r.Report.Notes))
        {
            output.WriteLine();
            output.WriteLine($"note of {note.Name}:");
            PrintIndented(output, note.Text);
        }
    }

    /// <summary>Every skipped test by name; tests with the same reason stand below it.</summary>
    public static void PrintSkipped(TextWriter output, IEnumerable<ProjectResult> results)
    {
        foreach (var reason in results.SelectMany(r => r.Report.Skipped).GroupBy(s => s.Reason).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            output.WriteLine();
            output.WriteLine($"skipped: {reason.Key}");
            foreach (var test in reason.OrderBy(t => t.Name, StringComparer.Ordinal))
            {
                output.WriteLine($"    {test.Name}");
            }
        }
    }

    private static void PrintIndented(TextWriter output, string text)
    {
        foreach (var line in text.AsSpan().TrimEnd().EnumerateLines())
        {
            output.WriteLine($"    {line}");
        }
    }

    private static string Counts(int passed, int failed, int skipped) =>
        skipped > 0 ? $"{passed} passed, {failed} failed, {skipped} skipped" : $"{passed} passed, {failed} failed";
}
