using KillaBeez.Hosting.Health;
using Microsoft.Extensions.Configuration;

namespace KillaBeez.Hosting;

/// <summary>Puts swarm nodes into an actor system that Akka.Hosting runs.</summary>
/// <remarks>
/// A node's settings are the defaults; over them the system's HOCON (<c>killabeez { ... }</c>); over that the section of an
/// IConfiguration; over that code. The host's start waits until every node runs, and fails with what one of them fails with.
/// When the host stops, nodes take leave of their peers before the actor system ends.
/// </remarks>
/// <example>
/// <code>
/// services.AddAkka("app", akka => akka
///     .WithKillaBeez(configuration.GetSection("KillaBeez"))
///     .WithKillaBeezHealthChecks()
///     .WithActors((system, registry) => system.ActorOf(Props.Create(() => new Greeter(registry.Get&lt;KillaBeezSwarm&gt;())))));
/// </code>
/// </example>
public static class KillaBeezHostingExtensions
{
    /// <summary>
    /// Adds the node without a name. Its top actor is registered under <see cref="KillaBeezSwarm"/>, so that an
    /// <c>IRequiredActor&lt;KillaBeezSwarm&gt;</c> can be injected, from the step of this call on.
    /// </summary>
    /// <param name="builder">The actor system's configuration.</param>
    /// <param name="configure">Changes what HOCON says.</param>
    /// <exception cref="InvalidOperationException">The node was added before.</exception>
    public static AkkaConfigurationBuilder WithKillaBeez(this AkkaConfigurationBuilder builder, Action<SwarmOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return Add(builder, name: null, configure, static (registry, guardian) => registry.Register<KillaBeezSwarm>(guardian));
    }

    /// <summary>Adds the node without a name, as configuration says.</summary>
    /// <param name="builder">The actor system's configuration.</param>
    /// <param name="section">Properties of <see cref="SwarmOptions"/>; one that is unknown fails the start. A list that is here replaces HOCON's.</param>
    /// <param name="configure">Changes what HOCON and the section say.</param>
    /// <exception cref="InvalidOperationException">The node was added before.</exception>
    public static AkkaConfigurationBuilder WithKillaBeez(this AkkaConfigurationBuilder builder, IConfiguration section, Action<SwarmOptions>? configure = null) =>
        builder.WithKillaBeez(SectionBinding.Of(section) + configure);

    /// <summary>
    /// Adds a node with a name of its own, which HOCON configures in <c>killabeez.nodes.NAME</c>; no actor is registered for
    /// it: ask <see cref="KillaBeezSwarm.GuardianOf"/>.
    /// </summary>
    /// <param name="builder">The actor system's configuration.</param>
    /// <param name="name">A part of an actor's path, such as "edge".</param>
    /// <param name="configure">Changes what HOCON says.</param>
    /// <exception cref="InvalidOperationException">A node of that name was added before.</exception>
    public static AkkaConfigurationBuilder WithKillaBeez(this AkkaConfigurationBuilder builder, string name, Action<SwarmOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(name);
        return Add(builder, name, configure, static (_, _) => { });
    }

    /// <summary>Adds a node with a name of its own, whose top actor is registered under a key of your choice.</summary>
    /// <param name="builder">The actor system's configuration.</param>
    /// <param name="name">A part of an actor's path, such as "edge".</param>
    /// <param name="configure">Changes what HOCON says.</param>
    /// <typeparam name="TKey">Any type: what <c>IRequiredActor&lt;TKey&gt;</c> is asked with.</typeparam>
    /// <exception cref="InvalidOperationException">A node of that name was added before.</exception>
    public static AkkaConfigurationBuilder WithKillaBeez<TKey>(this AkkaConfigurationBuilder builder, string name, Action<SwarmOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(name);
        return Add(builder, name, configure, static (registry, guardian) => registry.Register<TKey>(guardian));
    }

    /// <summary>Adds a node with a name and a key of its own, as configuration says.</summary>
    /// <param name="builder">The actor system's configuration.</param>
    /// <param name="name">A part of an actor's path, such as "edge".</param>
    /// <param name="section">Properties of <see cref="SwarmOptions"/>; one that is unknown fails the start. A list that is here replaces HOCON's.</param>
    /// <param name="configure">Changes what HOCON and the section say.</param>
    /// <typeparam name="TKey">Any type: what <c>IRequiredActor&lt;TKey&gt;</c> is asked with.</typeparam>
    /// <exception cref="InvalidOperationException">A node of that name was added before.</exception>
    public static AkkaConfigurationBuilder WithKillaBeez<TKey>(this AkkaConfigurationBuilder builder, string name, IConfiguration section, Action<SwarmOptions>? configure = null) =>
        builder.WithKillaBeez<TKey>(name, SectionBinding.Of(section) + configure);

    /// <summary>
    /// Adds two health checks for each node that was added before: <c>killabeez-live</c> (tag "live"), healthy while the node
    /// runs, and <c>killabeez-ready</c> (tag "ready"), healthy while others can call it, degraded otherwise, with the reason.
    /// For a named node they are <c>killabeez-NAME-live</c> and <c>killabeez-NAME-ready</c>.
    /// </summary>
    /// <param name="builder">The actor system's configuration.</param>
    /// <exception cref="InvalidOperationException">There is no node yet.</exception>
    public static AkkaConfigurationBuilder WithKillaBeezHealthChecks(this AkkaConfigurationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var names = HostedNodes.Of(builder).Names;
        if (names.Count == 0)
        {
            throw new InvalidOperationException("There is no node to check yet: call WithKillaBeez first.");
        }

        foreach (var name in names)
        {
            var prefix = name.Length == 0 ? CheckNames.Prefix : $"{CheckNames.Prefix}-{name}";
            builder.WithHealthCheck(CheckNames.LiveName(prefix), new AkkaNodeCheck(system => NodeHealth.Live(system, name)), tags: [CheckNames.LiveTag]);
            builder.WithHealthCheck(CheckNames.ReadyName(prefix), new AkkaNodeCheck(system => NodeHealth.Ready(system, name)), tags: [CheckNames.ReadyTag]);
        }

        return builder;
    }

    private static AkkaConfigurationBuilder Add(AkkaConfigurationBuilder builder, string? name, Action<SwarmOptions>? configure, Action<IActorRegistry, IActorRef> register)
    {
        var nodes = HostedNodes.Of(builder);
        nodes.Add(name, configure);
        var started = Task.CompletedTask;

        // The actors of the application are made in the steps after this one: they find the node's in the registry, and may
        // tell it commands, which wait for its start. The host waits for that after all actors are made.
        return builder
            .StartActors((system, registry) =>
            {
                nodes.EnsureAsked(system);
                var swarm = KillaBeezSwarm.Get(system);
                started = name is null ? StartAsync(swarm) : swarm.StartAsync(name);
                register(registry, name is null ? swarm.Guardian : swarm.GuardianOf(name));
            })
            .AddStartup((_, _) => started);
    }

    /// <summary>The guardian first: should its start fail at once, the task is that of the next attempt, and says why.</summary>
    private static Task<SwarmNode> StartAsync(KillaBeezSwarm swarm)
    {
        _ = swarm.Guardian;
        return swarm.Started;
    }
}
