using System.Runtime.CompilerServices;

namespace KillaBeez.Hosting;

/// <summary>The nodes that were put into one actor system while it is configured.</summary>
internal sealed class HostedNodes
{
    private static readonly ConditionalWeakTable<AkkaConfigurationBuilder, HostedNodes> _all = [];

    private readonly Dictionary<string, Action<SwarmOptions>?> _configure = [];
    private readonly KillaBeezSetup _setup;

    private HostedNodes(AkkaConfigurationBuilder builder)
    {
        _setup = new KillaBeezSetup((name, options) => _configure.GetValueOrDefault(name ?? "")?.Invoke(options));
        builder.AddSetup(_setup)
            .AddHocon(KillaBeezSwarm.DefaultConfig(), HoconAddMode.Append)
            .WithExtension<KillaBeezExtension>();
    }

    /// <summary>The names of the nodes so far; the empty one is that of the node without.</summary>
    public IReadOnlyCollection<string> Names => _configure.Keys;

    public static HostedNodes Of(AkkaConfigurationBuilder builder) => _all.GetValue(builder, static builder => new HostedNodes(builder));

    /// <summary>Adds a node, which is not started by this.</summary>
    /// <param name="name">Null for the node without one.</param>
    /// <param name="configure">Changes what HOCON says.</param>
    /// <exception cref="InvalidOperationException">A node of that name was added before.</exception>
    public void Add(string? name, Action<SwarmOptions>? configure)
    {
        if (!_configure.TryAdd(name ?? "", configure))
        {
            throw new InvalidOperationException(
                $"The node {(name is null ? "without a name" : $"named '{name}'")} was put into this actor system before: call WithKillaBeez once for each node, and give each but one a name.");
        }
    }

    /// <summary>An actor system takes one setup of a type: another would leave these nodes without their options, in silence.</summary>
    /// <exception cref="InvalidOperationException">The application gave a setup of its own.</exception>
    public void EnsureAsked(ActorSystem system)
    {
        var setup = system.Settings.Setup.Get<KillaBeezSetup>();
        if (!setup.HasValue || setup.Value != _setup)
        {
            throw new InvalidOperationException($"This actor system has a {nameof(KillaBeezSetup)} besides WithKillaBeez: give WithKillaBeez what it does, and leave it out.");
        }
    }
}
