using System.Globalization;
using KillaBeez.TestRunner;
using KillaBeez.Tests;

namespace KillaBeez.Architecture.Tests.Runner;

/// <summary>A whole run, in a repository of its own whose only test project is this one.</summary>
public sealed class SuiteTests : IDisposable
{
    private const string Project = "KillaBeez.Architecture.Tests";

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("killabeez-suite-");
    private readonly RunnerOptions _options;

    public SuiteTests()
    {
        var framework = new DirectoryInfo(Path.GetDirectoryName(typeof(SuiteTests).Assembly.Location)!);
        var folder = _root.CreateSubdirectory($"tests/{Project}");
        File.WriteAllText(Path.Combine(folder.FullName, Project + ".csproj"), "");
        Directory.CreateSymbolicLink(Path.Combine(folder.FullName, "bin"), framework.Parent!.Parent!.FullName);
        _options = new RunnerOptions
        {
            Root = _root.FullName,
            Configuration = framework.Parent.Name,
            Framework = framework.Name,
            Filter = "FullyQualifiedName~UnderTheRunner.",
            Environment = new Dictionary<string, string> { [UnderTheRunnerAttribute.Variable] = "1" },
        };
    }

    public void Dispose() => _root.Delete(recursive: true);

    [Fact]
    public async Task RunAsync_CancelledWhileATestHangs_EndsItAndPrintsWhatHadCome()
    {
        using var stop = new CancellationTokenSource();
        using var output = new StringWriter { NewLine = "\n" };
        var running = new Suite(_options).RunAsync(output, new Progress(output, isTerminal: false, terminalWidth: 0), stop.Token);
        var journal = new ProjectJournal(Path.Combine(
            _root.FullName, ".killabeez", "test-results", Environment.ProcessId.ToString(CultureInfo.InvariantCulture), Project + ".journal"));
        await WaitUntil.HoldsAsync(
            () => running.IsCompleted || journal.Read() is { Report: { Passed: 2, Failed.Count: 1 }, Running.Count: 1 }, "the test that hangs to be the last");

        await stop.CancelAsync();
        var exitCode = await running;

        Assert.Equal(130, exitCode);
        Assert.EndsWith("\n2 passed, 2 failed\n", output.ToString(), StringComparison.Ordinal);
        Assert.Contains($"FAILED {Project}: the run broke down\n    it was stopped by hand; 1 running then:\n", output.ToString(), StringComparison.Ordinal);
        Assert.Contains($"{typeof(HangingUnderTheRunner).FullName}.Hangs, for ", output.ToString(), StringComparison.Ordinal);
        Assert.Contains($"FAILED {typeof(EndingUnderTheRunner).FullName}.Fails\n", output.ToString(), StringComparison.Ordinal);
    }
}
