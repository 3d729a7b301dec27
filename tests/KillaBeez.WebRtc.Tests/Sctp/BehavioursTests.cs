using System.Reflection;
using System.Text.RegularExpressions;

namespace KillaBeez.WebRtc.Tests.Sctp;

public sealed partial class BehavioursTests
{
    /// <summary>The table of docs/sctp.md promises a test for each behaviour.</summary>
    [Fact]
    public void Table_NamesOnlyTestsThatExist()
    {
        var text = File.ReadAllText(Path.Combine(Root(), "docs", "sctp.md"));
        var begin = text.IndexOf("## Behaviours tested", StringComparison.Ordinal);
        var end = text.IndexOf("## Tests", begin, StringComparison.Ordinal);
        var names = TestName().Matches(text[begin..end]).Select(m => m.Value).ToList();
        Assert.True(names.Count > 100, $"{names.Count} names");
        var tests = typeof(BehavioursTests).Assembly.GetTypes()
            .SelectMany(t => t.GetMethods(BindingFlags.Public | BindingFlags.Instance))
            .Where(m => m.GetCustomAttributes<FactAttribute>().Any())
            .Select(m => m.Name)
            .ToHashSet();
        Assert.Equal([], names.Except(tests));
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "KillaBeez.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The tests do not run inside the repository.");
    }

    [GeneratedRegex("[A-Za-z0-9]+_[A-Za-z0-9_]+")]
    private static partial Regex TestName();
}
