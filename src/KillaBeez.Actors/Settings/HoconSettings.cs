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

    /// <summary>Reads and checks all settings, also those of the nodes that are not asked for: who writes them learns of an error at once.</summary>
    /// <param name="config">The system's configuration, reference.conf included.</param>
    /// <param name="node">The node's name, or null for the one without.</param>
    /// <exception cref="ConfigurationException">A key is unknown, or a value is wrong or out of its range.</exception>
    public static SwarmOptions Read(Config config, string? node)
    {
        var options = new SwarmOptions();
        var section = Entries(Layers(config), Section, $"{Section} {{ ... }}");
        Apply(options, section, Section, _others);
        var asked = options;
        foreach (var (name, values) in NodesIn(section))
        {
            var named = options.Snapshot();
            var path = $"{Section}.{Nodes}.{name}";
            Apply(named, Entries(values, path, $"{path} {{ ... }}, with settings of that node in it"), path, []);
            if (name == node)
            {
                asked = named;
            }
        }

        return asked;
    }

    /// <summary>Where the key file of a node is said: in its own section, or in the one that all nodes share.</summary>
    public static string KeyFilePath(Config config, string? node)
    {
        const string key = "key-file";
        var section = Entries(Layers(config), Section, Section);
        return node is not null && NodesIn(section).TryGetValue(node, out var values) && Entries(values, Nodes, Nodes).ContainsKey(key)
            ? $"{Section}.{Nodes}.{node}.{key}"
            : $"{Section}.{key}";
    }

    private static SortedDictionary<string, List<HoconValue>> NodesIn(SortedDictionary<string, List<HoconValue>> section) =>
        section.TryGetValue(Nodes, out var values) ? Entries(values, $"{Section}.{Nodes}", $"{Section}.{Nodes} {{ NAME {{ ... }} }}") : new(StringComparer.Ordinal);

    /// <summary>What a system's configuration and those it falls back to have as the section, the one that counts first.</summary>
    private static IEnumerable<HoconValue> Layers(Config config)
    {
        // Config.GetConfig would merge them, and fail where one of them is no section.
        for (var layer = config; layer is not null; layer = layer.Fallback)
        {
            if (layer.Root.GetObject() is { } root && root.Items.TryGetValue(Section, out var value))
            {
                yield return value;
            }
        }
    }

    /// <summary>What a section has below each of its keys, the value that counts first.</summary>
    private static SortedDictionary<string, List<HoconValue>> Entries(IEnumerable<HoconValue> layers, string path, string right)
    {
        var entries = new SortedDictionary<string, List<HoconValue>>(StringComparer.Ordinal);
        foreach (var layer in layers.Where(layer => !layer.IsEmpty))
        {
            if (!layer.IsObject())
            {
                throw new ConfigurationException($"{path} is {HoconReader.Show(layer)}, which is no section: write {right}.");
            }

            foreach (var (key, value) in layer.GetObject().Items)
            {
                (entries.TryGetValue(key, out var values) ? values : entries[key] = []).Add(value);
            }
        }

        return entries;
    }

    private static void Apply(SwarmOptions options, SortedDictionary<string, List<HoconValue>> values, string path, string[] others)
    {
        foreach (var key in values.Keys)
        {
            if (!others.Contains(key) && SwarmSettings.All.All(setting => setting.Key != key))
            {
                throw new ConfigurationException($"{path}.{key} is no setting. Did you mean {path}.{Nearest(key, others)}?");
            }
        }

        foreach (var setting in SwarmSettings.All)
        {
            if (values.TryGetValue(setting.Key, out var value) && setting.Read(value[0], options) is { } problem)
            {
                throw new ConfigurationException($"{path}.{setting.Key} {problem}.");
            }
        }

        // A value that was right where it stands may be wrong beside another that is said for one node only.
        foreach (var setting in SwarmSettings.All)
        {
            if (setting.HoconProblemOf(options) is { } problem)
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
