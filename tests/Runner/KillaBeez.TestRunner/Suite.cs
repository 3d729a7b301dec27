using System.Diagnostics;
using System.Globalization;

namespace KillaBeez.TestRunner;

/// <summary>Runs every test project below tests/, a few at a time, and says what came of it.</summary>
internal sealed class Suite
{
    /// <summary>As a shell says that a program was interrupted.</summary>
    private const int StoppedExitCode = 130;

    private const string ByHand = "it was stopped by hand";

    private readonly Lock _gate = new();
    private readonly List<ProjectRun> _running = [];
    private readonly List<ProjectResult> _results = [];
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly RunnerOptions _options;
    private readonly DurationTable _durations;
    private readonly IReadOnlyList<TestProject> _projects;
    private readonly Plan _plan;
    private string? _stopReason;

    public Suite(RunnerOptions options)
    {
        _options = options;
        _durations = DurationTable.Load(options);
        _projects = TestProject.Find(options, _durations);
        _plan = new Plan(_projects);
    }

    /// <summary>
    /// Gives the exit code of the process. Whoever cancels ends what runs, and what had come of it until then is printed.
    /// </summary>
    public async Task<int> RunAsync(TextWriter output, Progress progress, CancellationToken cancellationToken)
    {
        if (_projects.Count == 0)
        {
            progress.WriteLine($"there is no test project below {_options.Root}/tests");
        }

        // Every run has a folder of its own: two runs at once must not read each other's results.
        var resultsFolder = Path.Combine(_options.Root, ".killabeez", "test-results", Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        Directory.CreateDirectory(resultsFolder);
        using var ended = new CancellationTokenSource();
        var showing = ShowProgressAsync(progress, ended.Token);
        try
        {
            await using var byHand = cancellationToken.Register(() => Stop(ByHand)).ConfigureAwait(false);
            var tooLong = string.Create(CultureInfo.InvariantCulture, $"the whole run was to end after {_options.Timeout.TotalSeconds:0} s");
            await using var timer = new Timer(_ => Stop(tooLong), null, _options.Timeout, Timeout.InfiniteTimeSpan).ConfigureAwait(false);
            await RunProjectsAsync(resultsFolder, progress).ConfigureAwait(false);
        }
        finally
        {
            await ended.CancelAsync().ConfigureAwait(false);
            await showing.ConfigureAwait(false);
            Clean(resultsFolder);
        }

        if (_options.Filter is null)
        {
            _durations.Save(_options);
        }

        PrintSummary(output);
        return _stopReason == ByHand ? StoppedExitCode : Summary.ExitCode(_results);
    }

    private static void Clean(string resultsFolder)
    {
        try
        {
            Directory.Delete(resultsFolder, recursive: true);
        }
        catch (IOException)
        {
            // Somebody who escaped from the end of a stopped project still writes there; the summary is worth more.
        }
    }

    private async Task RunProjectsAsync(string resultsFolder, Progress progress)
    {
        var width = _projects.Select(p => p.Name.Length).DefaultIfEmpty().Max();
        while (true)
        {
            Task<ProjectResult>[] completions;
            lock (_gate)
            {
                while (_stopReason is null && _running.Count < _options.ProjectsAtOnce && _plan.Take(_running.Select(r => r.Project)) is { } next)
                {
                    _running.Add(ProjectRun.Start(_options, next, resultsFolder));
                }

                completions = [.. _running.Select(r => r.Completion)];
            }

            if (completions.Length == 0)
            {
                return;
            }

            var result = await (await Task.WhenAny(completions).ConfigureAwait(false)).ConfigureAwait(false);
            lock (_gate)
            {
                _running.RemoveAll(r => r.Project.Name == result.Project);
                _results.Add(result);
                if (_options.Filter is null && result.Breakdown is null)
                {
                    _durations.Learn(result.Project, result.Elapsed);
                }
            }

            progress.WriteLine(Summary.ProjectLine(result, width));
        }
    }

    private void Stop(string reason)
    {
        lock (_gate)
        {
            _stopReason ??= reason;
            foreach (var run in _running)
            {
                run.Stop(reason);
            }
        }
    }

    private async Task ShowProgressAsync(Progress progress, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(progress.Interval);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
            {
                string state;
                lock (_gate)
                {
                    state = Progress.Describe(_clock.Elapsed, _running, _results, _plan.Waiting.Count);
                }

                progress.ShowState(state);
            }
        }
        catch (OperationCanceledException)
        {
            progress.ShowState("");
        }
    }

    private void PrintSummary(TextWriter output)
    {
        if (_stopReason is not null && _stopReason != ByHand)
        {
            // Nobody asked for less than everything.
            _results.AddRange(_plan.Waiting.Select(p => new ProjectResult { Project = p.Name, Report = new TrxReport(), Breakdown = $"it never began: {_stopReason}" }));
        }
        else if (_plan.Waiting.Count > 0)
        {
            output.WriteLine();
            output.WriteLine($"not run: {string.Join(", ", _plan.Waiting.Select(p => p.Name))}");
        }

        Summary.PrintNotes(output, _results);
        Summary.PrintSkipped(output, _results);
        foreach (var result in _results.OrderBy(r => r.Project, StringComparer.Ordinal))
        {
            Summary.PrintFailures(output, result);
        }

        output.WriteLine();
        if (_results.Sum(r => r.Report.Passed + r.FailedCount) == 0)
        {
            output.WriteLine(_options.Filter is null ? "no test ran" : $"no test ran: nothing matches '{_options.Filter}'");
        }

        output.WriteLine(Summary.LastLine(_results));
    }
}
