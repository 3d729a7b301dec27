using KillaBeez.SignalExchange.Hosting;
using KillaBeez.Swarm.Signaling.Exchange;
using KillaBeez.Swarm.Signaling.Exchange.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace KillaBeez.SignalExchange.Connections;

/// <summary>Answers one HTTP request: accepts the WebSocket, if limits allow, and stays with it to its end.</summary>
internal sealed class ExchangeEndpoint
{
    private readonly ExchangeLoop _loop;
    private readonly AddressLimiter _addresses;
    private readonly SignalExchangeOptions _options;
    private readonly ILogger<ExchangeEndpoint> _logger;
    private readonly ExchangeMetrics _metrics;
    private long _lastId;
    private int _open;

    public ExchangeEndpoint(ExchangeLoop loop, AddressLimiter addresses, IOptions<SignalExchangeOptions> options, ExchangeMetrics metrics, ILogger<ExchangeEndpoint> logger)
    {
        _loop = loop;
        _addresses = addresses;
        _options = options.Value;
        _logger = logger;

        // Held so that the instruments live as long as the exchange.
        _metrics = metrics;
    }

    public async Task HandleAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.Headers.Upgrade = "websocket";
            await RefuseAsync(context, StatusCodes.Status426UpgradeRequired, "This is a KillaBeez signal exchange; dial it with a WebSocket.").ConfigureAwait(false);
            return;
        }

        if (!_loop.IsRunning)
        {
            await RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, "The signal exchange is stopping.").ConfigureAwait(false);
            return;
        }

        var address = context.Connection.RemoteIpAddress;
        if (!_addresses.TryEnter(address))
        {
            await RefuseAsync(context, StatusCodes.Status429TooManyRequests, "Too many sockets from this address.").ConfigureAwait(false);
            return;
        }

        try
        {
            // The engine has the same limit; here it is cheaper, and the client is told before the upgrade.
            if (Interlocked.Increment(ref _open) > _options.MaximumConnections)
            {
                await RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, "The signal exchange is full.").ConfigureAwait(false);
                return;
            }

            await ServeAsync(context).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _open);
            _addresses.Leave(address);
        }
    }

    private async Task ServeAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync().ConfigureAwait(false);
        var id = new ExchangeSocketId(Interlocked.Increment(ref _lastId));
        ExchangeLog.Opened(_logger, id.Value, context.Connection.RemoteIpAddress?.ToString() ?? "unknown");
        using var connection = new ExchangeConnection(id, ServerNameOf(context.Request), SourceOf(context), socket, _loop, _options);
        await connection.RunAsync().ConfigureAwait(false);
    }

    /// <summary>What <see cref="AddressLimiter"/> counts as one; without an address nothing is known.</summary>
    private static ExchangeSource SourceOf(HttpContext context) =>
        context.Connection.RemoteIpAddress is { } address ? new ExchangeSource(AddressLimiter.NetworkOf(address).ToString()) : default;

    /// <summary>The configured name that the client dialed, or the first; without configured names whatever was dialed.</summary>
    private string ServerNameOf(HttpRequest request)
    {
        var dialed = ExchangeServerName.Normalize(request.Host.Value ?? "", request.IsHttps);
        if (_options.ServerNames.Count == 0)
        {
            return dialed;
        }

        foreach (var configured in _options.ServerNames)
        {
            if (ExchangeServerName.Normalize(configured, request.IsHttps) == dialed)
            {
                return dialed;
            }
        }

        return ExchangeServerName.Normalize(_options.ServerNames[0], request.IsHttps);
    }

    private async Task RefuseAsync(HttpContext context, int status, string reason)
    {
        ExchangeLog.Refused(_logger, context.Connection.RemoteIpAddress?.ToString() ?? "unknown", reason);
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        await context.Response.WriteAsync(reason, context.RequestAborted).ConfigureAwait(false);
    }
}
