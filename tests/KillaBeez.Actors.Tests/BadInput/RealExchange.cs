using KillaBeez.SignalExchange;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace KillaBeez.Actors.Tests.BadInput;

/// <summary>A signal exchange on Kestrel, and calls through it.</summary>
internal static class RealExchange
{
    private static readonly TimeSpan _bound = TimeSpan.FromSeconds(60);

    public static async Task<WebApplication> StartExchangeAsync(Action<SignalExchangeOptions>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSignalExchange(configure);
        var app = builder.Build();
        app.MapSignalExchange();
        await app.StartAsync();
        return app;
    }

    public static Uri AddressOf(WebApplication app) => new(app.Urls.Single().Replace("http", "ws", StringComparison.Ordinal));
}
