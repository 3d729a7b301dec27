using KillaBeez.Actors.Logging;
using KillaBeez.Actors.Nodes;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace KillaBeez.Hosting.Health;

/// <summary>
/// How a node is. Asking starts nothing: a node that has ended stays ended.
/// </summary>
internal static class NodeHealth
{
    private const string NotRunning = "The swarm node does not run.";

    /// <summary>Healthy while the top of the node's actors lives.</summary>
    /// <param name="system">Where it runs.</param>
    /// <param name="name">Its name; the empty one is that of the node without.</param>
    public static HealthCheckResult Live(ActorSystem system, string name) => Find(system, name) switch
    {
        null => HealthCheckResult.Unhealthy(NotRunning),
        { Launch.Parts: null } => HealthCheckResult.Healthy("The swarm node is starting."),
        { Launch.Parts: { } parts } => HealthCheckResult.Healthy("The swarm node runs.", new Dictionary<string, object> { ["id"] = parts.Node.Id.ToString() }),
    };

    /// <summary>
    /// Healthy while others can call the node: an exchange is ready, or a peer is connected that carries calls. A node without
    /// exchanges is called through peers that call it first, so it is ready as it is. Degraded otherwise.
    /// </summary>
    /// <param name="system">Where it runs.</param>
    /// <param name="name">Its name; the empty one is that of the node without.</param>
    public static HealthCheckResult Ready(ActorSystem system, string name) => Find(system, name) switch
    {
        null => HealthCheckResult.Unhealthy(NotRunning),
        { Launch.Parts: null } => HealthCheckResult.Unhealthy("The swarm node is starting."),
        { Launch.Parts: { } parts } => Ready(parts.Node),
    };

    private static HealthCheckResult Ready(SwarmNode node)
    {
        var states = ExchangeStates.Of(node);
        var exchanges = node.Options.Exchanges
            .Select(address => (Address: LogText.WithoutSecrets(address), State: states.GetValueOrDefault(address)))
            .ToList();
        var unreachable = exchanges.Where(exchange => exchange.State is not { IsReady: true }).Select(exchange => Describe(exchange.Address, exchange.State)).ToList();
        var peers = node.Peers.Count;
        var data = new Dictionary<string, object> { ["id"] = node.Id.ToString(), ["peers"] = peers };
        foreach (var (address, state) in exchanges)
        {
            data[address] = state is { IsReady: true } ? "ready" : Reason(state);
        }

        var notReached = unreachable.Count == 0 ? "" : $" Not ready: {string.Join("; ", unreachable)}.";
        var canBeCalled = exchanges.Count == 0 || peers > 0 || unreachable.Count < exchanges.Count;
        return canBeCalled
            ? HealthCheckResult.Healthy($"{peers} peers, {exchanges.Count - unreachable.Count} of {exchanges.Count} exchanges.{notReached}", data)
            : HealthCheckResult.Degraded($"Nobody can call this node: it has no peer, and no exchange is ready.{notReached}", data: data);
    }

    private static string Describe(string address, ExchangeStateEvent? state) => $"{address} ({Reason(state)})";

    private static string Reason(ExchangeStateEvent? state) => state switch
    {
        null => "connecting",
        { Reason: null } => "not connected",
        { Reason: { } reason } => LogText.Quote(reason),
    };

    private static NodeEntry? Find(ActorSystem system, string name) =>
        !system.WhenTerminated.IsCompleted && NodeRegistry.Of(system).Find(name) is { } entry && entry.Launch.Parts?.Node.WhenStopped.IsCompleted != true
            ? entry
            : null;
}
