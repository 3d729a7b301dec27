using System.Diagnostics;
using System.Globalization;

namespace KillaBeez.TestRunner;

/// <summary>One test project in a process of its own, for a bounded time.</summary>
internal sealed class ProjectRun
{
    private const int MaxLogLines = 200;
    private const int MaxRunErrorLines = 16;
    private const int MaxRunningTests = 20;

    /// <summary>What was killed is gone at once, but whoever inherited its output may hold that open.</summary>
    private static readonly TimeSpan _killPatience = TimeSpan.FromSeconds(20);

    private readonly TaskCompletionSource<string> _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Queue<string> _log = new();
    private readonly RunnerOptions _options;
    private readonly string _resultsFolder;
    private readonly ProjectJournal _journal;

    private ProjectRun(RunnerOptions options, TestProject project, string resultsFolder)
    {
        _options = options;
        _resultsFolder = resultsFolder;
        _journal = new ProjectJournal(Path.Combine(resultsFolder, project.Name + ".journal"));
        Project = project;
        Completion = RunAsync();
    }

    public TestProject Project { get; }

    public Task<ProjectResult> Completion { get; }

    public TimeSpan Elapsed => _clock.Elapsed;

    /// <summary>What has ended so far, and what runs.</summary>
    public RunState State => _journal.Read();

    public static ProjectRun Start(RunnerOptions options, TestProject project, string resultsFolder) => new(options, project, resultsFolder);

    /// <summary>Ends the processes of the run; it completes with what it had done.</summary>
    public void Stop(string reason) => _stopped.TrySetResult(reason);

    private async Task<ProjectResult> RunAsync()
    {
        var none = new ProjectResult { Project = Project.Name, Report = new TrxReport() };
        if (!File.Exists(Project.Assembly))
        {
            return none with { Breakdown = $"it is not built: {Project.Assembly} is missing (is the project in the solution?)" };
        }

        var exitCode = await ExecuteAsync(Plan.LimitOf(Project, _options)).ConfigureAwait(false);
        var stopReason = _stopped.Task.IsCompleted ? await _stopped.Task.ConfigureAwait(false) : null;
        var trx = TrxReport.TryLoad(Path.Combine(_resultsFolder, Project.Name + ".trx"));
        var state = State;

        // A run that was cut off has a file that lacks its last tests, or none.
        var report = trx is not null && trx.Count >= state.Report.Count ? trx : state.Report with { RunErrors = trx?.RunErrors ?? [] };
        return none with
        {
            Report = report,
            Elapsed = _clock.Elapsed,
            IsStopped = stopReason is not null,
            Log = report.RunErrors.Count > 0 ? "" : LogText(),
            Breakdown = (stopReason ?? Explain(trx, exitCode)) is { } why ? why + Describe(state.Running) : null,
        };
    }

    private ProcessStartInfo StartInfo()
    {
        var info = new ProcessStartInfo(Environment.ProcessPath is { } self && Path.GetFileNameWithoutExtension(self) == "dotnet" ? self : "dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _options.Root,
        };
        foreach (var (name, value) in _options.Environment)
        {
            info.Environment[name] = value;
        }

        info.Environment["KILLABEEZ_TEST_JOURNAL"] = _journal.Path;
        string[] arguments =
        [
            "test", Project.Assembly,
            "--logger", $"trx;LogFileName={Project.Name}.trx",
            "--logger", "console;verbosity=normal",
            "--results-directory", _resultsFolder,
        ];
        foreach (var argument in arguments)
        {
            info.ArgumentList.Add(argument);
        }

        if (_options.FilterExpression is { } filter)
        {
            info.ArgumentList.Add("--filter");
            info.ArgumentList.Add(filter);
        }

        return info;
    }

    private string? Explain(TrxReport? trx, int exitCode)
    {
        if (trx is { RunErrors.Count: > 0 })
        {
            // A crashed test host repeats its whole stack in its error and again in its log.
            return string.Join(Environment.NewLine, string.Join('\n', trx.RunErrors).Split('\n').Take(MaxRunErrorLines));
        }

        if (exitCode != 0 && trx is null or { Failed.Count: 0 })
        {
            return $"it ended with exit code {exitCode} although no test failed";
        }

        // Without a matching test VSTest writes no result file, says so and succeeds.
        return trx is null && exitCode == 0 && !LogText().Contains("No test", StringComparison.OrdinalIgnoreCase)
            ? "it wrote no result file"
            : null;
    }

    private static string Describe(IReadOnlyList<RunningTest> running)
    {
        var now = DateTimeOffset.UtcNow;
        var lines = running.Take(MaxRunningTests)
            .Select(t => string.Create(CultureInfo.InvariantCulture, $"{Environment.NewLine}    {t.Name}, for {(now - t.Since).TotalSeconds:0} s"));
        return running.Count == 0 ? "; no test was running" : $"; {running.Count} running then:{string.Concat(lines)}";
    }

    private string LogText()
    {
        lock (_log)
        {
            return string.Join(Environment.NewLine, _log);
        }
    }

    private void Append(string? line)
    {
        lock (_log)
        {
            // Of a run that hung or crashed, what it said last is what matters; tests that passed are not it.
            if (!string.IsNullOrWhiteSpace(line) && !line.StartsWith("  Passed ", StringComparison.Ordinal))
            {
                _log.Enqueue(line);
                if (_log.Count > MaxLogLines)
                {
                    _log.Dequeue();
                }
            }
        }
    }

    private async Task<int> ExecuteAsync(TimeSpan limit)
    {
        using var process = new Process { StartInfo = StartInfo() };
        process.OutputDataReceived += (_, e) => Append(e.Data);
        process.ErrorDataReceived += (_, e) => Append(e.Data);
        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await using var timer = new Timer(_ => Stop($"it was ended after {limit.TotalSeconds:0} s"), null, limit, Timeout.InfiniteTimeSpan).ConfigureAwait(false);
        var exit = process.WaitForExitAsync();
        if (await Task.WhenAny(exit, _stopped.Task).ConfigureAwait(false) == exit)
        {
            return process.ExitCode;
        }

        process.Kill(entireProcessTree: true);
        try
        {
            await exit.WaitAsync(_killPatience).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Append($"its output was still open {_killPatience.TotalSeconds:0} s after its end");
        }

        return -1;
    }
}
