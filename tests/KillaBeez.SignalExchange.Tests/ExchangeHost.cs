using System.Diagnostics.Metrics;
using System.Net.Sockets;
using System.Net.WebSockets;
using KillaBeez.SignalExchange.Connections;
using KillaBeez.SignalExchange.Hosting;
using KillaBeez.Tests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace KillaBeez.SignalExchange.Tests;

/// <summary>A real Kestrel with an exchange on a free port of the loopback interface.</summary>
internal sealed class ExchangeHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ExchangeHost(WebApplication app, Uri address)
    {
        _app = app;
        Address = address;
    }

    /// <summary>The address to dial, ws://127.0.0.1:port/signals.</summary>
    public Uri Address { get; }

    public Uri Health => new($"http://{Address.Authority}/health");

    public ExchangeLoop Loop => _app.Services.GetRequiredService<ExchangeLoop>();

    public AddressLimiter Addresses => _app.Services.GetRequiredService<AddressLimiter>();

    /// <summary>What the meters of this host are created under.</summary>
    public object MeterScope => _app.Services.GetRequiredService<IMeterFactory>();

    public static async Task<ExchangeHost> StartAsync(Action<SignalExchangeOptions>? configure = null, TimeProvider? time = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        if (time is not null)
        {
            builder.Services.AddSingleton(time);
        }

        builder.Services.AddSignalExchange(options =>
        {
            // A machine that is busy with other tests must not look like a silent client.
            options.SubscribeTimeout = TimeSpan.FromMinutes(1);
            options.SendTimeout = TimeSpan.FromMinutes(1);
            options.CloseTimeout = TimeSpan.FromMinutes(1);
            configure?.Invoke(options);
        });
        var app = builder.Build();
        app.MapSignalExchange("/signals");
        app.MapSignalExchangeHealth();
        await app.StartAsync();
        return new ExchangeHost(app, new Uri(app.Urls.Single().Replace("http", "ws", StringComparison.Ordinal) + "/signals"));
    }

    /// <summary>Dials; a small receive buffer makes the client's silence felt at the exchange sooner.</summary>
    public async Task<ClientWebSocket> DialAsync(int? receiveBufferBytes = null)
    {
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (context, cancellationToken) =>
            {
                var tcp = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                tcp.ReceiveBufferSize = receiveBufferBytes ?? tcp.ReceiveBufferSize;
                await tcp.ConnectAsync(context.DnsEndPoint, cancellationToken);
                return new NetworkStream(tcp, ownsSocket: true);
            },
        };
        using var invoker = new HttpMessageInvoker(handler, disposeHandler: false);
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(Address, invoker, Patience.Token);
        return socket;
    }

    public Task StopAsync() => _app.StopAsync(Patience.Token);

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}
