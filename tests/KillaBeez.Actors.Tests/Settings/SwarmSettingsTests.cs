using Akka.Configuration;
using KillaBeez.Actors.Settings;
using KillaBeez.Actors.Tests.Extension;

namespace KillaBeez.Actors.Tests.Settings;

/// <summary>SwarmOptions, reference.conf and the list of settings are one set; what HOCON says wrong is told in one sentence.</summary>
public sealed class SwarmSettingsTests
{
    /// <summary>Properties that HOCON cannot say.</summary>
    private static readonly string[] _codeOnly = [nameof(SwarmOptions.KeyPair)];

    /// <summary>What stands below killabeez and is no setting of a node.</summary>
    private static readonly string[] _sections = ["dispatcher", "nodes"];

    [Fact]
    public void Settings_AreThePropertiesOfSwarmOptions() => Assert.Equal(
        typeof(SwarmOptions).GetProperties().Select(p => p.Name).Except(_codeOnly).Order(StringComparer.Ordinal),
        SwarmSettings.All.Select(setting => setting.Property).Order(StringComparer.Ordinal));

    [Fact]
    public void ReferenceConf_HasTheSameSettings() => Assert.Equal(
        SwarmSettings.All.Select(setting => setting.Key).Concat(_sections).Order(StringComparer.Ordinal),
        KillaBeezSwarm.DefaultConfig().GetConfig("killabeez").AsEnumerable().Select(entry => entry.Key).Order(StringComparer.Ordinal));

    [Fact]
    public void ReferenceConf_HasTheDefaultsOfSwarmOptions()
    {
        var (read, defaults) = (HoconSettings.Read(KillaBeezSwarm.DefaultConfig(), node: null), new SwarmOptions());
        foreach (var property in typeof(SwarmOptions).GetProperties())
        {
            Assert.Equal(property.GetValue(defaults), property.GetValue(read));
        }
    }

    [Fact]
    public void Hocon_SaysEverySetting()
    {
        var read = Read("""
            exchanges = ["wss://one.example/", "ws://two.example/"]
            key-file = "/somewhere/node.key"
            call-timeout = 1.5 min
            mesh-degree = 7
            max-peers = 99
            resume-window = 2500ms
            allow-loopback = off
            ice-servers = ["stun:stun.example", { urls = ["turn:turn.example"], username = "me", credential = "secret" }]
            tcp-port = 0
            relay-only = on
            substream-accept-timeout = 3s
            substream-backlog = 5
            """);

        Assert.Equal([new Uri("wss://one.example/"), new Uri("ws://two.example/")], read.Exchanges);
        Assert.Equal("/somewhere/node.key", read.KeyFile);
        Assert.Equal(TimeSpan.FromSeconds(90), read.CallTimeout);
        Assert.Equal(7, read.MeshDegree);
        Assert.Equal(99, read.MaxPeers);
        Assert.Equal(TimeSpan.FromSeconds(2.5), read.ResumeWindow);
        Assert.False(read.AllowLoopback);
        Assert.Equal(["stun:stun.example", "turn:turn.example"], read.IceServers.Select(server => server.Urls.Single()));
        Assert.Equal((null, "me"), (read.IceServers[0].Username, read.IceServers[1].Username));
        Assert.Equal("secret", read.IceServers[1].Credential);
        Assert.Equal(0, read.TcpPort);
        Assert.True(read.RelayOnly);
        Assert.Equal(TimeSpan.FromSeconds(3), read.SubstreamAcceptTimeout);
        Assert.Equal(5, read.SubstreamBacklog);
    }

    [Fact]
    public void NamedNode_TakesWhatItDoesNotSayFromAbove()
    {
        var config = Config("""
            mesh-degree = 8
            max-peers = 50
            nodes { edge { mesh-degree = 3 } }
            """);

        Assert.Equal((3, 50), (HoconSettings.Read(config, "edge").MeshDegree, HoconSettings.Read(config, "edge").MaxPeers));
        Assert.Equal(8, HoconSettings.Read(config, node: null).MeshDegree);
        Assert.Equal(8, HoconSettings.Read(config, "other").MeshDegree);
    }

