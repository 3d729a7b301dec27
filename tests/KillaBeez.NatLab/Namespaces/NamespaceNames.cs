using System.Globalization;
using System.Text.RegularExpressions;

namespace KillaBeez.NatLab.Namespaces;

/// <summary>A namespace of a lab is called kb, the process that made it, and a number: kb1234-7.</summary>
internal static partial class NamespaceNames
{
    /// <summary>Where iproute2 keeps them.</summary>
    public const string Folder = "/run/netns";

    private static int _count;

    public static string OwnPrefix { get; } = string.Create(CultureInfo.InvariantCulture, $"kb{Environment.ProcessId}-");

    public static string Next(string role) =>
        string.Create(CultureInfo.InvariantCulture, $"{OwnPrefix}{Interlocked.Increment(ref _count)}{role}");

    /// <summary>Every namespace of the machine that has a name.</summary>
    public static IReadOnlyList<string> All() =>
        Directory.Exists(Folder) ? [.. Directory.EnumerateFiles(Folder).Select(file => Path.GetFileName(file)!)] : [];

    /// <summary>Those of labs whose process is gone.</summary>
    public static IReadOnlyList<string> Stale() =>
        [.. from name in All()
            let match = OfALab().Match(name)
            where match.Success && !Directory.Exists($"/proc/{match.Groups["pid"].Value}")
            select name];

    [GeneratedRegex(@"^kb(?<pid>\d+)-\d+[a-z]*$")]
    private static partial Regex OfALab();
}
