using KillaBeez.Hosting.Health;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace KillaBeez.Hosting;

/// <summary>Puts a swarm node into a Generic Host that has no actors of its own.</summary>
public static class SwarmServiceCollectionExtensions
{
    internal const string TwoActorSystems =
        "This host has an actor system by AddAkka, and AddKillaBeez would add another: put the node into yours with AddAkka(..., akka => akka.WithKillaBeez(...)), and leave AddKillaBeez out.";

    private const string SystemName = "killabeez";

    /// <summary>
    /// Adds a node that starts and stops with the host; the start fails where the node cannot. Inject <see cref="SwarmHost"/>,
    /// or <see cref="KillaBeezSwarm"/>, to use it. It logs to the host's ILogger, in category Akka.Actor.ActorSystem. Called again, it
    /// only adds to the options, which are also those of <c>services.Configure&lt;SwarmOptions&gt;(...)</c>.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configure">Sets options in code.</param>
    /// <returns>The same services.</returns>
    /// <exception cref="InvalidOperationException">The host has an actor system of its own: the node belongs into that.</exception>
    public static IServiceCollection AddKillaBeez(this IServiceCollection services, Action<SwarmOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions<SwarmOptions>();
        if (configure is not null)
        {
            services.Configure(configure);
        }

        if (services.Any(service => service.ServiceType == typeof(SwarmHost)))
        {
            return services;
        }

        if (services.Any(service => service.ServiceType == typeof(AkkaConfigurationBuilder)))
        {
            throw new InvalidOperationException(TwoActorSystems);
        }

        services.AddLogging();
        services.AddAkka(SystemName, (akka, provider) => QuietSystem.Configure(akka, provider.GetRequiredService<ILoggerFactory>(), () => provider.GetRequiredService<IOptions<SwarmOptions>>().Value));
        services.AddSingleton(_ => new SwarmHost());
        services.AddSingleton(provider => KillaBeezSwarm.Get(provider.GetRequiredService<ActorSystem>()));
        services.AddHostedService(provider => new SwarmHostService(provider.GetRequiredService<SwarmHost>(), provider, services));
        return services;
    }

    /// <summary>Adds a node that starts and stops with the host, as configuration says.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="section">Properties of <see cref="SwarmOptions"/>; one that is unknown fails the start, and one text may stand for a list of one.</param>
    /// <param name="configure">Changes what the section says.</param>
    /// <returns>The same services.</returns>
    /// <exception cref="InvalidOperationException">The host has an actor system of its own: the node belongs into that.</exception>
    public static IServiceCollection AddKillaBeez(this IServiceCollection services, IConfiguration section, Action<SwarmOptions>? configure = null) =>
        services.AddKillaBeez(SectionBinding.Of(section) + configure);

    /// <summary>
    /// Adds two health checks of the host's node: NAME-live (tag "live"), healthy while it runs, and NAME-ready (tag "ready"),
    /// healthy while others can call it, degraded otherwise, with the reason.
    /// </summary>
    /// <param name="checks">The host's health checks.</param>
    /// <param name="name">What their names begin with.</param>
    /// <returns>The same checks.</returns>
    public static IHealthChecksBuilder AddKillaBeez(this IHealthChecksBuilder checks, string name = CheckNames.Prefix)
    {
        ArgumentNullException.ThrowIfNull(checks);
        ArgumentException.ThrowIfNullOrEmpty(name);
        return checks
            .Add(CheckOf(CheckNames.LiveName(name), CheckNames.LiveTag, system => NodeHealth.Live(system, name: "")))
            .Add(CheckOf(CheckNames.ReadyName(name), CheckNames.ReadyTag, system => NodeHealth.Ready(system, name: "")));
    }

    private static HealthCheckRegistration CheckOf(string name, string tag, Func<ActorSystem, HealthCheckResult> check) =>
        new(name, provider => new SwarmHostHealthCheck(provider.GetRequiredService<SwarmHost>(), check), failureStatus: null, [tag]);
}
