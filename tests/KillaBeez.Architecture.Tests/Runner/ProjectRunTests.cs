using KillaBeez.TestRunner;
using KillaBeez.Tests;

namespace KillaBeez.Architecture.Tests.Runner;

/// <summary>The runner with real processes: this project's own tests, started as it starts any other's.</summary>
public sealed class ProjectRunTests : IDisposable
{
    private readonly DirectoryInfo _results = Directory.CreateTempSubdirectory("killabeez-runner-");

    public void Dispose() => _results.Delete(recursive: true);

    [Fact]
    public async Task Stop_WhileATestHangs_KeepsWhatHadEndedAndSaysWhatRan()
    {
        var run = Start(nameof(EndingUnderTheRunner) + "|FullyQualifiedName~" + nameof(HangingUnderTheRunner));
        await WaitUntil.HoldsAsync(() => run.State is { Report: { Passed: 2, Failed.Count: 1 }, Running.Count: 1 } || run.Completion.IsCompleted);
        run.Stop("enough");
        var result = await run.Completion;

        Assert.True(result.IsStopped, result.Log);
        Assert.Equal("2 passed, 2 failed", Summary.LastLine([result]));
        Assert.Equal(typeof(EndingUnderTheRunner).FullName + ".Fails", Assert.Single(result.Report.Failed).Name);
        Assert.Equal("as it is meant to", result.Report.Failed[0].Message);
        Assert.StartsWith("enough; 1 running then:", result.Breakdown, StringComparison.Ordinal);
        Assert.Contains(typeof(HangingUnderTheRunner).FullName + ".Hangs, for ", result.Breakdown, StringComparison.Ordinal);
    }

    /// <summary>What a run that came to its end has counted is what VSTest has.</summary>
    [Fact]
    public async Task Completion_RunEndsByItself_CountsAsItsResultFile()
    {
        var run = Start(nameof(EndingUnderTheRunner));
        var result = await run.Completion;

        Assert.Null(result.Breakdown);
        Assert.Equal("2 passed, 1 failed", Summary.LastLine([result]));
        var state = run.State;
        Assert.Empty(state.Running);
        Assert.Equal(result.Report.Passed, state.Report.Passed);
        Assert.Equal(result.Report.Failed.Select(t => (t.Name, t.Message)), state.Report.Failed.Select(t => (t.Name, t.Message)));
    }

    [Fact]
    public async Task Completion_ProjectIsNotBuilt_IsABreakdown()
    {
        var run = ProjectRun.Start(Options("x"), Project with { Assembly = Path.Combine(_results.FullName, "none.dll") }, _results.FullName);

        Assert.Contains("it is not built", (await run.Completion).Breakdown, StringComparison.Ordinal);
    }

    private static TestProject Project => new() { Name = "KillaBeez.Architecture.Tests", Assembly = typeof(ProjectRunTests).Assembly.Location };

    private static RunnerOptions Options(string filter) => new() { Root = Repository.Root, Filter = $"FullyQualifiedName~{filter}" };

    private ProjectRun Start(string filter) => ProjectRun.Start(
        Options(filter) with { Environment = new Dictionary<string, string> { [UnderTheRunnerAttribute.Variable] = "1" } },
        Project,
        _results.FullName);
}
