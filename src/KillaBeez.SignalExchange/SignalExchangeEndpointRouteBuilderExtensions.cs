using KillaBeez.SignalExchange.Connections;
using KillaBeez.SignalExchange.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace KillaBeez.SignalExchange;

/// <summary>Maps a signal exchange into an application's routes.</summary>
public static class SignalExchangeEndpointRouteBuilderExtensions
{
    /// <summary>
    /// Maps the exchange's WebSocket. Requests that are no WebSocket upgrade are answered with 426, those over a limit with
    /// 429 or 503. The application need not call UseWebSockets.
    /// </summary>
    /// <param name="endpoints">The application's routes.</param>
    /// <param name="path">The route that clients dial.</param>
    /// <returns>A builder for further conventions, such as rate limits or host filters.</returns>
    /// <exception cref="InvalidOperationException"><see cref="SignalExchangeServiceCollectionExtensions.AddSignalExchange"/> was not called.</exception>
    public static IEndpointConventionBuilder MapSignalExchange(this IEndpointRouteBuilder endpoints, string path = "/")
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var endpoint = Resolve<ExchangeEndpoint>(endpoints);
        var pipeline = endpoints.CreateApplicationBuilder();

        // The exchange has its own heartbeat, which also crosses proxies that swallow WebSocket pings.
        pipeline.UseWebSockets(new WebSocketOptions { KeepAliveInterval = Timeout.InfiniteTimeSpan });
        pipeline.Run(endpoint.HandleAsync);
        return endpoints.Map(path, pipeline.Build()).WithDisplayName("KillaBeez signal exchange");
    }

    /// <summary>
    /// Maps a page for load balancers and people: 200 with the exchange's counters as JSON while it runs, 503 while it stops.
    /// </summary>
    /// <param name="endpoints">The application's routes.</param>
    /// <param name="path">The route of the page.</param>
    /// <returns>A builder for further conventions.</returns>
    /// <exception cref="InvalidOperationException"><see cref="SignalExchangeServiceCollectionExtensions.AddSignalExchange"/> was not called.</exception>
    public static IEndpointConventionBuilder MapSignalExchangeHealth(this IEndpointRouteBuilder endpoints, string path = "/health")
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var loop = Resolve<ExchangeLoop>(endpoints);
        return endpoints.MapGet(path, context => HealthPage.WriteAsync(context, loop)).WithDisplayName("KillaBeez signal exchange health");
    }

    private static T Resolve<T>(IEndpointRouteBuilder endpoints)
        where T : class =>
        endpoints.ServiceProvider.GetService<T>()
            ?? throw new InvalidOperationException("Call AddSignalExchange on the application's services before mapping the signal exchange.");
}
