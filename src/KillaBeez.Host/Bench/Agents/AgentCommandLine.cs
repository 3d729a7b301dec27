using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net;
using KillaBeez.Cli.Commands;

namespace KillaBeez.Cli.Bench.Agents;

/// <summary><c>killabeez bench agent</c>: its options.</summary>
internal static class AgentCommandLine
{
    public static Command Create(Func<AgentOptions, TextReader, TextWriter, CancellationToken, Task> run)
    {
        var bind = new Option<IPAddress[]>("--bind")
        {
            Description = "An address of this machine to use; may be given several times. Without it: every usable one, and loopback.",
            HelpName = "ADDRESS",
            CustomParser = ParseAddresses,
            Arity = ArgumentArity.OneOrMore,
        };
        var servers = Arguments.IceServers();
        var relayOnly = new Option<bool>("--relay-only") { Description = "Use and show nothing but addresses that TURN servers relay." };
        var tcpPort = Arguments.TcpPort();
        var insecure = new Option<bool>("--insecure-tls") { Description = "Take any certificate of a TURN server; for labs." };
        var command = new Command("agent", "A peer that a harness scripts: commands on standard input, events on standard output, one JSON object a line (docs/interop.md); ends with its input.")
        {
            bind, servers, relayOnly, tcpPort, insecure,
        };
        command.SetAction(async (result, cancellationToken) =>
        {
            var options = new AgentOptions
            {
                Addresses = result.GetValue(bind) ?? [],
                IceServers = result.GetValue(servers) ?? [],
                IsRelayOnly = result.GetValue(relayOnly),
                TcpPort = result.GetValue(tcpPort),
                AcceptsAnyCertificate = result.GetValue(insecure),
            };
            await run(options, Console.In, result.InvocationConfiguration.Output, cancellationToken).ConfigureAwait(false);
            return CommandLine.Success;
        });
        return command;
    }

    private static IPAddress[] ParseAddresses(ArgumentResult result)
    {
        var addresses = new List<IPAddress>();
        foreach (var token in result.Tokens)
        {
            if (IPAddress.TryParse(token.Value, out var address))
            {
                addresses.Add(address);
            }
            else
            {
                result.AddError($"'{token.Value}' is not an IP address.");
            }
        }

        return [.. addresses];
    }
}
