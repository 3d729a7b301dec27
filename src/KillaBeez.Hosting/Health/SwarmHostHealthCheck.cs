using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace KillaBeez.Hosting.Health;

/// <summary>The health of a host's node. Before the host starts there is no actor system, and asking makes none.</summary>
/// <param name="host">The host's node.</param>
/// <param name="check">What is asked of the actor system.</param>
internal sealed class SwarmHostHealthCheck(SwarmHost host, Func<ActorSystem, HealthCheckResult> check) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(host.System is { } system ? check(system) : HealthCheckResult.Unhealthy("The host has not started its swarm node."));
}
