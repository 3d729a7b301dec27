using System.Text.RegularExpressions;

namespace KillaBeez.Architecture.Tests.Docs;

/// <summary>
/// Code in the documentation is code of this repository, so that it compiles and, where it lies in a test, runs. A block
/// says where it is from: <c>&lt;!-- example: FILE --&gt;</c> for a whole file, <c>&lt;!-- example: FILE#NAME --&gt;</c> for
/// what stands between <c>// &lt;NAME&gt;</c> and <c>// &lt;/NAME&gt;</c> there. <c>KILLABEEZ_APPROVE=1</c> writes the code
/// into the pages.
/// </summary>
public sealed partial class DocExamplesTests
{
    public static TheoryData<string, string, string, string> Examples
    {
        get
        {
            var data = new TheoryData<string, string, string, string>();
            foreach (var page in Pages())
            {
                foreach (Match example in Example().Matches(Repository.ReadText(page)))
                {
                    data.Add(page, example.Groups["file"].Value, example.Groups["name"].Value, example.Groups["code"].Value);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Examples))]
    public void Example_IsWhatIsCompiled(string page, string file, string name, string shown)
    {
        var source = Repository.ReadText(file);
        var compiled = name.Length == 0 ? source : Region(source, name);
        if (compiled != shown && Environment.GetEnvironmentVariable("KILLABEEZ_APPROVE") == "1")
        {
            var path = Path.Combine(Repository.Root, page);
            File.WriteAllText(path, File.ReadAllText(path).Replace(Block(file, name, shown), Block(file, name, compiled), StringComparison.Ordinal));
            return;
        }

        Assert.True(compiled == shown, $"{page} shows another text than {file}{(name.Length == 0 ? "" : $"#{name}")} has. It should be:\n{compiled}");
    }

    [Fact]
    public void Readme_ShowsNoOtherCode()
    {
        var text = Repository.ReadText("README.md");

        Assert.NotEmpty(CodeBlock().Matches(text));
        Assert.Equal(CodeBlock().Count(text), Example().Count(text));
    }

    private static IEnumerable<string> Pages() =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Repository.Root, file).Replace('\\', '/'))
            .Append("README.md")
            .Order(StringComparer.Ordinal);

    /// <summary>Where a page shows an example, up to the end of its code.</summary>
    private static string Block(string file, string name, string code) =>
        $"<!-- example: {file}{(name.Length == 0 ? "" : $"#{name}")} -->\n```{(file.EndsWith(".html", StringComparison.Ordinal) ? "html" : "csharp")}\n{code}```";

    /// <summary>The lines of a region, moved to the left as far as the first of them goes.</summary>
    private static string Region(string source, string name)
    {
        var lines = source.Split('\n');
        var from = Array.FindIndex(lines, line => line.Trim() == $"// <{name}>");
        var to = Array.FindIndex(lines, line => line.Trim() == $"// </{name}>");
        Assert.True(from >= 0 && to > from, $"there is no region {name}");
        var indent = lines[from + 1].Length - lines[from + 1].TrimStart().Length;
        return string.Concat(lines[(from + 1)..to].Select(line => (line.Length > indent ? line[indent..] : line.TrimStart()) + "\n"));
    }

    [GeneratedRegex(@"^<!-- example: (?<file>[^#\s]+)(?:#(?<name>\S+))? -->\n```\w+\n(?<code>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Example();

    [GeneratedRegex("^```(?:csharp|html)$", RegexOptions.Multiline)]
    private static partial Regex CodeBlock();
}
