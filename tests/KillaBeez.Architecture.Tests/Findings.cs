namespace KillaBeez.Architecture.Tests;

/// <summary>Asserts that a rule found nothing; a failure lists everything that it found.</summary>
internal static class Findings
{
    public static void AssertNone(IEnumerable<string> findings)
    {
        var list = findings.ToList();
        Assert.True(list.Count == 0, string.Join('\n', list));
    }
}
