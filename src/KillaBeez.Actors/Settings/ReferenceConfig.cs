using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace KillaBeez.Actors.Settings;

/// <summary>The defaults of every setting, as HOCON (reference.conf of this assembly).</summary>
internal static class ReferenceConfig
{
    private const string Resource = "KillaBeez.Actors.reference.conf";

    

    public static Config Value { get; } = ConfigurationFactory.FromResource(Resource, typeof(ReferenceConfig).Assembly);

    /// <summary>Of each setting; behind <see cref="Value"/>, since static members are made in the order of the text.</summary>
    private static IReadOnlyList<string> Paths { get; } = [.. PathsIn(Value.Root, prefix: "")];

    /// <summary>
    /// Adds the defaults to a system's settings. Where they are in there already they are not added again, since with each
    /// addition Akka.NET makes all its serializers anew.
    /// </summary>
    public static void AddTo(Akka.Actor.Settings settings)
    {
        if (!Paths.All(settings.Config.HasPath))
        {
            settings.InjectTopLevelFallback(Value);
        }
    }

    private static IEnumerable<string> PathsIn(HoconValue value, string prefix) => value.GetObject().Items.SelectMany(item =>
        item.Value.IsObject() ? PathsIn(item.Value, $"{prefix}{item.Key}.") : [$"{prefix}{item.Key}"]);
}
