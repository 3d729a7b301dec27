using Akka.Actor.Setup;

namespace KillaBeez;

/// <summary>
/// What code says about the nodes of an actor system, given when the system is created. It is applied to what the
/// system's HOCON says, and goes before it.
/// </summary>
/// <param name="configure">Changes the options of the node with a name; the name is null for the node without one.</param>
public sealed class KillaBeezSetup(Action<string?, SwarmOptions> configure) : Setup
{
    /// <summary>A setup for the node without a name.</summary>
    /// <param name="configure">Changes its options.</param>
    public KillaBeezSetup(Action<SwarmOptions> configure)
        : this((name, options) =>
        {
            if (name is null)
            {
                configure(options);
            }
        })
    {
    }

    internal void Configure(string? name, SwarmOptions options) => configure(name, options);
}
