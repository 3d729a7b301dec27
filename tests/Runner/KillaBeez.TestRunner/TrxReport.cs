using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace KillaBeez.TestRunner;

/// <summary>One test that failed, with everything it said.</summary>
internal sealed record FailedTest(string Name, string Message, string StackTrace, string Output);

/// <summary>One test that did not run, and why.</summary>
internal sealed record SkippedTest(string Name, string Reason);

/// <summary>What a test that passed wants to be known all the same.</summary>
internal sealed record TestNote(string Name, string Text);

/// <summary>
/// What a VSTest result file (TRX) says. Its own counters are not used: they leave skipped tests out.
/// </summary>
internal sealed record TrxReport
{
    private const string NotePrefix = "note: ";

    private static readonly XNamespace _trx = "http://microsoft.com/schemas/VisualStudio/TeamTest/2010";

    public int Passed { get; init; }

    public IReadOnlyList<FailedTest> Failed { get; init; } = [];

    public IReadOnlyList<SkippedTest> Skipped { get; init; } = [];

    /// <summary>Lines of the output of tests that passed which begin with "note: ".</summary>
    public IReadOnlyList<TestNote> Notes { get; init; } = [];

    /// <summary>What went wrong beside the tests themselves, such as a test host that crashed.</summary>
    public IReadOnlyList<string> RunErrors { get; init; } = [];

    public int Count => Passed + Failed.Count + Skipped.Count;

    /// <summary>Reads a result file; null where it is missing or not one (a run that was cut off).</summary>
    public static TrxReport? TryLoad(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            return Parse(XDocument.Load(stream));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or XmlException)
        {
            return null;
        }
    }

    public static TrxReport Parse(XDocument document)
    {
        var passed = 0;
        var failed = new List<FailedTest>();
        var skipped = new List<SkippedTest>();
        var notes = new List<TestNote>();
        foreach (var result in document.Descendants(_trx + "UnitTestResult"))
        {
            var name = (string?)result.Attribute("testName") ?? "?";
            var output = result.Element(_trx + "Output");
            var error = output?.Element(_trx + "ErrorInfo");
            var text = ((string?)output?.Element(_trx + "StdOut"))?.Trim() ?? "";
            var message = ((string?)error?.Element(_trx + "Message"))?.Trim() ?? "";
            switch ((string?)result.Attribute("outcome"))
            {
                case "Passed":
                    passed++;
                    notes.AddRange(text.Split('\n')
                        .Where(line => line.StartsWith(NotePrefix, StringComparison.Ordinal))
                        .Select(line => new TestNote(name, line[NotePrefix.Length..].TrimEnd())));
                    break;
                case "NotExecuted":
                    skipped.Add(new SkippedTest(name, message.Length > 0 ? message : text.Length > 0 ? text : "no reason given"));
                    break;
                default:
                    failed.Add(new FailedTest(name, message, ((string?)error?.Element(_trx + "StackTrace"))?.TrimEnd() ?? "", text));
                    break;
            }
        }

        return new TrxReport { Passed = passed, Failed = failed, Skipped = skipped, Notes = notes, RunErrors = [.. RunErrorsOf(document)] };
    }

    private static IEnumerable<string> RunErrorsOf(XDocument document) =>
        from info in document.Descendants(_trx + "RunInfo")
        where (string?)info.Attribute("outcome") is "Error" or "Failed"
        let text = ((string?)info.Element(_trx + "Text"))?.Trim()
        where !string.IsNullOrEmpty(text) && !IsEchoOfAFailedTest(text)
        select text;

    /// <summary>The adapter repeats each failed and skipped test as "[xUnit.net 00:00:00.12]     Name [FAIL]".</summary>
    private static bool IsEchoOfAFailedTest(string text) =>
        text.StartsWith("[xUnit.net ", StringComparison.Ordinal)
        && (text.EndsWith("[FAIL]", true, CultureInfo.InvariantCulture) || text.EndsWith("[SKIP]", true, CultureInfo.InvariantCulture));
}
