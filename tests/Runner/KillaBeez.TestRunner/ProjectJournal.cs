using System.Globalization;
using System.Text;
using System.Text.Json;

namespace KillaBeez.TestRunner;

/// <summary>A test that has begun and not ended.</summary>
internal sealed record RunningTest(string Name, DateTimeOffset Since);

/// <summary>What is known of a run at some time: what has ended, and what has not.</summary>
internal sealed record RunState(TrxReport Report, IReadOnlyList<RunningTest> Running);

/// <summary>
/// What a test project has done so far, from the file that it writes as it goes (tests/Common/TestJournal.cs). It may be
/// read while it is written, and what a stopped or crashed run has left is complete up to the last test. Thread-safe.
/// </summary>
internal sealed class ProjectJournal(string path)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<int, RunningTest> _running = [];
    private readonly List<FailedTest> _failed = [];
    private readonly List<SkippedTest> _skipped = [];
    private int _passed;
    private long _position;

    public string Path => path;

    /// <summary>What has ended so far, and what runs, the longest first.</summary>
    public RunState Read()
    {
        lock (_gate)
        {
            Update();
            return new RunState(
                new TrxReport { Passed = _passed, Failed = [.. _failed], Skipped = [.. _skipped] },
                [.. _running.Values.OrderBy(t => t.Since)]);
        }
    }

    /// <summary>Reads what was written since the last time. A line that is not complete yet is left for the next.</summary>
    private void Update()
    {
        if (!File.Exists(path))
        {
            return;
        }

        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        file.Position = _position;
        var bytes = new byte[file.Length - file.Position];
        var text = bytes.AsSpan(0, file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false));
        var complete = text[..(text.LastIndexOf((byte)'\n') + 1)];
        _position += complete.Length;
        foreach (var line in Encoding.UTF8.GetString(complete).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            Apply(line);
        }
    }

    private void Apply(string line)
    {
        var space = line.IndexOf(' ', StringComparison.Ordinal);
        var number = int.Parse(line.AsSpan(0, space), NumberStyles.None, CultureInfo.InvariantCulture);
        var entry = JsonDocument.Parse(line.AsMemory(space + 1)).RootElement;
        string Text(string property) => entry.GetProperty(property).GetString()?.Trim() ?? "";

        var what = Text("event");
        if (what == "started")
        {
            _running.Add(number, new RunningTest(Text("name"), entry.GetProperty("at").GetDateTimeOffset()));
            return;
        }

        var name = _running.Remove(number, out var test) ? test.Name : "?";
        switch (what)
        {
            case "passed":
                _passed++;
                break;
            case "skipped":
                _skipped.Add(new SkippedTest(name, Text("reason")));
                break;
            case "failed":
                _failed.Add(new FailedTest(name, Text("message"), Text("stackTrace"), Text("output")));
                break;
            default:
                throw new InvalidDataException($"{path}: a test cannot have '{what}'");
        }
    }
}
