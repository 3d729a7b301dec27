using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using KillaBeez.Cli.Bench.Agents;
using KillaBeez.NatLab.Install;
using KillaBeez.NatLab.Topology;
using KillaBeez.Turn;

namespace KillaBeez.NatLab.Servers;

/// <summary>The STUN and TURN servers of a lab: coturn at the internet's first address, our TURN server at its second, our STUN server at its third.</summary>
internal sealed class IceServers : IAsyncDisposable
{
    private const int Port = 3478;
    private const int TlsPort = 5349;
    private const string Secret = "only-in-a-lab";
    private const string Realm = "lab.example";

    private static readonly TimeSpan _credentialsLifetime = TimeSpan.FromHours(1);

    private readonly Dictionary<IceService, ServerProcess> _running = [];
    private readonly string _folder = Directory.CreateTempSubdirectory("killabeez-natlab-").FullName;
    private readonly Internet _internet;

    private IceServers(Internet internet)
    {
        _internet = internet;
        WriteCertificate();
    }

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

    /// <summary>The agent's options that name the servers which a site can reach, as an application would give them.</summary>
    public static IReadOnlyList<string> Options(IceService service, Site site) =>
        [.. from address in Addresses(service)
            where address.AddressFamily == AddressFamily.InterNetworkV6 ? site.Kind.HasIPv6() : site.Kind.HasIPv4()
            from word in service == IceService.StunOnly
                ? Stun(address)
                : [.. Stun(address), .. Turn(address, RelayTransport.Udp, site), .. Turn(address, RelayTransport.Tcp, site)]
            select word];

    /// <summary>The agent's options that name one TURN server, reached one way, and let nothing else be used.</summary>
    public static IReadOnlyList<string> RelayOptions(IceService service, RelayTransport transport, Site site) =>
        ["--relay-only", "--insecure-tls", .. Turn(Addresses(service)[0], transport, site)];

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

    private static IPEndPoint[] EndPoints(IceService service, int port) => [.. Addresses(service).Select(a => new IPEndPoint(a, port))];

    private static string[] Stun(IPAddress address) => ["--ice-server", $"stun:{new IPEndPoint(address, Port)}"];

    /// <summary>Every site is a user of its own: quotas are counted by user.</summary>
    private static string[] Turn(IPAddress address, RelayTransport transport, Site site)
    {
        var credentials = TurnCredentials.Create(Secret, $"site-{site.Uplink.Number}", _credentialsLifetime, DateTimeOffset.UtcNow);
        var url = transport switch
        {
            RelayTransport.Udp => $"turn:{new IPEndPoint(address, Port)}",
            RelayTransport.Tcp => $"turn:{new IPEndPoint(address, Port)}?transport=tcp",
            _ => $"turns:{new IPEndPoint(address, TlsPort)}?transport=tcp",
        };
        return ["--ice-server", $"{url},{credentials.Username},{credentials.Password}"];
    }

    private Task<ServerProcess> StartCoturnAsync() => ServerProcess.StartAsync(
        _internet.Network,
        "turnserver",
        [
            "-n", "--no-cli", "--no-dtls", "--log-file", "stdout", "--simple-log",
            "--listening-port", $"{Port}", "--tls-listening-port", $"{TlsPort}", "--cert", CertificateFile, "--pkey", KeyFile,
            .. Addresses(IceService.Coturn).SelectMany(a => new[] { "--listening-ip", $"{a}", "--relay-ip", $"{a}" }),
            "--use-auth-secret", "--static-auth-secret", Secret, "--realm", Realm,
            "--userdb", Path.Combine(_folder, "users"), "--pidfile", Path.Combine(_folder, "pid"),
        ],
        EndPoints(IceService.Coturn, Port),
        [.. EndPoints(IceService.Coturn, Port), .. EndPoints(IceService.Coturn, TlsPort)]);

    private Task<ServerProcess> StartOursAsync(IceService service, string command, IReadOnlyList<string> arguments) => ServerProcess.StartAsync(
        _internet.Network,
        "dotnet",
        [
            typeof(AgentCommand).Assembly.Location, command,
            .. EndPoints(service, Port).SelectMany(place => new[] { "--listen", $"{place}" }),
            .. arguments,
        ],
        EndPoints(service, Port),
        service == IceService.KillaBeezTurn ? [.. EndPoints(service, Port), .. EndPoints(service, TlsPort)] : []);

    private string[] TurnArguments() =>
    [
        "--secret", Secret, "--realm", Realm,
        "--tls-certificate", CertificateFile, "--tls-key", KeyFile,
        .. EndPoints(IceService.KillaBeezTurn, TlsPort).SelectMany(place => new[] { "--tls-listen", $"{place}" }),
        .. Internet.Networks.SelectMany(network => new[] { "--allow", network }),
    ];

    private string CertificateFile => Path.Combine(_folder, "certificate.pem");

    private string KeyFile => Path.Combine(_folder, "key.pem");

    /// <summary>One that nobody vouches for, as it is in a lab.</summary>
    private void WriteCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={Realm}", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(CertificateFile, certificate.ExportCertificatePem());
        File.WriteAllText(KeyFile, key.ExportPkcs8PrivateKeyPem());
    }
}
