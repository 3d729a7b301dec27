using KillaBeez.TestRunner;

namespace KillaBeez.Architecture.Tests.Runner;

public sealed class ProjectJournalTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();
    private readonly ProjectJournal _journal;

    public ProjectJournalTests() => _journal = new ProjectJournal(_path);

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Read_RunThatWasCutOff_KnowsWhatEndedAndWhatRan()
    {
        File.AppendAllText(_path, """
            0 {"event":"started","name":"A.Works","at":"2026-01-01T00:00:01Z"}
            1 {"event":"started","name":"A.Hangs","at":"2026-01-01T00:00:02Z"}
            0 {"event":"passed"}
            2 {"event":"started","name":"A.Breaks","at":"2026-01-01T00:00:03Z"}
            2 {"event":"failed","message":"Expected: 1\nActual: 2","stackTrace":"   at A.Breaks()","output":"seed 17\n"}
            3 {"event":"started","name":"A.Waits","at":"2026-01-01T00:00:04Z"}
            3 {"event":"skipped","reason":"no vectors"}
            4 {"event":"started","name":"A.HangsToo","at":"2026-01-01T00:00:05Z"}

            """);

        var state = _journal.Read();

        Assert.Equal(1, state.Report.Passed);
        Assert.Equal([new FailedTest("A.Breaks", "Expected: 1\nActual: 2", "at A.Breaks()", "seed 17")], state.Report.Failed);
        Assert.Equal([new SkippedTest("A.Waits", "no vectors")], state.Report.Skipped);
        Assert.Equal(["A.Hangs", "A.HangsToo"], state.Running.Select(t => t.Name));
        Assert.Equal(DateTimeOffset.Parse("2026-01-01T00:00:02Z", System.Globalization.CultureInfo.InvariantCulture), state.Running[0].Since);
    }

    [Fact]
    public void Read_BetweenAnyTwoBytes_CountsEveryTestOnce()
    {
        var text = """
            0 {"event":"started","name":"A.\u00c4(x: \"\n\")","at":"2026-01-01T00:00:01Z"}
            0 {"event":"passed"}
            1 {"event":"started","name":"A.Z","at":"2026-01-01T00:00:01Z"}
            1 {"event":"passed"}

            """;

        foreach (var c in text)
        {
            File.AppendAllText(_path, c.ToString());
            _journal.Read();
        }

        Assert.Equal(2, _journal.Read().Report.Passed);
        Assert.Empty(_journal.Read().Running);
    }

    [Fact]
    public void Read_NoFileYet_IsNothing()
    {
        var state = new ProjectJournal(_path + ".not-there").Read();

        Assert.Equal(0, state.Report.Count);
        Assert.Empty(state.Running);
    }
}
