using System.Reflection;
using KillaBeez.Actors.Settings;
using KillaBeez.Hosting.Tests.Hosts;
using KillaBeez.WebRtc.PeerConnections;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace KillaBeez.Hosting.Tests.Settings;

/// <summary>An IConfiguration is the third face of a node's settings, beside SwarmOptions and HOCON: every one can be bound, both ways.</summary>
public sealed class ConfigurationSettingsTests
{
    /// <summary>Every setting with a value that is not its default, and that a node could start with.</summary>
    private static readonly Dictionary<string, string?> _values = new()
    {
        ["Exchanges:0"] = "ws://127.0.0.1:9/",
        ["Exchanges:1"] = "wss://127.0.0.1:9/",
        ["KeyFile"] = Path.Combine(Path.GetTempPath(), $"killabeez-hosting-{Guid.NewGuid():N}.key"),
        ["CallTimeout"] = "00:00:12",
        ["MeshDegree"] = "7",
        ["MaxPeers"] = "8",
        ["ResumeWindow"] = "00:05:00",
        ["AllowLoopback"] = "false",
        ["IceServers:0:Urls:0"] = "turn:127.0.0.1:9",
        ["IceServers:0:Urls:1"] = "turn:127.0.0.1:9?transport=tcp",
        ["IceServers:0:Username"] = "bee",
        ["IceServers:0:Credential"] = "honey",
        ["IceServers:1:Urls:0"] = "stun:127.0.0.1:9",
        ["TcpPort"] = "0",
        ["RelayOnly"] = "true",
        ["SubstreamAcceptTimeout"] = "00:00:03",
        ["SubstreamBacklog"] = "9",
    };

    public static TheoryData<string> Properties => [.. typeof(SwarmOptions).GetProperties().Where(p => p.Name != nameof(SwarmOptions.KeyPair)).Select(p => p.Name)];

    [Fact]
    public void Values_AreOfEverySetting() => Assert.Equal(
        SwarmSettings.All.Select(setting => setting.Property).Order(StringComparer.Ordinal),
        _values.Keys.Select(key => key.Split(':')[0]).Distinct().Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Properties))]
    public void Configure_BindsEveryProperty(string property)
    {
        var services = new ServiceCollection();
        services.AddKillaBeez();
        services.Configure<SwarmOptions>(Section());
        using var provider = services.BuildServiceProvider();

        AssertBound(property, provider.GetRequiredService<IOptions<SwarmOptions>>().Value);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Node_HasEveryPropertyThatWasBound(bool hasActorSystem)
    {
        try
        {
            using var host = hasActorSystem
                ? TestHost.Akka(akka => akka.WithKillaBeez(Section()))
                : TestHost.Create(services => services.AddKillaBeez().Configure<SwarmOptions>(Section()));
            await host.StartAsync();

            var options = host.Swarm().Node.Options;
            Assert.All(typeof(SwarmOptions).GetProperties().Where(p => p.Name != nameof(SwarmOptions.KeyPair)), property => AssertBound(property.Name, options));
            await host.StopAsync();
        }
        finally
        {
            File.Delete(_values["KeyFile"]!);
        }
    }

    [Fact]
    public async Task KeyPair_InCode_IsTheNodes()
    {
        using var pair = KeyPair.Generate();
        using var host = TestHost.Plain(options => options.KeyPair = pair);
        await host.StartAsync();

        Assert.Equal(pair.Id, host.Swarm().Self);
        await host.StopAsync();
    }

    [Theory]
    [InlineData("CallTimeout", "12 parsecs")]
    [InlineData("MeshDegree", "many")]
    [InlineData("AllowLoopback", "perhaps")]
    [InlineData("Exchanges:0", "http:/no address")]
    [InlineData("Exchanges", "no address")]
    [InlineData("Exchanges", "http://127.0.0.1:9/")]
    [InlineData("IceServers", "nope")]
    [InlineData("IceServers:0:Url", "stun:127.0.0.1:9")]
    [InlineData("IceServers:0:Urls", "stun:127.0.0.1:9")]
    public async Task WrongValue_IsTheErrorOfTheStart_AndNamesTheKey(string key, string value)
    {
        var section = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { [key] = value }).Build();
        using var host = TestHost.Akka(akka => akka.WithKillaBeez(section));

        var error = await Assert.ThrowsAnyAsync<Exception>(() => host.StartAsync());

        Assert.Contains(key.Split(':').Last(name => name != "0"), error.ToString(), StringComparison.Ordinal);
    }

    /// <summary>As an environment variable says it, and as HOCON takes it.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Text_WhereAListMayStand_IsAListOfOne(bool hasActorSystem)
    {
        var section = Section(new() { ["Exchanges"] = "ws://127.0.0.1:9/", ["IceServers"] = "stun:127.0.0.1:9" });
        using var host = hasActorSystem
            ? TestHost.Akka(akka => akka.AddHocon("killabeez.exchanges = [\"ws://127.0.0.1:8/\"]", HoconAddMode.Prepend).WithKillaBeez(section))
            : TestHost.Create(services => services.AddKillaBeez(section));
        await host.StartAsync();

        var options = host.Swarm().Node.Options;
        Assert.Equal([new Uri("ws://127.0.0.1:9/")], options.Exchanges);
        Assert.Equal("stun:127.0.0.1:9", Assert.Single(Assert.Single(options.IceServers).Urls));
        await host.StopAsync();
    }

    [Theory]
    [InlineData("Exchanges", "ws://127.0.0.1:9/", "Exchanges:0", "ws://127.0.0.1:8/")]
    [InlineData("IceServers", "stun:127.0.0.1:9", "IceServers:0:Urls:0", "stun:127.0.0.1:8")]
    public async Task Text_BesideAList_IsRefused(string text, string one, string item, string other)
    {
        using var host = TestHost.Akka(akka => akka.WithKillaBeez(Section(new() { [text] = one, [item] = other })));

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync());

        Assert.Contains($"{text} is a list and the text '{one}' at once", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Key_InConfiguration_IsRefusedAndNotShown()
    {
        var section = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["KeyPair"] = "a secret" }).Build();
        using var host = TestHost.Akka(akka => akka.WithKillaBeez(section));

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync());

        Assert.Contains("KeyFile", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("a secret", error.ToString(), StringComparison.Ordinal);
    }

    private static IConfigurationSection Section() => Section(_values);

    private static IConfigurationSection Section(Dictionary<string, string?> values) => new ConfigurationBuilder()
        .AddInMemoryCollection(values.Select(pair => KeyValuePair.Create($"KillaBeez:{pair.Key}", pair.Value)))
        .Build()
        .GetSection("KillaBeez");

    private static void AssertBound(string name, SwarmOptions options)
    {
        var property = typeof(SwarmOptions).GetProperty(name)!;
        Assert.NotEqual(Text(property, new SwarmOptions()), Text(property, options));
        Assert.Equal(string.Join('\n', _values.Where(pair => pair.Key.Split(':')[0] == name).Select(pair => pair.Value)).ToUpperInvariant(), Text(property, options));
    }

    /// <summary>The property's value in the form of the table above.</summary>
    private static string Text(PropertyInfo property, SwarmOptions options)
    {
        var text = property.GetValue(options) switch
        {
            IList<Uri> addresses => string.Join('\n', addresses),
            IList<IceServer> servers => string.Join('\n', servers.SelectMany(server => server.Urls.Append(server.Username).Append(server.Credential)).Where(text => text is not null)),
            var value => $"{value}",
        };
        return text.ToUpperInvariant();
    }
}
