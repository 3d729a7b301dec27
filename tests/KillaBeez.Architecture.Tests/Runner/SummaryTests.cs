using KillaBeez.TestRunner;

namespace KillaBeez.Architecture.Tests.Runner;

public sealed class SummaryTests
{
    private static ProjectResult Result(int passed, int failed = 0, int skipped = 0, string? breakdown = null) => new()
    {
        Project = "P.Tests",
        Breakdown = breakdown,
        Elapsed = TimeSpan.FromSeconds(1.25),
        Report = new TrxReport
        {
            Passed = passed,
            Failed = [.. Enumerable.Range(0, failed).Select(i => new FailedTest($"f{i}", "m", "s", ""))],
            Skipped = [.. Enumerable.Range(0, skipped).Select(i => new SkippedTest($"s{i}", "no vectors"))],
        },
    };

    [Fact]
    public void LastLine_NothingSkipped_HasTwoNumbers() => Assert.Equal("5 passed, 1 failed", Summary.LastLine([Result(3, 1), Result(2)]));

    [Fact]
    public void LastLine_SomeSkipped_HasThreeNumbers() => Assert.Equal("5 passed, 0 failed, 4 skipped", Summary.LastLine([Result(3, skipped: 1), Result(2, skipped: 3)]));

    [Fact]
    public void LastLine_RunBrokeDown_CountsAsAFailure() => Assert.Equal("3 passed, 1 failed", Summary.LastLine([Result(3, breakdown: "crash")]));

    [Theory]
    [InlineData(1, 0, 0, 0)]
    [InlineData(1, 1, 0, 1)]
    [InlineData(0, 0, 0, 1)]
    [InlineData(0, 0, 3, 1)]
    public void ExitCode_IsZeroOnlyIfTestsRanAndNoneFailed(int passed, int failed, int skipped, int expected) =>
        Assert.Equal(expected, Summary.ExitCode([Result(passed, failed, skipped)]));

    [Fact]
    public void ExitCode_RunBrokeDown_IsNotZero() => Assert.Equal(1, Summary.ExitCode([Result(9), Result(9, breakdown: "crash")]));

    [Fact]
    public void PrintSkipped_SameReason_NamesEveryTestBelowIt()
    {
        var output = new StringWriter { NewLine = "\n" };

        Summary.PrintSkipped(output, [Result(1, skipped: 2)]);

        Assert.Equal("\nskipped: no vectors\n    s0\n    s1\n", output.ToString());
    }

    [Fact]
    public void ProjectLine_StoppedProject_CountsWhatHadPassedAndSaysSo()
    {
        var result = Result(12, failed: 1, breakdown: "it was ended") with { IsStopped = true };

        Assert.Equal("P.Tests  12 passed, 2 failed", Summary.ProjectLine(result, 7).Split("   ")[0]);
        Assert.EndsWith("1.3 s  stopped", Summary.ProjectLine(result, 7), StringComparison.Ordinal);
    }

    [Fact]
    public void PrintNotes_TestThatPassed_NamesItAndSaysIt()
    {
        var output = new StringWriter { NewLine = "\n" };
        var result = Result(1);

        Summary.PrintNotes(output, [result with { Report = result.Report with { Notes = [new TestNote("A.B", "17 seeds")] } }]);

        Assert.Equal("\nnote of A.B:\n    17 seeds\n", output.ToString());
    }

    [Theory]
    [InlineData("Stun", "FullyQualifiedName~Stun")]
    [InlineData("Category!=Slow", "Category!=Slow")]
    public void FilterExpression_PlainWord_IsAPartOfTheName(string filter, string expected)
    {
        Assert.True(RunnerOptions.TryParse([filter], out var options, out _));
        Assert.Equal(expected, options!.FilterExpression);
    }

    [Theory]
    [InlineData("--root")]
    [InlineData("--project-timeout", "soon")]
    [InlineData("--timeout", "0")]
    [InlineData("--frobnicate", "1")]
    [InlineData("one", "two")]
    public void TryParse_BadArguments_SaysWhatIsWrong(params string[] args)
    {
        Assert.False(RunnerOptions.TryParse(args, out _, out var error));
        Assert.Contains(args[0], error, StringComparison.Ordinal);
    }
}
