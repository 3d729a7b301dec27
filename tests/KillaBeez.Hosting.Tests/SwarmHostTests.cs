using KillaBeez.SignalExchange;
using KillaBeez.Tests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace KillaBeez.Hosting.Tests;

public sealed class SwarmHostTests
{
    [Fact]
    public async Task AddKillaBeez_TwoHosts_MeetThroughAnExchangeInAThird()
    {
        await using var exchange = CreateExchange();
        await exchange.StartAsync();
        var address = ExchangeUri(exchange);
        using var first = CreateHost(options => options.Exchanges.Add(address));
        using var second = CreateHost(options => options.Exchanges.Add(address));
        await first.StartAsync();
        await second.StartAsync();

        var called = first.Services.GetRequiredService<SwarmHost>().Node;
        await WaitForExchangeAsync(called);
        var peer = await second.Services.GetRequiredService<SwarmHost>().Node.CallAsync(called.Id).WaitAsync(Patience.Bound);

        Assert.Equal(called.Id, peer.Id);
        Assert.Equal(HealthStatus.Healthy, (await CheckHealthAsync(second)).Status);
        await first.StopAsync();
        await second.StopAsync();
    }

    [Fact]
    public async Task Health_WithoutPeers_IsDegradedAndAfterStopUnhealthy()
    {
        using var host = CreateHost();
        Assert.Equal(HealthStatus.Unhealthy, (await CheckHealthAsync(host)).Status);

        await host.StartAsync();
        Assert.Equal(HealthStatus.Degraded, (await CheckHealthAsync(host)).Status);

        await host.StopAsync();
        Assert.Equal(HealthStatus.Unhealthy, (await CheckHealthAsync(host)).Status);
    }

    [Fact]
    public async Task KeyFile_Absent_IsMadeAndKeepsTheIdentityOverRestarts()
    {
        var folder = Directory.CreateTempSubdirectory("killabeez-hosting-");
        try
        {
            var file = Path.Combine(folder.FullName, "node.key");
            var first = await StartAndReadIdAsync(file);
            var second = await StartAndReadIdAsync(file);

            Assert.Equal(first, second);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Options_FromConfiguration_AreBound()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["KillaBeez:Exchanges:0"] = "ws://exchange.example/",
            ["KillaBeez:MeshDegree"] = "7",
            ["KillaBeez:CallTimeout"] = "00:00:12",
        }).Build();
        var services = new ServiceCollection();
        services.AddKillaBeez();
        services.Configure<SwarmHostOptions>(configuration.GetSection("KillaBeez"));

        using var provider = services.BuildServiceProvider();
        var options = provider.GetRequiredService<Microsoft.Extensions.Options.IOptions<SwarmHostOptions>>().Value;

        Assert.Equal(new Uri("ws://exchange.example/"), Assert.Single(options.Exchanges));
        Assert.Equal(7, options.MeshDegree);
        Assert.Equal(TimeSpan.FromSeconds(12), options.CallTimeout);
    }

    [Fact]
    public async Task StartAsync_ExchangeThatIsNoWebSocket_FailsWithWhatToDo()
    {
        using var host = CreateHost(options => options.Exchanges.Add(new Uri("http://127.0.0.1:1/")));

        var e = await Assert.ThrowsAsync<ArgumentException>(() => host.StartAsync());
        Assert.Contains("ws://", e.Message, StringComparison.Ordinal);
    }

    private static async Task<PeerId> StartAndReadIdAsync(string file)
    {
        using var host = CreateHost(options => options.KeyFile = file);
        await host.StartAsync();
        var node = await host.Services.GetRequiredService<SwarmHost>().StartedAsync();
        await host.StopAsync();
        return node.Id;
    }

    private static IHost CreateHost(Action<SwarmHostOptions>? configure = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        builder.Services.AddKillaBeez(configure);
        builder.Services.AddHealthChecks().AddKillaBeez();
        return builder.Build();
    }

    private static WebApplication CreateExchange()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSignalExchange();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.MapSignalExchange();
        return app;
    }

    private static Uri ExchangeUri(WebApplication exchange)
    {
        var address = exchange.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return new Uri(address.Replace("http://", "ws://", StringComparison.Ordinal));
    }

    private static async Task WaitForExchangeAsync(SwarmNode node)
    {
        using var limit = new CancellationTokenSource(Patience.Bound);
        await foreach (var e in node.Events.WithCancellation(limit.Token))
        {
            if (e is ExchangeStateEvent { IsReady: true })
            {
                return;
            }
        }
    }

    private static async Task<HealthReport> CheckHealthAsync(IHost host) =>
        await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
}
