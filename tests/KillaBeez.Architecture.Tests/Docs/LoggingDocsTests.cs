using System.Text.RegularExpressions;

namespace KillaBeez.Architecture.Tests.Docs;

/// <summary>docs/logging.md promises what the code says.</summary>
public sealed partial class LoggingDocsTests
{
    [Fact]
    public void Logging_NamesEveryMessage()
    {
        var document = Repository.ReadText("docs/logging.md");
        var messages = LogMessage().Matches(Repository.ReadText("src/KillaBeez.Actors/Logging/SwarmLog.cs")).Select(match => match.Groups["text"].Value).ToList();

        Assert.True(messages.Count > 10, "the messages were not found");
        Assert.All(messages, message => Assert.Contains($"| `{message}` |", document, StringComparison.Ordinal));
    }

    [GeneratedRegex(@"private const string \w+ = ""(?<text>[^""]+)"";")]
    private static partial Regex LogMessage();
}
