using System.Net.Sockets;
using KillaBeez.Cli.Commands;
using KillaBeez.Cli.Nodes;
using KillaBeez.Cli.Output;
using KillaBeez.Turn;

namespace KillaBeez.Cli.Relay;

/// <summary>A STUN or TURN server as a process of its own.</summary>
internal static class RelayServer
{
    /// <summary>Serves until the token is cancelled; says where it listens, as URLs that clients take.</summary>
    /// <param name="options">What to serve.</param>
    /// <param name="lines">Where events are written.</param>
    /// <param name="cancellationToken">Ends it gracefully.</param>
    public static async Task RunAsync(TurnServerOptions options, LineWriter lines, CancellationToken cancellationToken)
    {
        var server = await StartAsync(options, cancellationToken).ConfigureAwait(false);
        await using (server.ConfigureAwait(false))
        {
            foreach (var url in UrlsOf(server, options.StunOnly ? "stun" : "turn"))
            {
                lines.Write(new ProcessEvent.Listening(url));
            }

            await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var counted = server.GetStatistics();
            lines.Write(new ProcessEvent.Relayed(
                counted.AllocationsMade,
                counted.BytesToPeers,
                counted.BytesToClients,
                counted.BindingAnswers,
                counted.AuthenticationFailures,
                counted.DroppedMalformed + counted.DroppedWithoutPermission + counted.DroppedOverQuota + counted.DroppedBySockets + counted.DroppedByStreams));
        }

        lines.Write(new ProcessEvent.Stopped());
    }

    private static async Task<TurnServer> StartAsync(TurnServerOptions options, CancellationToken cancellationToken)
    {
        var where = string.Join(" or ", options.Listen.Concat(options.ListenTls));
        try
        {
            return await TurnServer.StartAsync(options, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new CliException($"{where} is in use: end what listens there, or choose another address with --listen.", e);
        }
        catch (SocketException e)
        {
            throw new CliException($"Cannot listen on {where}: {e.Message}", e);
        }
        catch (ArgumentException e)
        {
            throw new CliException(e.Message, e);
        }
    }

    private static IEnumerable<string> UrlsOf(TurnServer server, string scheme) =>
        server.UdpEndPoints.Select(e => $"{scheme}:{e}")
            .Concat(server.TcpEndPoints.Select(e => $"{scheme}:{e}?transport=tcp"))
            .Concat(server.TlsEndPoints.Select(e => $"{scheme}s:{e}?transport=tcp"));
}
