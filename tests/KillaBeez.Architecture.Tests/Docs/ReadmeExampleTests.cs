namespace KillaBeez.Architecture.Tests.Docs;

public sealed class ReadmeExampleTests
{
    private const string SourceFile = "tests/KillaBeez.Architecture.Tests/Docs/ReadmeExample.cs";

    [Fact]
    public void Readme_Example_IsTheOneThatIsCompiled()
    {
        var compiled = Between(Repository.ReadText(SourceFile), "// <example>\n", "        // </example>");
        var shown = Between(Repository.ReadText("README.md"), "```csharp\n", "```");

        Assert.Equal(string.Join('\n', compiled.Split('\n').Select(line => line.Trim())), shown);
    }

    /// <summary>That they work is shown by BrowserExampleTests.</summary>
    [Theory]
    [InlineData("csharp", "examples/browser/Program.cs")]
    [InlineData("html", "examples/browser/wwwroot/index.html")]
    public void Readme_BrowserExample_IsTheFileThatRuns(string language, string file) =>
        Assert.Contains($"\n```{language}\n{Repository.ReadText(file)}```\n", Repository.ReadText("README.md"), StringComparison.Ordinal);

    private static string Between(string text, string start, string end)
    {
        var from = text.IndexOf(start, StringComparison.Ordinal) + start.Length;
        return text[from..text.IndexOf(end, from, StringComparison.Ordinal)];
    }
}
