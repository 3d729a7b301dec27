using System.Net;
using System.Net.Sockets;
using KillaBeez.Cli.Bench.Agents;
using KillaBeez.NatLab.Install;
using KillaBeez.NatLab.Topology;

namespace KillaBeez.NatLab.Servers;

/// <summary>The STUN and TURN servers of a lab: coturn at the internet's first address, our TURN server at its second, our STUN server at its third.</summary>
internal sealed class IceServers : IAsyncDisposable
{
    private const int Port = 3478;
    private const string User = "lab";
    private const string Password = "only-in-a-lab";
    private const string Realm = "lab.example";

    private readonly Dictionary<IceService, ServerProcess> _running = [];
    private readonly string _folder = Directory.CreateTempSubdirectory("killabeez-natlab-").FullName;
    private readonly Internet _internet;

    private IceServers(Internet internet) => _internet = internet;

    /// <summary>For an internet; nothing runs yet.</summary>
    public static IceServers Create(Internet internet) => new(internet);

    /// <summary>Null where the service can be had on this machine, else what is missing.</summary>
    public static Task<string?> MissingAsync(IceService service) =>
        service == IceService.Coturn ? LabRequirements.MissingCoturnAsync() : Task.FromResult<string?>(null);

    /// <summary>Starts what the service needs, where it does not run yet.</summary>
    public async Task StartAsync(IceService service)
    {
        if (!_running.ContainsKey(service))
        {
            _running[service] = service switch
            {
                IceService.Coturn => await StartCoturnAsync(),
                IceService.KillaBeezTurn => await StartOursAsync(service, "turn", TurnArguments()),
                _ => await StartOursAsync(service, "stun", []),
            };
        }
    }

    /// <summary>The agent's options that name the servers which a site can reach.</summary>
    public static IReadOnlyList<string> Options(IceService service, SiteKind kind)
    {
        var addresses = Addresses(service).Where(a => a.AddressFamily == AddressFamily.InterNetworkV6 ? kind.HasIPv6() : kind.HasIPv4());
        string Credentials(string url) => $"{url},{User},{Password}";
        return [.. from address in addresses
                   let place = new IPEndPoint(address, Port)
                   from url in service == IceService.StunOnly
                       ? new[] { $"stun:{place}" }
                       : [$"stun:{place}", Credentials($"turn:{place}"), Credentials($"turn:{place}?transport=tcp")]
                   from word in new[] { "--ice-server", url }
                   select word];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _running.Values)
        {
            await server.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private static IPAddress[] Addresses(IceService service) => service switch
    {
        IceService.Coturn => [Internet.FirstServer, Internet.FirstServerIPv6],
        IceService.KillaBeezTurn => [Internet.SecondServer, Internet.SecondServerIPv6],
        _ => [Internet.ThirdServer, Internet.ThirdServerIPv6],
    };

    private Task<ServerProcess> StartCoturnAsync() => ServerProcess.StartAsync(
        _internet.Network,
        "turnserver",
        [
            "-n", "--no-cli", "--no-tls", "--no-dtls", "--log-file", "stdout", "--simple-log",
            "--listening-port", $"{Port}",
            .. Addresses(IceService.Coturn).SelectMany(a => new[] { "--listening-ip", $"{a}", "--relay-ip", $"{a}" }),
            "--lt-cred-mech", "--user", $"{User}:{Password}", "--realm", Realm,
            "--userdb", Path.Combine(_folder, "users"), "--pidfile", Path.Combine(_folder, "pid"),
        ],
        EndPoints(IceService.Coturn));

    private Task<ServerProcess> StartOursAsync(IceService service, string command, IReadOnlyList<string> arguments) => ServerProcess.StartAsync(
        _internet.Network,
        "dotnet",
        [
            typeof(AgentCommand).Assembly.Location, command,
            .. EndPoints(service).SelectMany(place => new[] { "--listen", $"{place}" }),
            .. arguments,
        ],
        EndPoints(service));

    private static string[] TurnArguments() =>
        ["--user", $"{User}:{Password}", "--realm", Realm, .. Internet.Networks.SelectMany(network => new[] { "--allow", network })];

    private static IPEndPoint[] EndPoints(IceService service) => [.. Addresses(service).Select(a => new IPEndPoint(a, Port))];
}
