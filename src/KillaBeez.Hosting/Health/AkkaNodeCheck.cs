using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace KillaBeez.Hosting.Health;

/// <summary>A node's health, for Akka.Hosting.</summary>
/// <param name="check">What is asked of the actor system.</param>
internal sealed class AkkaNodeCheck(Func<ActorSystem, HealthCheckResult> check) : IAkkaHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(AkkaHealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(check(context.ActorSystem));
}
