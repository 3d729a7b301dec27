using Akka.Configuration;

namespace KillaBeez.Actors.Settings;

/// <summary>The defaults of every setting, as HOCON (reference.conf of this assembly).</summary>
internal static class ReferenceConfig
{
    private const string Resource = "KillaBeez.Actors.reference.conf";

    public static Config Value { get; } = ConfigurationFactory.FromResource(Resource, typeof(ReferenceConfig).Assembly);
}
