using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace KillaBeez.Actors.Settings;

/// <summary>The options of a node as a system's HOCON has them: <c>killabeez</c>, and for a named node what <c>killabeez.nodes.NAME</c> says otherwise.</summary>
internal static class HoconSettings
{
    public const string Section = "killabeez";

    private const string Nodes = "nodes";

    /// <summary>What stands in the section and is no setting of a node.</summary>
    private static readonly string[] _others = ["dispatcher", Nodes];

    /// <summary>Reads and checks all settings.</summary>
    /// <param name="config">The system's configuration, reference.conf included.</param>
    /// <param name="node">The node's name, or null for the one without.</param>
    /// <exception cref="ConfigurationException">A key is unknown, or a value is wrong or out of its range.</exception>
    public static SwarmOptions Read(Config config, string? node)
    {
        var options = new SwarmOptions();
        Apply(options, config, Section, _others);
        if (node is not null && config.HasPath($"{Section}.{Nodes}.{node}"))
        {
            Apply(options, config, $"{Section}.{Nodes}.{node}", []);
        }

        return options;
    }

    private static void Apply(SwarmOptions options, Config config, string path, string[] others)
    {
        var values = new SortedDictionary<string, HoconValue>(StringComparer.Ordinal);
        foreach (var (key, value) in config.GetConfig(path).AsEnumerable())
        {
            values.TryAdd(key, value);
        }

        foreach (var key in values.Keys)
        {
            if (!others.Contains(key) && SwarmSettings.All.All(setting => setting.Key != key))
            {
                throw new ConfigurationException($"{path}.{key} is no setting. Did you mean {path}.{Nearest(key, others)}?");
            }
        }

        foreach (var setting in SwarmSettings.All)
        {
            if (values.TryGetValue(setting.Key, out var value) && setting.Read(value, options) is { } problem)
            {
                throw new ConfigurationException($"{path}.{setting.Key} {problem}.");
            }
        }
    }

    private static string Nearest(string key, string[] others) =>
        SwarmSettings.All.Select(setting => setting.Key).Concat(others)
            .OrderBy(known => known.Contains(key, StringComparison.Ordinal) || key.Contains(known, StringComparison.Ordinal) ? 0 : 1)
            .ThenBy(known => Distance(key, known))
            .First();

    /// <summary>How many letters have to be added, removed or changed (Levenshtein).</summary>
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(above, row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[^1];
    }
}
