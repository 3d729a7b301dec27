using System.CommandLine;
using KillaBeez.Cli.Exchange;
using KillaBeez.Cli.Output;
using KillaBeez.Cli.Processes;

namespace KillaBeez.Cli.Commands;

/// <summary><c>killabeez exchange [--urls ...]</c>: runs a signal exchange until Ctrl-C.</summary>
internal static class ExchangeCommand
{
    private const string DefaultUrl = "http://127.0.0.1:6688";

    public static Command Create()
    {
        var urls = new Option<string>("--urls")
        {
            Description = "Where to listen: one address or several with ';' between. Port 0 takes a free one.",
            HelpName = "URLS",
            DefaultValueFactory = _ => DefaultUrl,
        };
        urls.Validators.Add(result =>
        {
            foreach (var url in (result.Tokens is [var token] ? token.Value : DefaultUrl).Split(';'))
            {
                if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
                {
                    result.AddError($"'{url}' is not an address to listen on: it looks like {DefaultUrl}.");
                }
            }
        });
        var serverNames = new Option<string[]>("--server-name")
        {
            Description = "A name (host or host:port) by which clients dial this exchange; may be given several times. Set it on a public network: a subscription signed for another name is then refused.",
            HelpName = "NAME",
        };
        var json = Arguments.Json();
        var child = Arguments.Child();
        var command = new Command("exchange", "Run a signal exchange: where nodes find each other for their first call.") { urls, serverNames, json, child };
        command.SetAction(async (result, cancellationToken) =>
        {
            using var parent = ParentWatch.Start(result.GetValue(child), Console.In, static _ => { }, cancellationToken);
            var lines = new LineWriter(result.InvocationConfiguration.Output, result.GetValue(json));
            await ExchangeServer.RunAsync(result.GetValue(urls)!.Split(';'), result.GetValue(serverNames) ?? [], lines, parent.Token).ConfigureAwait(false);
            return CommandLine.Success;
        });
        return command;
    }
}
