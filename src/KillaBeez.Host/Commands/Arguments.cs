using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using KillaBeez.WebRtc.Io.Gathering;
using KillaBeez.WebRtc.PeerConnections;

namespace KillaBeez.Cli.Commands;

/// <summary>Options that more than one command has, and how their values are read.</summary>
internal static class Arguments
{
    public static Option<bool> Json() => new("--json") { Description = "One JSON object a line instead of text." };

    /// <summary>
    /// For processes that another killabeez process starts: standard input carries commands, and its end, which
    /// also comes when the parent is killed, ends the process.
    /// </summary>
    public static Option<bool> Child() => new("--child") { Description = "Ends with its standard input.", Hidden = true };

    public static PeerId[] ParseKeys(ArgumentResult result)
    {
        var keys = new List<PeerId>();
        foreach (var token in result.Tokens)
        {
            if (PeerId.TryParse(token.Value, out var key))
            {
                keys.Add(key);
            }
            else
            {
                result.AddError($"'{token.Value}' is not a key: a key is {PeerId.SizeBytes * 2} hex characters, as 'killabeez keygen' and 'killabeez node' print it.");
            }
        }

        return [.. keys];
    }

    public static Uri[] ParseExchanges(ArgumentResult result)
    {
        var exchanges = new List<Uri>();
        foreach (var token in result.Tokens)
        {
            if (Uri.TryCreate(token.Value, UriKind.Absolute, out var uri) && uri.Scheme is "ws" or "wss")
            {
                exchanges.Add(uri);
            }
            else
            {
                result.AddError($"'{token.Value}' is not the address of a signal exchange: it looks like ws://127.0.0.1:6688 or wss://example.org.");
            }
        }

        return [.. exchanges];
    }

    /// <summary>Where to await peers that cannot use UDP.</summary>
    public static Option<int?> TcpPort()
    {
        var option = new Option<int?>("--tcp-port") { Description = "Also await peers that cannot use UDP on this TCP port; 0 lets the system choose.", HelpName = "PORT" };
        option.RequireRange(0, ushort.MaxValue);
        return option;
    }

    /// <summary>STUN and TURN servers, each "URL" or "URL,USER,PASSWORD".</summary>
    public static Option<IceServer[]> IceServers() => new("--ice-server")
    {
        Description = "A STUN or TURN server, such as stun:example.org or turn:example.org,USER,PASSWORD; may be given several times.",
        HelpName = "URL[,USER,PASSWORD]",
        CustomParser = ParseIceServers,
        Arity = ArgumentArity.OneOrMore,
    };

    public static IceServer[] ParseIceServers(ArgumentResult result)
    {
        var servers = new List<IceServer>();
        foreach (var token in result.Tokens)
        {
            var parts = token.Value.Split(',', 3);
            try
            {
                var server = IceServer.Create(parts[0], parts.ElementAtOrDefault(1), parts.ElementAtOrDefault(2));
                if (!ServerUrl.ParseAll([server]).TrueForAll(url => url.IsTurn || parts.Length == 1))
                {
                    throw new ArgumentException($"The STUN server '{parts[0]}' takes no credentials.");
                }

                servers.Add(server);
            }
            catch (ArgumentException e)
            {
                // The message shows the URL and never the credential.
                result.AddError(e.Message);
            }
        }

        return [.. servers];
    }

    /// <summary>Adds an error unless the value lies in the range.</summary>
    public static void RequireRange(this Option option, int least, int most) => option.Validators.Add(result =>
    {
        // A token that is no number has its own error already.
        if (result.Tokens is [var token]
            && int.TryParse(token.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            && (value < least || value > most))
        {
            result.AddError($"{option.Name} must be {least} to {most}, not {value}.");
        }
    });
}
