using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace KillaBeez.Hosting;

/// <summary>
/// Starts and stops the node of a host that has no other actors. The node is not started by Akka.Hosting's own service, which
/// writes a failure to the console: here it is the one that the host's start fails with.
/// </summary>
/// <param name="host">What the application has of the node.</param>
/// <param name="provider">Where the actor system comes from.</param>
/// <param name="services">What was added to the host.</param>
internal sealed class SwarmHostService(SwarmHost host, IServiceProvider provider, IServiceCollection services) : IHostedLifecycleService
{
    /// <summary>Before any service has started, so that nothing has to be undone.</summary>
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        if (services.Count(service => service.ServiceType == typeof(AkkaConfigurationBuilder)) > 1)
        {
            var failure = new InvalidOperationException(SwarmServiceCollectionExtensions.TwoActorSystems);
            host.Fail(failure);
            throw failure;
        }

        return Task.CompletedTask;
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        ActorSystem? system = null;
        try
        {
            system = provider.GetRequiredService<ActorSystem>();
            host.Begin(system);
            var swarm = KillaBeezSwarm.Get(system);
            provider.GetRequiredService<IActorRegistry>().Register<KillaBeezSwarm>(swarm.Guardian);
            host.Start(await swarm.Started.WaitAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (Exception e)
        {
            host.Fail(e);
            if (system is not null)
            {
                await CoordinatedShutdown.Get(system).Run(CoordinatedShutdown.ClrExitReason.Instance).ConfigureAwait(false);
            }

            throw;
        }
    }

    /// <summary>Services that were added after the node have stopped by now; the actor system is stopped after this.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (host.Stop() is { } node)
        {
            await node.DisposeAsync().AsTask().WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
