using System.Text.RegularExpressions;

namespace KillaBeez.Architecture.Tests.Source;

/// <summary>Which folders of a project know which.</summary>
/// <param name="edges">Who knows whom, and by what.</param>
internal sealed partial class FolderGraph(IEnumerable<(string From, string To, string Why)> edges)
{
    public IReadOnlyList<(string From, string To, string Why)> Edges { get; } = [.. edges.DistinctBy(edge => (edge.From, edge.To))];

    /// <summary>A folder knows another where a file in it has a using directive of the other's namespace.</summary>
    public static FolderGraph OfUsings(string project)
    {
        var files = Repository.Sources(project)
            .Select(file => (Folder: FolderOf(project, file), Text: Repository.ReadText(file)))
            .ToList();

        // Where several folders share a namespace, it is the home of the one with the most files in it.
        var homes = files.Select(file => (file.Folder, Space: Namespace().Match(file.Text).Groups["name"].Value))
            .GroupBy(file => file.Space)
            .ToDictionary(space => space.Key, space => space.CountBy(file => file.Folder).MaxBy(folder => folder.Value).Key);
        return new FolderGraph(
            from file in files
            from Match used in Using().Matches(file.Text)
            let space = used.Groups["name"].Value
            where homes.TryGetValue(space, out var home) && home != file.Folder
            select (file.Folder, homes[space], $"using {space}"));
    }

    /// <summary>
    /// A folder knows another where its code says the name of a type that only the other declares. Names in comments and
    /// in texts do not count.
    /// </summary>
    /// <param name="project">Its folder, from the root.</param>
    public static FolderGraph OfTypeNames(string project)
    {
        var files = (from file in Repository.Sources(project)
                     let code = Prose().Replace(Repository.ReadText(file), " ")
                     select (Folder: FolderOf(project, file), File: file, Code: code)).ToList();
        var homes = (from file in files
                     from Match declared in Declared().Matches(file.Code)
                     group file.Folder by declared.Groups["name"].Value).ToLookup(name => name.Key, name => name.Distinct().ToList());
        return new FolderGraph(
            from file in files
            from Match word in Word().Matches(file.Code)
            from places in homes[word.Value]
            where places.Count == 1 && places[0] != file.Folder
            select (file.Folder, places[0], $"{file.File} says {word.Value}"));
    }

    /// <summary>The folders that know each other, group by group, each in alphabetical order.</summary>
    public IEnumerable<string> Circles()
    {
        var known = Edges.ToLookup(edge => edge.From, edge => edge.To);
        var folders = Edges.SelectMany(edge => new[] { edge.From, edge.To }).Distinct().Order(StringComparer.Ordinal).ToList();
        var reached = folders.ToDictionary(folder => folder, folder => Reached(folder, known));
        return from folder in folders
               let circle = folders.Where(other => reached[folder].Contains(other) && reached[other].Contains(folder)).ToList()
               where circle.Count > 1 && circle[0] == folder
               select string.Join(' ', circle);
    }

    private static HashSet<string> Reached(string from, ILookup<string, string> known)
    {
        HashSet<string> reached = [];
        var waiting = new Queue<string>([from]);
        while (waiting.TryDequeue(out var folder))
        {
            foreach (var next in known[folder].Where(reached.Add))
            {
                waiting.Enqueue(next);
            }
        }

        return reached;
    }

    private static string FolderOf(string project, string file)
    {
        var folder = Path.GetDirectoryName(Path.GetRelativePath(project, file))!.Replace('\\', '/');
        return folder.Length == 0 ? "." : folder;
    }

    [GeneratedRegex(@"^\s*(?:global\s+)?using\s+(?:static\s+)?(?:\w+\s*=\s*)?(?<name>[A-Za-z_][\w.]*)\s*;", RegexOptions.Multiline)]
    private static partial Regex Using();

    [GeneratedRegex(@"^namespace\s+(?<name>[\w.]+)", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    /// <summary>Types at the left margin: those inside of others are said with the outer one's name.</summary>
    [GeneratedRegex(@"^(?:(?:public|internal|file|static|sealed|abstract|readonly|ref|unsafe|partial)\s+)*(?:class|struct|interface|record(?:\s+struct|\s+class)?|enum)\s+(?<name>\w+)", RegexOptions.Multiline)]
    private static partial Regex Declared();

    [GeneratedRegex(@"(?<![\w.])[A-Z]\w*\b")]
    private static partial Regex Word();

    /// <summary>Comments, using directives, the namespace, and texts without the code that is in them.</summary>
    [GeneratedRegex(@"//.*$|^using .*$|^namespace .*$|(?<!\$)@?""(?:[^""\\\n]|\\.)*""", RegexOptions.Multiline)]
    private static partial Regex Prose();
}
