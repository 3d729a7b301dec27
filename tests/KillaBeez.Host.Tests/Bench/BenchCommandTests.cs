using System.CommandLine;
using System.Net;
using KillaBeez.Cli.Bench;
using KillaBeez.Cli.Bench.Agents;
using KillaBeez.Cli.Bench.Link;
using KillaBeez.Cli.Bench.Mesh;

namespace KillaBeez.Cli.Tests.Bench;

public sealed class BenchCommandTests
{
    private BenchLinkOptions? _link;
    private BenchMeshOptions? _mesh;
    private AgentOptions? _agent;

    private int Run(params string[] args)
    {
        var root = new RootCommand
        {
            BenchCommand.Create(
                (options, _, _) =>
                {
                    _link = options;
                    return Task.CompletedTask;
                },
                (options, _, _) =>
                {
                    _mesh = options;
                    return Task.CompletedTask;
                },
                (options, _, _, _) =>
                {
                    _agent = options;
                    return Task.CompletedTask;
                }),
        };
        return root.Parse(args).Invoke(new InvocationConfiguration { Output = TextWriter.Null, Error = TextWriter.Null });
    }

    [Fact]
    public void Link_NoOptions_MeasuresTheTwoSizesThatResultsArePublishedFor()
    {
        Assert.Equal(0, Run("bench", "link"));
        Assert.Equal([16_384, 65_536], _link!.MessageBytes);
        Assert.Equal((TimeSpan.FromSeconds(5), 2000, 10), (_link.Duration, _link.RoundTrips, _link.SetUps));
    }

    [Fact]
    public void Link_AllOptions_AreRead()
    {
        Assert.Equal(0, Run("bench", "link", "--sizes", "64,262144", "--seconds", "2", "--round-trips", "7", "--setups", "3", "--json"));
        Assert.Equal([64, 262_144], _link!.MessageBytes);
        Assert.Equal((TimeSpan.FromSeconds(2), 7, 3), (_link.Duration, _link.RoundTrips, _link.SetUps));
    }

    [Fact]
    public void Mesh_AllOptions_AreRead()
    {
        Assert.Equal(0, Run("bench", "mesh", "--nodes", "6", "--runs", "2", "--timeout", "9"));
        Assert.Equal((6, 2, TimeSpan.FromSeconds(9)), (_mesh!.Nodes, _mesh.Runs, _mesh.Timeout));
    }

    [Fact]
    public void Agent_NoOptions_UsesEveryAddressAndNoServer()
    {
        Assert.Equal(0, Run("bench", "agent"));
        Assert.Equal((0, 0, false, null, false), (_agent!.Addresses.Count, _agent.IceServers.Count, _agent.IsRelayOnly, _agent.TcpPort, _agent.AcceptsAnyCertificate));
    }

    [Fact]
    public void Agent_AllOptions_AreRead()
    {
        Assert.Equal(0, Run(
            "bench", "agent", "--bind", "127.0.0.1", "--bind", "::1", "--relay-only", "--tcp-port", "3478", "--insecure-tls",
            "--ice-server", "stun:stun.example.org:3478",
            "--ice-server", "turns:turn.example.org:5349?transport=tcp,1700000000:me,pass,with,commas"));

        Assert.Equal([IPAddress.Loopback, IPAddress.IPv6Loopback], _agent!.Addresses);
        Assert.Equal(
            [
                ("stun:stun.example.org:3478", null, null),
                ("turns:turn.example.org:5349?transport=tcp", "1700000000:me", "pass,with,commas"),
            ],
            _agent.IceServers.Select(server => (server.Urls.Single(), server.Username, server.Credential)));
        Assert.Equal((true, 3478, true), (_agent.IsRelayOnly, _agent.TcpPort, _agent.AcceptsAnyCertificate));
    }

    [Theory]
    [InlineData("stun:h,user,secret")]
    [InlineData("turn:h")]
    [InlineData("turn:h,user")]
    [InlineData("turn:h,,secret")]
    [InlineData("turn:,user,secret")]
    [InlineData("http://h,user,secret")]
    [InlineData("")]
    public void Agent_BadServer_IsRefusedWithoutShowingItsCredential(string server)
    {
        var error = new StringWriter();

        var code = BenchCommand.Create().Parse(["agent", "--ice-server", server]).Invoke(new InvocationConfiguration { Output = TextWriter.Null, Error = error });

        Assert.Equal(1, code);
        Assert.Contains($"'{server.Split(',')[0]}'", error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bench", "link", "--sizes", "0")]
    [InlineData("bench", "link", "--sizes", "64,many")]
    [InlineData("bench", "link", "--sizes", "262145")]
    [InlineData("bench", "link", "--seconds", "0")]
    [InlineData("bench", "mesh", "--nodes", "1")]
    [InlineData("bench", "mesh", "--nodes", "65")]
    [InlineData("bench", "mesh", "--runs", "0")]
    [InlineData("bench", "agent", "--bind", "nowhere")]
    [InlineData("bench", "agent", "--tcp-port", "65536")]
    [InlineData("bench", "agent", "--tcp-port", "-1")]
    [InlineData("bench", "agent", "--tcp-port", "http")]
    public void BadValues_AreRefused(params string[] args)
    {
        Assert.Equal(1, Run(args));
        Assert.Null(_link);
        Assert.Null(_mesh);
        Assert.Null(_agent);
    }
}
