using System.Net;
using System.Net.Sockets;
using KillaBeez.Cli.Nodes;
using KillaBeez.Cli.Processes;
using KillaBeez.Tests;

namespace KillaBeez.Cli.Tests.Commands;

/// <summary>Real stun and turn processes.</summary>
public sealed class RelayProcessTests
{
    private sealed class Relay : IAsyncDisposable
    {
        private readonly TaskCompletionSource _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource<int> _exit = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly int _expected;

        public Relay(int expectedUrls, params string[] arguments)
        {
            _expected = expectedUrls;
            Process = ChildProcess.Start([.. arguments, "--json", "--child"], Read, p => _exit.TrySetResult(p.ExitCode));
        }

        public ChildProcess Process { get; }

        public List<string> Urls { get; } = [];

        public List<ProcessEvent> Events { get; } = [];

        /// <summary>Ends when all URLs have been said.</summary>
        public Task Listening => _listening.Task.WaitAsync(Patience.Bound);

        public Task<int> Exit => _exit.Task.WaitAsync(Patience.Bound);

        public ValueTask DisposeAsync() => Process.DisposeAsync();

        private void Read(string line)
        {
            if (!ProcessEvent.TryParse(line, out var e))
            {
                return;
            }

            Events.Add(e);
            if (e is ProcessEvent.Listening listening)
            {
                Urls.Add(listening.Url);
                if (Urls.Count == _expected)
                {
                    _listening.TrySetResult();
                }
            }
        }
    }

    [Fact]
    public async Task Stun_PortZero_SaysWhereAndAnswersAndStopsGracefully()
    {
        await using var relay = new Relay(2, "stun", "--listen", "127.0.0.1:0");
        await relay.Listening;

        var port = int.Parse(relay.Urls[0].Split(':')[2], System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal([$"stun:127.0.0.1:{port}", $"stun:127.0.0.1:{port}?transport=tcp"], relay.Urls);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Connect(IPAddress.Loopback, port);
        await socket.SendAsync(Convert.FromHexString("000100002112A442000102030405060708090A0B"));
        var answer = new byte[100];
        var received = await socket.ReceiveAsync(answer).WaitAsync(Patience.Bound);
        Assert.Equal(32, received);
        Assert.Equal(0x0101, (answer[0] << 8) | answer[1]);

        relay.Process.CloseInput();
        Assert.Equal(0, await relay.Exit);
        Assert.Equal(1, Assert.IsType<ProcessEvent.Relayed>(relay.Events[^2]).BindingAnswers);
        Assert.IsType<ProcessEvent.Stopped>(relay.Events[^1]);
    }

    [Fact]
    public async Task Turn_WithACertificate_ListensOverUdpTcpAndTls()
    {
        using var folder = new TemporaryFolder();
        var (certificate, secret) = (Path.Combine(folder.Path, "server.pem"), Path.Combine(folder.Path, "secret"));
        await File.WriteAllTextAsync(certificate, MakeCertificate());
        await File.WriteAllTextAsync(secret, "# the secret of the swarm\nsesame\n");
        await using var relay = new Relay(
            3, "turn", "--listen", "127.0.0.1:0", "--tls-certificate", certificate, "--secret-file", secret, "--user", "ann:pw", "--allow-private", "--relay-ports", "50000-50100");
        await relay.Listening;

        Assert.StartsWith("turn:127.0.0.1:", relay.Urls[0], StringComparison.Ordinal);
        Assert.EndsWith("?transport=tcp", relay.Urls[1], StringComparison.Ordinal);
        Assert.StartsWith("turns:127.0.0.1:", relay.Urls[2], StringComparison.Ordinal);
        relay.Process.CloseInput();
        Assert.Equal(0, await relay.Exit);
    }

    [Fact]
    public async Task Start_PortInUse_IsOneLineThatSaysWhatToDo()
    {
        await using var first = new Relay(2, "stun", "--listen", "127.0.0.1:0");
        await first.Listening;
        var endPoint = first.Urls[0]["stun:".Length..];
        await using var second = new Relay(2, "turn", "--listen", endPoint, "--user", "a:b");

        Assert.Equal(1, await second.Exit);
        Assert.Equal($"killabeez: {endPoint} is in use: end what listens there, or choose another address with --listen.", second.Process.ErrorText);
    }

    [Theory]
    [InlineData("needs credentials", "--listen", "127.0.0.1:0")]
    [InlineData("'here' is not an address to listen on", "--listen", "here")]
    [InlineData("NAME:PASSWORD", "--user", "ann")]
    [InlineData("'9-1' is not a range of ports", "--relay-ports", "9-1")]
    [InlineData("'3478' is not an address to listen on", "--listen", "3478")]
    [InlineData("'10/8' is not a network", "--allow", "10/8")]
    [InlineData("'10.0.0.0/33' is not a network", "--deny", "10.0.0.0/33")]
    [InlineData("'x' is not an IP address", "--relay-address", "x")]
    [InlineData("Cannot read the secret from /nowhere", "--secret-file", "/nowhere")]
    [InlineData("Cannot read a certificate", "--tls-certificate", "/nowhere")]
    [InlineData("--user-rate must be 1 to", "--user-rate", "0")]
    public async Task Turn_BadArguments_AreExplained(string message, params string[] arguments)
    {
        await using var relay = new Relay(1, ["turn", .. arguments]);

        Assert.Equal(1, await relay.Exit);
        Assert.Contains(message, relay.Process.ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public void RelayAddress_OfAMachineWithSeveral_MustBeChosen()
    {
        var several = Assert.Throws<Cli.Commands.CliException>(() => Cli.Relay.RelayAddresses.Choose([IPAddress.Parse("10.0.0.1"), IPAddress.Parse("192.168.0.1")]));

        Assert.Contains("--relay-address", several.Message, StringComparison.Ordinal);
        Assert.Contains("10.0.0.1, 192.168.0.1", several.Message, StringComparison.Ordinal);
        Assert.Equal(IPAddress.Parse("10.0.0.1"), Cli.Relay.RelayAddresses.Choose([IPAddress.IPv6Loopback, IPAddress.Parse("10.0.0.1")]));
    }

    private static string MakeCertificate()
    {
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        var request = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=turn.example", key, System.Security.Cryptography.HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem();
    }

    private sealed class TemporaryFolder : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("killabeez-relay-");

        public string Path => _folder.FullName;

        public void Dispose() => _folder.Delete(recursive: true);
    }
}
