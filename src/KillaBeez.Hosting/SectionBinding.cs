using Microsoft.Extensions.Configuration;

namespace KillaBeez.Hosting;

/// <summary>Lays a section of an IConfiguration over options that HOCON has set.</summary>
internal static class SectionBinding
{
    /// <summary>Binds when the node starts: by then the configuration may have been reloaded.</summary>
    public static Action<SwarmOptions> Of(IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        return options => Bind(section, options);
    }

    /// <exception cref="InvalidOperationException">A property is unknown, or its value is of no use; says which.</exception>
    private static void Bind(IConfiguration section, SwarmOptions options)
    {
        if (section.GetSection(nameof(SwarmOptions.KeyPair)).Exists())
        {
            // The binder's own error would show the value, which may be a secret.
            throw new InvalidOperationException($"{nameof(SwarmOptions.KeyPair)} is set in code only: in configuration there is {nameof(SwarmOptions.KeyFile)}.");
        }

        // The binder would add to a list that is there, and the exchanges of two sources would be mixed.
        if (section.GetSection(nameof(SwarmOptions.Exchanges)).Exists())
        {
            options.Exchanges = [];
        }

        if (section.GetSection(nameof(SwarmOptions.IceServers)).Exists())
        {
            options.IceServers = [];
        }

        section.Bind(options, static binder => binder.ErrorOnUnknownConfiguration = true);
    }
}
