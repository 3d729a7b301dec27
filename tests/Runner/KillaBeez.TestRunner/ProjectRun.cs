using System.Diagnostics;

namespace KillaBeez.TestRunner;

/// <summary>How one test project's run ended.</summary>
internal sealed record ProjectResult
{
    public required string Project { get; init; }

    public required TrxReport Report { get; init; }

    /// <summary>Why the run as a whole failed beside failed tests, or null: it crashed, hung or was not built.</summary>
    public string? Breakdown { get; init; }

    /// <summary>What the run printed, for a breakdown.</summary>
    public string Log { get; init; } = "";

    public TimeSpan Elapsed { get; init; }

    /// <summary>A run that broke down is a failure, whatever its tests said.</summary>
    public int FailedCount => Report.Failed.Count + (Breakdown is null ? 0 : 1);
}

/// <summary>Runs one test project in a process of its own, for a bounded time.</summary>
internal static class ProjectRun
{
    private const int MaxLogLines = 200;
    private const int MaxRunErrorLines = 16;

    public static async Task<ProjectResult> RunAsync(RunnerOptions options, string project, string assembly, string resultsFolder, CancellationToken cancellationToken)
    {
        var none = new ProjectResult { Project = project, Report = new TrxReport() };
        if (!File.Exists(assembly))
        {
            return none with { Breakdown = $"it is not built: {assembly} is missing (is the project in the solution?)" };
        }

        var trx = Path.Combine(resultsFolder, project + ".trx");
        var log = new Queue<string>();
        var clock = Stopwatch.StartNew();
        var (exitCode, timedOut) = await ExecuteAsync(StartInfo(options, assembly, resultsFolder, project), log, options.ProjectTimeout, cancellationToken).ConfigureAwait(false);
        var report = TrxReport.TryLoad(trx);
        return none with
        {
            Report = report ?? new TrxReport(),
            Elapsed = clock.Elapsed,
            Log = report is { RunErrors.Count: > 0 } ? "" : string.Join(Environment.NewLine, log),
            Breakdown = Explain(options, report, exitCode, timedOut, log),
        };
    }

    private static ProcessStartInfo StartInfo(RunnerOptions options, string assembly, string resultsFolder, string project)
    {
        var info = new ProcessStartInfo(Environment.ProcessPath is { } self && Path.GetFileNameWithoutExtension(self) == "dotnet" ? self : "dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = options.Root,
        };
        string[] arguments = ["test", assembly, "--logger", $"trx;LogFileName={project}.trx", "--logger", "console;verbosity=normal", "--results-directory", resultsFolder];
        foreach (var argument in arguments)
        {
            info.ArgumentList.Add(argument);
        }

        if (options.FilterExpression is { } filter)
        {
            info.ArgumentList.Add("--filter");
            info.ArgumentList.Add(filter);
        }

        // A run that hangs is ended from outside; these lines in its log then say which test it hung in.
        info.ArgumentList.Add("--");
        info.ArgumentList.Add("xUnit.DiagnosticMessages=true");
        info.ArgumentList.Add("xUnit.LongRunningTestSeconds=60");
        return info;
    }

    private static string? Explain(RunnerOptions options, TrxReport? report, int exitCode, bool timedOut, Queue<string> log)
    {
        if (timedOut)
        {
            return $"it was ended after {options.ProjectTimeout.TotalSeconds:0} s";
        }

        if (report is { RunErrors.Count: > 0 })
        {
            // A crashed test host repeats its whole stack in its error and again in its log.
            return string.Join(Environment.NewLine, string.Join('\n', report.RunErrors).Split('\n').Take(MaxRunErrorLines));
        }

        if (exitCode != 0 && report is null or { Failed.Count: 0 })
        {
            return $"it ended with exit code {exitCode} although no test failed";
        }

        // Without a matching test VSTest writes no result file, says so and succeeds.
        return report is null && exitCode == 0 && !log.Any(line => line.Contains("No test", StringComparison.OrdinalIgnoreCase))
            ? "it wrote no result file"
            : null;
    }

    private static async Task<(int ExitCode, bool TimedOut)> ExecuteAsync(ProcessStartInfo info, Queue<string> log, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var process = new Process { StartInfo = info };
        void Append(object sender, DataReceivedEventArgs e)
        {
            lock (log)
            {
                // Of a run that hung or crashed, what it said last is what matters; tests that passed are not it.
                if (!string.IsNullOrWhiteSpace(e.Data) && !e.Data.StartsWith("  Passed ", StringComparison.Ordinal))
                {
                    log.Enqueue(e.Data);
                    if (log.Count > MaxLogLines)
                    {
                        log.Dequeue();
                    }
                }
            }
        }

        process.OutputDataReceived += Append;
        process.ErrorDataReceived += Append;
        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(limit);
        try
        {
            await process.WaitForExitAsync(bound.Token).ConfigureAwait(false);
            return (process.ExitCode, false);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            return (-1, true);
        }
    }
}
