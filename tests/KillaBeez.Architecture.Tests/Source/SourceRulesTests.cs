using System.Text.RegularExpressions;

namespace KillaBeez.Architecture.Tests.Source;

/// <summary>Rules that the compiler and its analyzers do not check.</summary>
public sealed partial class SourceRulesTests
{
    private const int MaxFileLines = 500;

    private static readonly string[] _everywhere = ["src", "tests", "benchmarks", "examples"];

    [Fact]
    public void Files_AreNotTooLong()
    {
        var tooLong = from file in _everywhere.SelectMany(Repository.Sources)
                      let lines = Repository.ReadLines(file).Length
                      where lines > MaxFileLines
                      select $"{file}: {lines} lines; a file has at most {MaxFileLines}, one subject";

        Findings.AssertNone(tooLong);
    }

    /// <summary>A pattern, where it is looked for, files that may have it, and why nobody else may.</summary>
    public static TheoryData<string, string, string, string> Banned => new()
    {
        { @"\basync\s+void\b", "src|tests|benchmarks|examples", "Source/SourceRulesTests\\.cs$", "an exception in it ends the process: give a Task" },
        { @"\bThread\.Sleep\s*\(", "src|tests|benchmarks|examples", "^$", "wait for the condition, or turn the virtual clock" },
        { @"\bTask\.Delay\s*\((?!.*(Infinite|[Tt]imeProvider))", "tests", "(Eventually|Within|Wait|Poll)[A-Za-z]*\\.cs$|Simulations/EscapeTests\\.cs$", "wait for the condition (with a helper named so), or turn the virtual clock" },
        { @"\bNotImplementedException\b", "src|tests|benchmarks|examples", "^$", "what is not there is not called" },
        { @"^\s*#region\b", "src|tests|benchmarks|examples", "^$", "a file that needs regions has two subjects" },
        { @"\b(TODO|FIXME|HACK|XXX)\b", "src|tests|benchmarks|examples", "Source/SourceRulesTests\\.cs$", "write an issue, or do it" },
        { @"\bConsole\.", "src", "^src/KillaBeez\\.Host/", "only the program talks to a terminal" },
        { @"\bnamespace\s+KillaBeez\.(Host|Akka)\b", "src|tests|benchmarks|examples", "^$", "it would hide Microsoft's Host or the Akka package's namespace" },
        { @"\b(class|record|struct|interface)\s+Swarm\b", "src|tests|benchmarks|examples", "^$", "Swarm is a namespace" },
        { @"\bthis\.[a-zA-Z_]", "src|tests|benchmarks|examples", "^$", "fields start with an underscore" },
        { @"\bGC\.Collect\b", "src", "^$", "the collector knows better" },
    };

    [Theory]
    [MemberData(nameof(Banned))]
    public void Sources_HaveNoBannedConstruct(string pattern, string folders, string allowed, string why)
    {
        var found = from folder in folders.Split('|')
                    from file in Repository.Sources(folder)
                    where !Regex.IsMatch(file, allowed)
                    from line in Repository.ReadLines(file).Select((text, i) => (Text: Code(text), Number: i + 1))
                    where Regex.IsMatch(line.Text, pattern)
                    select $"{file}:{line.Number}: {line.Text.Trim()} ({why})";

        Findings.AssertNone(found);
    }

    [Theory]
    [InlineData("var x = 1; // TODO later", true)]
    [InlineData("var url = \"http://x\";", false)]
    [InlineData("/// <summary>async void is banned</summary>", false)]
    public void Code_KeepsRemindersAndDropsProse(string line, bool hasReminder)
    {
        Assert.Equal(hasReminder, Code(line).Contains("TODO", StringComparison.Ordinal));
        Assert.DoesNotContain("async void", Code(line), StringComparison.Ordinal);
    }

    [Fact]
    public void Namespaces_FollowTheFolders()
    {
        var wrong = from product in Repository.Products
                    from file in Repository.Sources(Path.GetRelativePath(Repository.Root, product.Folder))
                    let declared = NamespaceLine().Match(Repository.ReadText(file)).Groups["name"].Value
                    where declared.Length > 0
                    let expected = ExpectedNamespace(product.Name, Path.GetRelativePath(product.Folder, Path.Combine(Repository.Root, file)))
                    where !(expected + ".").StartsWith(declared + ".", StringComparison.Ordinal)
                    where declared is not ("KillaBeez" or "KillaBeez.Sodium" or "KillaBeez.Streams" or "KillaBeez.Messages") && declared != product.Name + ".Internals"
                    select $"{file} declares {declared}, its folder is {expected}";

        Findings.AssertNone(wrong);
    }

    private static string ExpectedNamespace(string project, string relativeFile)
    {
        var root = project == "KillaBeez.Host" ? "KillaBeez.Cli" : project;
        return string.Join('.', relativeFile.Replace('\\', '/').Split('/')[..^1].Prepend(root));
    }

    /// <summary>The line without its comment, except for a reminder in it.</summary>
    private static string Code(string line)
    {
        var comment = Comment().Match(line);
        if (!comment.Success)
        {
            return line;
        }

        var reminder = Reminder().Match(comment.Value).Value;
        return line[..comment.Index] + reminder;
    }

    [GeneratedRegex(@"(?<!:)//.*$")]
    private static partial Regex Comment();

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX)\b")]
    private static partial Regex Reminder();

    [GeneratedRegex(@"^namespace\s+(?<name>[\w.]+)", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();
}
