using KillaBeez.Cli.Commands;
using KillaBeez.Cli.Nodes;
using KillaBeez.Cli.Output;
using KillaBeez.SignalExchange;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace KillaBeez.Cli.Exchange;

/// <summary>A signal exchange as a process of its own.</summary>
internal static class ExchangeServer
{
    /// <summary>How long open sockets are given to close when the process is asked to stop.</summary>
    private static readonly TimeSpan _stopTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Serves until the token is cancelled; says where it listens.</summary>
    /// <param name="urls">Where to listen.</param>
    /// <param name="serverNames">The names that clients may dial; any where there are none.</param>
    /// <param name="lines">Where events are written.</param>
    /// <param name="cancellationToken">Ends it gracefully.</param>
    public static async Task RunAsync(IReadOnlyList<string> urls, IReadOnlyList<string> serverNames, LineWriter lines, CancellationToken cancellationToken)
    {
        var app = Build(urls, serverNames);
        await using (app.ConfigureAwait(false))
        {
            await StartAsync(app, urls, cancellationToken).ConfigureAwait(false);
            foreach (var address in app.Services.GetRequiredService<Microsoft.AspNetCore.Hosting.Server.IServer>().Features.Get<IServerAddressesFeature>()!.Addresses)
            {
                lines.Write(new ProcessEvent.Listening(address));
            }

            await app.WaitForShutdownAsync(cancellationToken).ConfigureAwait(false);
        }

        lines.Write(new ProcessEvent.Stopped());
    }

    private static WebApplication Build(IReadOnlyList<string> urls, IReadOnlyList<string> serverNames)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls([.. urls]);
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = _stopTimeout);

        // Standard output carries the events; warnings go to standard error.
        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole(options => options.SingleLine = true);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);

        // A port that is in use is our error message to write, not the host's to log as well.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        // That no server names are set is worth a warning only where others than this machine can dial.
        if (urls.All(url => new Uri(url).IsLoopback))
        {
            builder.Logging.AddFilter("KillaBeez.SignalExchange.Hosting.ExchangeLoop", LogLevel.Error);
        }

        builder.Services.Configure<ConsoleLoggerOptions>(options => options.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Services.AddSignalExchange(options =>
        {
            foreach (var name in serverNames)
            {
                options.ServerNames.Add(name);
            }
        });
        var app = builder.Build();
        app.MapSignalExchange();
        app.MapSignalExchangeHealth();
        return app;
    }

    private static async Task StartAsync(WebApplication app, IReadOnlyList<string> urls, CancellationToken cancellationToken)
    {
        try
        {
            await app.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            throw new CliException($"{string.Join(" or ", urls)} is in use: end what listens there, or choose another address with --urls.", e);
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException or FormatException or InvalidOperationException)
        {
            throw new CliException($"Cannot listen on {string.Join(" or ", urls)}: {e.Message}", e);
        }
    }
}
