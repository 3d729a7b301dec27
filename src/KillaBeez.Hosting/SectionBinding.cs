using KillaBeez.WebRtc.PeerConnections;
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

        // The binder takes no notice of one text where a list belongs.
        var (exchange, iceServer) = (OneOf(section, nameof(SwarmOptions.Exchanges)), OneOf(section, nameof(SwarmOptions.IceServers)));

        // The binder would add to a list that is there, and the exchanges of two sources would be mixed.
        if (section.GetSection(nameof(SwarmOptions.Exchanges)).Exists())
        {
            options.Exchanges = [];
        }

        if (section.GetSection(nameof(SwarmOptions.IceServers)).Exists())
        {
            options.IceServers = [];
        }

        if (exchange is not null || iceServer is not null)
        {
            section = WithLists(section);
        }

        section.Bind(options, static binder => binder.ErrorOnUnknownConfiguration = true);
    }

    /// <summary>The same with a list of one for each text that stands for one.</summary>
    private static IConfiguration WithLists(IConfiguration section) => new ConfigurationBuilder()
        .AddInMemoryCollection(section.AsEnumerable(makePathsRelative: true).Select(entry => entry switch
        {
            { Key: nameof(SwarmOptions.Exchanges), Value.Length: > 0 } => KeyValuePair.Create<string, string?>($"{entry.Key}:0", entry.Value),
            { Key: nameof(SwarmOptions.IceServers), Value.Length: > 0 } => KeyValuePair.Create<string, string?>($"{entry.Key}:0:{nameof(IceServer.Urls)}:0", entry.Value),
            _ => entry,
        }))
        .Build();

    /// <summary>The text that stands where a list may: a list of one, as in HOCON. Null where there is none.</summary>
    private static string? OneOf(IConfiguration section, string name)
    {
        var list = section.GetSection(name);
        if (string.IsNullOrEmpty(list.Value))
        {
            return null;
        }

        return !list.GetChildren().Any()
            ? list.Value
            : throw new InvalidOperationException($"{name} is a list and the text '{list.Value}' at once, from two sources: leave one of them out, or replace {name}:0.");
    }
}