    [Theory]
    [InlineData("mesh-degre = 3", "killabeez.mesh-degre is no setting. Did you mean killabeez.mesh-degree?")]
    [InlineData("timeout = 3s", "killabeez.timeout is no setting. Did you mean killabeez.call-timeout?")]
    [InlineData("mesh-degree = many", "killabeez.mesh-degree is 'many', which is no whole number.")]
    [InlineData("mesh-degree = 5000", "killabeez.mesh-degree is 5000, but it is 0 to 4096.")]
    [InlineData("mesh-degree = [1]", "killabeez.mesh-degree is a list, which is no whole number.")]
    [InlineData("call-timeout = 30 parsecs", "killabeez.call-timeout is '30 parsecs', whose unit 'parsecs' is unknown: the units are us, ms, s, min, h and d.")]
    [InlineData("call-timeout = soon", "killabeez.call-timeout is 'soon', which is no time: write a number and its unit, such as 30s or 5 min.")]
    [InlineData("call-timeout = 30", "killabeez.call-timeout is 30 ms, but it is 1 s to 5 min.")]
    [InlineData("call-timeout = 6 min", "killabeez.call-timeout is 6 min, but it is 1 s to 5 min.")]
    [InlineData("call-timeout = 99999999999999999 d", "killabeez.call-timeout is '99999999999999999 d', which is more than can be counted.")]
    [InlineData("call-timeout = -1s", "killabeez.call-timeout is '-1s', which is no time: write a number and its unit, such as 30s or 5 min.")]
    [InlineData("allow-loopback = maybe", "killabeez.allow-loopback is 'maybe', which is neither on nor off.")]
    [InlineData("tcp-port = 70000", "killabeez.tcp-port is 70000, but it is 0 to 65535.")]
    [InlineData("tcp-port = any", "killabeez.tcp-port is 'any', which is neither a whole number nor off.")]
    [InlineData("exchanges = [\"http://exchange.example/\"]", "killabeez.exchanges has 'http://exchange.example/', which is not a signal exchange's address: it starts with ws:// or wss://.")]
    [InlineData("exchanges = [\"no address\"]", "killabeez.exchanges has 'no address', which is no address.")]
    [InlineData("ice-servers = [{ url = \"stun:a\" }]", "killabeez.ice-servers has an entry with 'url', which is unknown: an entry has urls, username and credential.")]
    [InlineData("ice-servers = [{ username = \"a\" }]", "killabeez.ice-servers has an entry without urls.")]
    [InlineData("relay-only = on", "killabeez.relay-only is on, but there is no TURN server in ice-servers.")]
    [InlineData("ice-servers = [\"nope\"]", "killabeez.ice-servers is wrong: 'nope' is no ICE server: write stun:host[:port], turn:host[:port][?transport=tcp] or turns:host[:port].")]
    [InlineData("ice-servers = [\"stun:a:99999\"]", "killabeez.ice-servers is wrong: 'stun:a:99999' is no ICE server: write stun:host[:port], turn:host[:port][?transport=tcp] or turns:host[:port].")]
    [InlineData("ice-servers = [\"turn:foo\"]", "killabeez.ice-servers is wrong: The TURN server 'turn:foo' needs a Username and a Credential.")]
    [InlineData("relay-only = on, ice-servers = [{ urls = [\"turn:a\"], username = \"b\", credential = \"c\" }], nodes { edge { ice-servers = [] } }", "killabeez.nodes.edge.relay-only is on, but there is no TURN server in ice-servers.")]
    [InlineData("nodes = 5", "killabeez.nodes is '5', which is no section: write killabeez.nodes { NAME { ... } }.")]
    [InlineData("nodes = [a]", "killabeez.nodes is a list, which is no section: write killabeez.nodes { NAME { ... } }.")]
    [InlineData("nodes { edge = 3 }", "killabeez.nodes.edge is '3', which is no section: write killabeez.nodes.edge { ... }, with settings of that node in it.")]
    [InlineData("nodes { mesh-degree = 3 }", "killabeez.nodes.mesh-degree is '3', which is no section: write killabeez.nodes.mesh-degree { ... }, with settings of that node in it.")]
    [InlineData("nodes { edge { mesh = 3 } }", "killabeez.nodes.edge.mesh is no setting. Did you mean killabeez.nodes.edge.mesh-degree?")]
    public void Hocon_Wrong_IsToldWithKeyValueAndRange(string hocon, string expected)
    {
        var error = Assert.Throws<ConfigurationException>(() => HoconSettings.Read(Config(hocon), "edge"));
        Assert.Equal(expected, error.Message);
    }

    [Theory]
    [InlineData("5", "'5'")]
    [InlineData("off", "'off'")]
    [InlineData("[]", "a list")]
    public async Task Section_ThatIsNone_IsTheErrorOfTheStart(string value, string shown)
    {
        await using var app = RealSystem.Create($"killabeez = {value}");

        var error = Assert.Throws<ConfigurationException>(() => { _ = app.Swarm.Started; });

        Assert.Equal($"killabeez is {shown}, which is no section: write killabeez {{ ... }}.", error.Message);
    }

    [Theory]
    [InlineData("nodes { edge { mesh-degre = 3 } }", "killabeez.nodes.edge.mesh-degre is no setting. Did you mean killabeez.nodes.edge.mesh-degree?")]
    [InlineData("nodes { edge { mesh-degree = 5000 } }", "killabeez.nodes.edge.mesh-degree is 5000, but it is 0 to 4096.")]
    [InlineData("nodes = 5", "killabeez.nodes is '5', which is no section: write killabeez.nodes { NAME { ... } }.")]
    public void Nodes_Wrong_IsToldWhicheverNodeStarts(string hocon, string expected)
    {
        foreach (var node in new[] { null, "edge", "other" })
        {
            Assert.Equal(expected, Assert.Throws<ConfigurationException>(() => HoconSettings.Read(Config(hocon), node)).Message);
        }
    }

    private static SwarmOptions Read(string hocon) => HoconSettings.Read(Config(hocon), node: null);

    private static Config Config(string hocon) =>
        ConfigurationFactory.ParseString($"killabeez {{\n{hocon}\n}}").WithFallback(KillaBeezSwarm.DefaultConfig());
}
