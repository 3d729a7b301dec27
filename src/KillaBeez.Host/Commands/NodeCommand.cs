using System.CommandLine;
using KillaBeez.Cli.Nodes;
using KillaBeez.Cli.Output;

namespace KillaBeez.Cli.Commands;

/// <summary><c>killabeez node --exchange ws://... [--key FILE] [--call KEY]...</c>: runs one node until Ctrl-C.</summary>
internal static class NodeCommand
{
    public static Command Create()
    {
        var exchanges = new Option<Uri[]>("--exchange")
        {
            Description = "A signal exchange, such as ws://127.0.0.1:6688; may be given several times.",
            HelpName = "URL",
            Required = true,
            CustomParser = Arguments.ParseExchanges,
            Arity = ArgumentArity.OneOrMore,
        };
        var key = new Option<string?>("--key") { Description = "The node's key file (see keygen). Without it the node has a new key.", HelpName = "FILE" };
        var calls = new Option<PeerId[]>("--call")
        {
            Description = "The key of a node to call, again and again until it answers; may be given several times.",
            HelpName = "KEY",
            CustomParser = Arguments.ParseKeys,
            Arity = ArgumentArity.OneOrMore,
        };
        var servers = Arguments.IceServers();
        var tcpPort = Arguments.TcpPort();
        var relayOnly = new Option<bool>("--relay-only") { Description = "Show peers no address of this machine: use the TURN servers only." };
        var json = Arguments.Json();
        var child = Arguments.Child();
        var command = new Command("node", "Run one node: prints its key and what happens, a line each, until Ctrl-C.") 
        {
            exchanges, key, calls, servers, tcpPort, relayOnly, json, child,
        };
        command.SetAction(async (result, cancellationToken) =>
        {
            var options = new NodeProgramOptions
            {
                Exchanges = result.GetValue(exchanges) ?? [],
                KeyFile = result.GetValue(key),
                Calls = result.GetValue(calls) ?? [],
                IceServers = result.GetValue(servers) ?? [],
                TcpPort = result.GetValue(tcpPort),
                RelayOnly = result.GetValue(relayOnly),
                IsChild = result.GetValue(child),
            };
            var lines = new LineWriter(result.InvocationConfiguration.Output, result.GetValue(json));
            await NodeProgram.RunAsync(options, Console.In, lines, cancellationToken).ConfigureAwait(false);
            return CommandLine.Success;
        });
        return command;
    }
}
