using KillaBeez.SignalExchange;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace KillaBeez.Hosting.Tests.Hosts;

/// <summary>A real signal exchange on loopback.</summary>
internal sealed class TestExchange : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TestExchange(WebApplication app, Uri address)
    {
        _app = app;
        Address = address;
    }

    public Uri Address { get; }

    public static async Task<TestExchange> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSignalExchange();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.MapSignalExchange();
        await app.StartAsync();
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return new TestExchange(app, new Uri(address.Replace("http://", "ws://", StringComparison.Ordinal)));
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
