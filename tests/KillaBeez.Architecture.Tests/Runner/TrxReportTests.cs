using System.Xml.Linq;
using KillaBeez.TestRunner;

namespace KillaBeez.Architecture.Tests.Runner;

public sealed class TrxReportTests
{
    private const string Document = """
        <?xml version="1.0" encoding="utf-8"?>
        <TestRun xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010">
          <Results>
            <UnitTestResult testName="A.Works" outcome="Passed" />
            <UnitTestResult testName="A.WorksToo" outcome="Passed"><Output><StdOut>seed 1&#xD;
        note: 17 seeds&#xD;
        </StdOut></Output></UnitTestResult>
            <UnitTestResult testName="A.Breaks(a: &quot;&lt;&gt;&quot;)" outcome="Failed">
              <Output>
                <StdOut>seed 17</StdOut>
                <ErrorInfo><Message>Expected: 1</Message><StackTrace>   at A.Breaks() in A.cs:line 3</StackTrace></ErrorInfo>
              </Output>
            </UnitTestResult>
            <UnitTestResult testName="A.Waits" outcome="NotExecuted">
              <Output><ErrorInfo><Message>shared/vectors/x is not there</Message></ErrorInfo></Output>
            </UnitTestResult>
          </Results>
          <ResultSummary outcome="Failed">
            <Counters total="4" executed="3" passed="2" failed="1" notExecuted="0" />
            <RunInfos>
              <RunInfo outcome="Warning"><Text>[xUnit.net 00:00:00.40]     A.Waits [SKIP]</Text></RunInfo>
              <RunInfo outcome="Error"><Text>[xUnit.net 00:00:00.41]     A.Breaks [FAIL]</Text></RunInfo>
              RUNINFO
            </RunInfos>
          </ResultSummary>
        </TestRun>
        """;

    [Fact]
    public void Parse_MixedOutcomes_CountsEachAndKeepsWhatWasSaid()
    {
        var report = TrxReport.Parse(XDocument.Parse(Document));

        Assert.Equal(2, report.Passed);
        Assert.Equal([new FailedTest("A.Breaks(a: \"<>\")", "Expected: 1", "   at A.Breaks() in A.cs:line 3", "seed 17")], report.Failed);
        Assert.Equal([new SkippedTest("A.Waits", "shared/vectors/x is not there")], report.Skipped);
        Assert.Equal([new TestNote("A.WorksToo", "17 seeds")], report.Notes);
        Assert.Empty(report.RunErrors);
    }

    [Fact]
    public void Parse_CrashedTestHost_IsARunError()
    {
        var crashed = Document.Replace("RUNINFO", "<RunInfo outcome=\"Error\"><Text>Test host process crashed</Text></RunInfo>", StringComparison.Ordinal);

        Assert.Equal(["Test host process crashed"], TrxReport.Parse(XDocument.Parse(crashed)).RunErrors);
    }

    [Fact]
    public void TryLoad_CutOffFile_IsNoReport()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, Document[..200]);
            Assert.Null(TrxReport.TryLoad(path));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
