using KillaBeez.SignalExchange;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace KillaBeez.Cli.Bench.Mesh;

/// <summary>A signal exchange inside this process, on a free port of loopback.</summary>
internal sealed class BenchExchange : IAsyncDisposable
{
    private readonly WebApplication _app;

    private BenchExchange(WebApplication app) => _app = app;

    public Uri Address
    {
        get
        {
            var features = _app.Services.GetRequiredService<IServer>().Features;
            return new UriBuilder(features.Get<IServerAddressesFeature>()!.Addresses.Single()) { Scheme = "ws" }.Uri;
        }
    }

    public static async Task<BenchExchange> StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");

        // Standard output belongs to the results.
        builder.Logging.ClearProviders();
        builder.Services.AddSignalExchange();
        var app = builder.Build();
        app.MapSignalExchange();
        await app.StartAsync(cancellationToken).ConfigureAwait(false);
        return new BenchExchange(app);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync().ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
    }
}
