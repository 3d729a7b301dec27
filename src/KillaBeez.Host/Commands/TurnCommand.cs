using System.CommandLine;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using KillaBeez.Cli.Output;
using KillaBeez.Cli.Processes;
using KillaBeez.Cli.Relay;
using KillaBeez.Turn;
using KillaBeez.WebRtc.Stun;

namespace KillaBeez.Cli.Commands;

/// <summary><c>killabeez turn --secret-file FILE ...</c>: runs a TURN server, which is a STUN server too, until Ctrl-C.</summary>
internal sealed class TurnCommand
{
    private static readonly TurnServerOptions _defaults = new();

    private readonly Option<IPEndPoint[]> _listen = RelayArguments.Listen();

    private readonly Option<bool> _noTcp = new("--no-tcp") { Description = "Listen over UDP only." };

    private readonly Option<IPEndPoint[]> _tlsListen = new("--tls-listen")
    {
        Description = "Where to listen over TLS (turns:); may be given several times. Needs --tls-certificate.",
        HelpName = "IP[:PORT]",
        CustomParser = result => RelayArguments.ParseEndPoints(result, StunPorts.Tls),
        DefaultValueFactory = _ => [],
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string?> _tlsCertificate = new("--tls-certificate")
    {
        Description = "The certificate with its private key: PEM, or PKCS #12 without password. Without --tls-listen the server then listens on port 5349 of each --listen address.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _tlsKey = new("--tls-key") { Description = "The private key (PEM), where it is not in the certificate's file.", HelpName = "FILE" };

    private readonly Option<IPAddress[]> _relayAddress = new("--relay-address")
    {
        Description = "The address of this machine that relayed data leaves from; one for IPv4 and one for IPv6. By default where it listens.",
        HelpName = "IP",
        CustomParser = RelayArguments.ParseAddresses,
        DefaultValueFactory = _ => [],
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<IPAddress[]> _externalAddress = new("--external-address")
    {
        Description = "The public address of a machine behind a 1:1 NAT, which clients are told instead of the relay address.",
        HelpName = "IP",
        CustomParser = RelayArguments.ParseAddresses,
        DefaultValueFactory = _ => [],
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<(int Min, int Max)?> _relayPorts = new("--relay-ports")
    {
        Description = "The UDP ports that are relayed. By default 49152-65535.",
        HelpName = "MIN-MAX",
        CustomParser = RelayArguments.ParsePorts,
    };

    private readonly Option<string?> _secretFile = new("--secret-file")
    {
        Description = "A file with the secret of time-limited credentials, a line each where there are several.",
        HelpName = "FILE",
    };

    private readonly Option<string[]> _secret = new("--secret")
    {
        Description = "The secret itself; whoever can list processes can read it.",
        HelpName = "TEXT",
        DefaultValueFactory = _ => [],
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<KeyValuePair<string, string>[]> _user = new("--user")
    {
        Description = "A user with a fixed password, for laboratories; may be given several times.",
        HelpName = "NAME:PASSWORD",
        CustomParser = RelayArguments.ParseUsers,
        DefaultValueFactory = _ => [],
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string> _realm = new("--realm")
    {
        Description = "The realm of the credentials.",
        HelpName = "TEXT",
        DefaultValueFactory = _ => _defaults.Realm,
    };

    private readonly Option<bool> _allowPrivate = new("--allow-private")
    {
        Description = "Let clients reach private, loopback and link-local addresses: only for laboratories and private networks.",
    };

    private readonly Option<IPNetwork[]> _allow = new("--allow")
    {
        Description = "A network that clients may reach although it is private; may be given several times.",
        HelpName = "CIDR",
        CustomParser = RelayArguments.ParseNetworks,
        DefaultValueFactory = _ => [],
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<IPNetwork[]> _deny = new("--deny")
    {
        Description = "A network that clients may not reach although it is public; may be given several times.",
        HelpName = "CIDR",
        CustomParser = RelayArguments.ParseNetworks,
        DefaultValueFactory = _ => [],
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<int> _maxAllocations = new("--max-allocations")
    {
        Description = "Allocations at the same time.",
        HelpName = "N",
        DefaultValueFactory = _ => _defaults.MaxAllocations,
    };

    private readonly Option<int> _userAllocations = new("--user-allocations")
    {
        Description = "Allocations of one user at the same time.",
        HelpName = "N",
        DefaultValueFactory = _ => _defaults.PerUser.Allocations,
    };

    private readonly Option<int> _userRate = new("--user-rate")
    {
        Description = "Relayed kilobytes a second of one user, both directions together.",
        HelpName = "KB",
        DefaultValueFactory = _ => (int)(_defaults.PerUser.BytesPerSecond / 1_000),
    };

    private readonly Option<bool> _json = Arguments.Json();

    private readonly Option<bool> _child = Arguments.Child();

    private TurnCommand()
    {
        _maxAllocations.RequireRange(1, 65_535);
        _userAllocations.RequireRange(1, 65_535);
        _userRate.RequireRange(1, int.MaxValue);
    }

    public static Command Create()
    {
        var turn = new TurnCommand();
        var command = new Command("turn", "Run a TURN server, which is a STUN server too: it relays for nodes that no direct path connects. What it relays is encrypted between the nodes.")
        {
            turn._listen, turn._noTcp, turn._tlsListen, turn._tlsCertificate, turn._tlsKey,
            turn._relayAddress, turn._externalAddress, turn._relayPorts,
            turn._secretFile, turn._secret, turn._user, turn._realm,
            turn._allowPrivate, turn._allow, turn._deny,
            turn._maxAllocations, turn._userAllocations, turn._userRate,
            turn._json, turn._child,
        };
        command.SetAction(turn.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult result, CancellationToken cancellationToken)
    {
        using var parent = ParentWatch.Start(result.GetValue(_child), Console.In, static _ => { }, cancellationToken);
        var lines = new LineWriter(result.InvocationConfiguration.Output, result.GetValue(_json));
        using var certificate = result.GetValue(_tlsCertificate) is { } path ? RelayArguments.ReadCertificate(path, result.GetValue(_tlsKey)) : null;
        await RelayServer.RunAsync(ReadOptions(result, certificate), lines, parent.Token).ConfigureAwait(false);
        return CommandLine.Success;
    }

    private TurnServerOptions ReadOptions(ParseResult result, X509Certificate2? certificate)
    {
        string[] secrets = [.. result.GetValue(_secretFile) is { } file ? RelayArguments.ReadSecrets(file) : [], .. result.GetValue(_secret)!];
        var users = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, password) in result.GetValue(_user)!)
        {
            users[name] = password;
        }

        if (secrets.Length + users.Count == 0)
        {
            throw new CliException("A TURN server needs credentials: give --secret-file FILE, or --user NAME:PASSWORD in a laboratory.");
        }

        var listen = result.GetValue(_listen)!;
        var ports = result.GetValue(_relayPorts) ?? (_defaults.MinRelayPort, _defaults.MaxRelayPort);
        return _defaults with
        {
            Listen = listen,
            ListenTcp = !result.GetValue(_noTcp),
            ListenTls = ReadTlsListen(result, listen, certificate),
            TlsCertificate = certificate,
            RelayAddresses = RelayAddresses.Choose(result.GetValue(_relayAddress)!, listen),
            ExternalAddresses = result.GetValue(_externalAddress)!,
            MinRelayPort = ports.Item1,
            MaxRelayPort = ports.Item2,
            Secrets = secrets,
            Users = users,
            Realm = result.GetValue(_realm)!,
            AllowedPeerNetworks = [.. result.GetValue(_allowPrivate) ? TurnPeerNetworks.Private : [], .. result.GetValue(_allow)!],
            DeniedPeerNetworks = result.GetValue(_deny)!,
            MaxAllocations = result.GetValue(_maxAllocations),
            PerUser = _defaults.PerUser with
            {
                Allocations = result.GetValue(_userAllocations),
                BytesPerSecond = result.GetValue(_userRate) * 1_000L,
            },
        };
    }

    private IPEndPoint[] ReadTlsListen(ParseResult result, IPEndPoint[] listen, X509Certificate2? certificate)
    {
        var given = result.GetValue(_tlsListen)!;
        return (given.Length, certificate) switch
        {
            ( > 0, null) => throw new CliException("TLS needs a certificate: give --tls-certificate FILE."),
            (0, not null) => [.. listen.Select(e => new IPEndPoint(e.Address, e.Port == 0 ? 0 : StunPorts.Tls)).Distinct()],
            _ => given,
        };
    }
}
