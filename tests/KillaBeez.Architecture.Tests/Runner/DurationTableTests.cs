using KillaBeez.TestRunner;

namespace KillaBeez.Architecture.Tests.Runner;

public sealed class DurationTableTests
{
    [Fact]
    public void Of_NothingWasLearned_IsWhatTheRepositorySays()
    {
        var table = new DurationTable(["# seconds", "A.Tests 300 realtime", "B.Tests 20"], []);

        Assert.Equal(TimeSpan.FromSeconds(300), table.Of("A.Tests"));
        Assert.True(table.IsRealTime("A.Tests"));
        Assert.False(table.IsRealTime("B.Tests"));
        Assert.Equal(TimeSpan.Zero, table.Of("C.Tests"));
    }

    [Fact]
    public void Of_RunsWereLearned_IsTheirMedian()
    {
        var table = new DurationTable(["A.Tests 300 realtime"], ["A.Tests 100 900 110"]);

        Assert.Equal(TimeSpan.FromSeconds(110), table.Of("A.Tests"));
        Assert.True(table.IsRealTime("A.Tests"));
    }

    [Fact]
    public void Learn_ManyRuns_KeepsTheLastAndCanBeReadAgain()
    {
        var table = new DurationTable([], ["A.Tests 1 2 3 4 5", "B.Tests 7"]);

        table.Learn("A.Tests", TimeSpan.FromSeconds(6.04));
        table.Learn("C.Tests", TimeSpan.FromSeconds(8));

        Assert.Equal(["A.Tests 2 3 4 5 6", "B.Tests 7", "C.Tests 8"], table.LearnedLines());
        Assert.Equal(TimeSpan.FromSeconds(4), new DurationTable([], table.LearnedLines()).Of("A.Tests"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("A.Tests")]
    [InlineData("A.Tests soon")]
    [InlineData("A.Tests -5")]
    [InlineData("A.Tests NaN")]
    public void Of_DamagedLine_IsAsIfItWereNotThere(string line) => Assert.Equal(TimeSpan.FromSeconds(3), new DurationTable(["A.Tests 3"], [line]).Of("A.Tests"));

    /// <summary>A project that is not in the table begins last in a clean clone, however long it takes.</summary>
    [Fact]
    public void Load_ThisRepository_KnowsEveryTestProject()
    {
        var table = DurationTable.Load(new RunnerOptions { Root = Repository.Root, Configuration = "none-that-was-ever-run" });
        var projects = TestProject.Find(new RunnerOptions { Root = Repository.Root }, table);

        Assert.NotEmpty(projects);
        Findings.AssertNone(projects.Where(p => p.Expected == TimeSpan.Zero).Select(p => $"{p.Name} is not in tests/Runner/durations.txt"));
    }
}
