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

    /// <summary>Those of labs whose process is gone.</summary>
    public static IReadOnlyList<string> Stale() => !Directory.Exists(Folder)
        ? []
        : [.. from file in Directory.EnumerateFiles(Folder)
              let name = Path.GetFileName(file)
              let match = OfALab().Match(name)
              where match.Success && !Directory.Exists($"/proc/{match.Groups["pid"].Value}")
              select name];

    /// <summary>Those of this process.</summary>
    public static IReadOnlyList<string> Own() => !Directory.Exists(Folder)
        ? []
        : [.. Directory.EnumerateFiles(Folder, OwnPrefix + "*").Select(file => Path.GetFileName(file)!)];

    [GeneratedRegex(@"^kb(?<pid>\d+)-\d+[a-z]*$")]
    private static partial Regex OfALab();
}
