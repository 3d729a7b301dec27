using System.CommandLine;
using KillaBeez.Cli.Output;
using KillaBeez.Cli.Processes;
using KillaBeez.Cli.Relay;
using KillaBeez.Turn;

namespace KillaBeez.Cli.Commands;

/// <summary><c>killabeez stun [--listen IP:PORT]</c>: runs a STUN server until Ctrl-C.</summary>
internal static class StunCommand
{
    public static Command Create()
    {
        var listen = RelayArguments.Listen();
        var json = Arguments.Json();
        var child = Arguments.Child();
        var command = new Command("stun", "Run a STUN server: it tells nodes behind a NAT their public address.") { listen, json, child };
        command.SetAction(async (result, cancellationToken) =>
        {
            using var parent = ParentWatch.Start(result.GetValue(child), Console.In, static _ => { }, cancellationToken);
            var lines = new LineWriter(result.InvocationConfiguration.Output, result.GetValue(json));
            var options = new TurnServerOptions { Listen = result.GetValue(listen)!, StunOnly = true };
            await RelayServer.RunAsync(options, lines, parent.Token).ConfigureAwait(false);
            return CommandLine.Success;
        });
        return command;
    }
}
