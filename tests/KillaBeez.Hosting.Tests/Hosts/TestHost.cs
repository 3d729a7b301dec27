using KillaBeez.Tests;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace KillaBeez.Hosting.Tests.Hosts;

/// <summary>Generic Hosts with nodes in them, and what tests ask of them.</summary>
internal static class TestHost
{
    /// <summary>A host with nothing but what is added here: no console, no configuration.</summary>
    public static IHost Create(Action<IServiceCollection> configure)
    {
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        configure(builder.Services);
        builder.Services.AddHealthChecks();
        return builder.Build();
    }

    /// <summary>A host with a node and no other actors.</summary>
    public static IHost Plain(Action<SwarmOptions>? configure = null) => Create(services =>
    {
        services.AddKillaBeez(configure);
        services.AddHealthChecks().AddKillaBeez();
    });

    /// <summary>A host with an actor system.</summary>
    public static IHost Akka(Action<AkkaConfigurationBuilder> configure) => Create(services => services.AddAkka("app", akka =>
    {
        akka.AddHocon("akka { stdout-loglevel = OFF\n loggers = []\n log-dead-letters = off }", HoconAddMode.Prepend);
        configure(akka);
    }));

    public static KillaBeezSwarm Swarm(this IHost host) => KillaBeezSwarm.Get(host.Services.GetRequiredService<ActorSystem>());

    public static async Task<HealthReportEntry> CheckAsync(this IHost host, string name)
    {
        var report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        return report.Entries[name];
    }

    /// <summary>Waits for an event, or for the state of now that says the same.</summary>
    public static async Task<TEvent> WaitForAsync<TEvent>(this SwarmNode node, Func<TEvent, bool>? isIt = null)
        where TEvent : SwarmEvent
    {
        using var limit = new CancellationTokenSource(Patience.Bound);
        await foreach (var e in node.Events.WithCancellation(limit.Token))
        {
            if (e is TEvent wanted && isIt?.Invoke(wanted) != false)
            {
                return wanted;
            }
        }

        throw new InvalidOperationException($"The node has stopped without a {typeof(TEvent).Name}.");
    }

    public static Task UntilReadyAsync(this SwarmNode node) => node.WaitForAsync<ExchangeStateEvent>(e => e.IsReady);
}
