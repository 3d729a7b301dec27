using Microsoft.Extensions.DependencyInjection;

namespace KillaBeez.Hosting;

/// <summary>Puts a swarm node into a Generic Host.</summary>
public static class SwarmServiceCollectionExtensions
{
    /// <summary>
    /// Adds a node that starts and stops with the host. Inject <see cref="SwarmHost"/> to use it; options can also
    /// come from configuration: <c>services.Configure&lt;SwarmHostOptions&gt;(configuration.GetSection("KillaBeez"))</c>.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configure">Sets options in code.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddKillaBeez(this IServiceCollection services, Action<SwarmHostOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions<SwarmHostOptions>();
        if (configure is not null)
        {
            services.Configure(configure);
        }

        services.AddSingleton<SwarmHost>();
        services.AddHostedService(provider => provider.GetRequiredService<SwarmHost>());
        return services;
    }

    /// <summary>Adds a health check of the host's node: healthy with a peer, degraded without one.</summary>
    /// <param name="checks">The host's health checks.</param>
    /// <param name="name">The check's name.</param>
    /// <returns>The same checks.</returns>
    public static IHealthChecksBuilder AddKillaBeez(this IHealthChecksBuilder checks, string name = "killabeez")
    {
        ArgumentNullException.ThrowIfNull(checks);
        return checks.AddCheck<SwarmHostHealthCheck>(name);
    }
}
