using System.Globalization;

namespace KillaBeez.TestRunner;

/// <summary>
/// How long each project takes: what this machine's last runs took, and for a clean clone what the table in the repository
/// says. A line is a project's name, seconds (the last runs', the newest last), and the word "realtime" where it applies.
/// </summary>
internal sealed class DurationTable
{
    private const int RunsKept = 5;
    private const string RealTime = "realtime";

    private readonly Dictionary<string, List<double>> _known = [];
    private readonly Dictionary<string, List<double>> _learned = [];
    private readonly HashSet<string> _realTime = [];

    public DurationTable(IEnumerable<string> known, IEnumerable<string> learned)
    {
        Read(known, _known, _realTime);
        Read(learned, _learned, []);
    }

    /// <summary>The table of the repository, and what this checkout has learned. What is not there or damaged is left out.</summary>
    public static DurationTable Load(RunnerOptions options) => new(
        Lines(Path.Combine(options.Root, "tests", "Runner", "durations.txt")),
        Lines(LearnedPath(options)));

    /// <summary>The median of the last runs, or what the repository says, or zero.</summary>
    public TimeSpan Of(string project)
    {
        var seconds = _learned.GetValueOrDefault(project) ?? _known.GetValueOrDefault(project) ?? [0];
        return TimeSpan.FromSeconds(seconds.Order().ElementAt(seconds.Count / 2));
    }

    /// <summary>Whether two of them at once delay each other.</summary>
    public bool IsRealTime(string project) => _realTime.Contains(project);

    /// <summary>
    /// Takes note of a run that came to its end: all the tests of a project, none stopped.
    /// </summary>
    public void Learn(string project, TimeSpan elapsed)
    {
        if (!_learned.TryGetValue(project, out var seconds))
        {
            _learned.Add(project, seconds = []);
        }

        seconds.Add(Math.Round(elapsed.TotalSeconds, 1));
        seconds.RemoveRange(0, Math.Max(0, seconds.Count - RunsKept));
    }

    /// <summary>What was learned, as lines that can be read again.</summary>
    public IEnumerable<string> LearnedLines() => _learned
        .OrderBy(entry => entry.Key, StringComparer.Ordinal)
        .Select(entry => string.Join(' ', entry.Value.Select(s => s.ToString(CultureInfo.InvariantCulture)).Prepend(entry.Key)));

    /// <summary>Keeps what was learned for the next run. Where that is not possible the next run learns it anew.</summary>
    public void Save(RunnerOptions options)
    {
        var path = LearnedPath(options);
        var fresh = $"{path}.{Environment.ProcessId}";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllLines(fresh, LearnedLines());
            File.Move(fresh, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            File.Delete(fresh);
        }
    }

    private static string LearnedPath(RunnerOptions options) =>
        Path.Combine(options.Root, ".killabeez", $"test-durations-{options.Configuration}.txt");

    private static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static void Read(IEnumerable<string> lines, Dictionary<string, List<double>> durations, HashSet<string> realTime)
    {
        foreach (var words in lines.Where(l => !l.StartsWith('#')).Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(w => w.Length > 1))
        {
            var seconds = new List<double>();
            foreach (var word in words.Skip(1))
            {
                if (double.TryParse(word, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number))
                {
                    seconds.Add(number);
                }
                else if (word == RealTime)
                {
                    realTime.Add(words[0]);
                }
            }

            if (seconds.Count > 0)
            {
                durations[words[0]] = seconds;
            }
        }
    }
}
