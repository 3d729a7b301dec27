using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace KillaBeez.Hosting;

/// <summary>Healthy while the node runs and has a peer, degraded while it is alone.</summary>
internal sealed class SwarmHostHealthCheck(SwarmHost host) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (!host.IsRunning)
        {
            return Task.FromResult(HealthCheckResult.Unhealthy("The swarm node does not run."));
        }

        var peers = host.Node.Peers.Count;
        var data = new Dictionary<string, object> { ["id"] = host.Node.Id.ToString(), ["peers"] = peers };
        return Task.FromResult(peers > 0
            ? HealthCheckResult.Healthy($"{peers} peers", data)
            : HealthCheckResult.Degraded("No peer is connected.", data: data));
    }
}
