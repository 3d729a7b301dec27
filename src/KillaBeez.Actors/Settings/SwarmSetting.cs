using System.Text.RegularExpressions;
using Akka.Configuration.Hocon;

namespace KillaBeez.Actors.Settings;

/// <summary>One setting: a property of <see cref="SwarmOptions"/>, and what it is called and how it is read in HOCON.</summary>
/// <param name="property">The property's name.</param>
/// <param name="read">Sets the property from a HOCON value; gives what is wrong with the value, or null.</param>
/// <param name="problemOf">What is wrong with the property's value, as the end of a sentence that begins with its name; or null.</param>
/// <param name="other">Another property that the problem speaks of.</param>
internal sealed partial class SwarmSetting(
    string property,
    Func<HoconValue, SwarmOptions, string?> read,
    Func<SwarmOptions, string?>? problemOf = null,
    string? other = null)
{
    public string Property { get; } = property;

    /// <summary>The name in HOCON: CallTimeout is call-timeout.</summary>
    public string Key { get; } = KeyOf(property);

    public string? Read(HoconValue value, SwarmOptions options) => read(value, options) ?? HoconProblemOf(options);

    public string? ProblemOf(SwarmOptions options) => problemOf?.Invoke(options);

    /// <summary>The same for who writes HOCON, where other settings have other names, too.</summary>
    public string? HoconProblemOf(SwarmOptions options) =>
        other is null ? ProblemOf(options) : ProblemOf(options)?.Replace(other, KeyOf(other), StringComparison.Ordinal);

    private static string KeyOf(string property) => Word().Replace(property, "-$0").ToLowerInvariant();

    [GeneratedRegex("(?<=.)[A-Z]")]
    private static partial Regex Word();
}
