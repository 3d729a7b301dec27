using Akka.Configuration;
using KillaBeez.Hosting.Tests.Hosts;
using KillaBeez.Messages;
using KillaBeez.Tests;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace KillaBeez.Hosting.Tests;

/// <summary>Nodes in an actor system that Akka.Hosting runs.</summary>
public sealed class WithKillaBeezTests
{
    private sealed class EdgeSwarm;

    /// <summary>Finds the node's actor in the registry when it is made, as an application's does.</summary>
    private sealed class Asker : ReceiveActor
    {
        public Asker(IActorRef swarm)
        {
            IActorRef? asker = null;
            Receive<string>(_ =>
            {
                asker = Sender;
                swarm.Tell(new GetPeers());
            });
            Receive<ConnectedPeers>(peers => asker.Tell(peers));
        }
    }

    [Fact]
    public async Task HostStarted_NodeRunsAndIsRequiredActor()
    {
        using var host = TestHost.Akka(akka => akka.WithKillaBeez(options => options.MeshDegree = 3));
        await host.StartAsync();

        var guardian = host.Services.GetRequiredService<IRequiredActor<KillaBeezSwarm>>().ActorRef;
        var peers = await guardian.Ask<ConnectedPeers>(new GetPeers(), Patience.Bound);

        Assert.Empty(peers.Peers);
        Assert.Equal("akka://app/user/killabeez", guardian.Path.ToString());
        Assert.Equal(3, host.Swarm().Node.Options.MeshDegree);
        await host.StopAsync();
        Assert.True(host.Services.GetRequiredService<ActorSystem>().WhenTerminated.IsCompleted);
    }

    [Fact]
    public async Task WithActors_AfterIt_FindsTheNodeInTheRegistry()
    {
        using var host = TestHost.Akka(akka => akka
            .WithKillaBeez()
            .WithActors((system, registry) => registry.Register<Asker>(system.ActorOf(Props.Create(() => new Asker(registry.Get<KillaBeezSwarm>()))))));
        await host.StartAsync();

        var asker = host.Services.GetRequiredService<IRequiredActor<Asker>>().ActorRef;
        Assert.NotNull(await asker.Ask<ConnectedPeers>("who?", Patience.Bound));
        await host.StopAsync();
    }

    [Fact]
    public async Task TwoHosts_MeetThroughAnExchange_AndTheOneThatStopsIsMissedAtOnce()
    {
        await using var exchange = await TestExchange.StartAsync();
        using var first = TestHost.Akka(akka => akka.WithKillaBeez(options => options.Exchanges.Add(exchange.Address)));
        using var second = TestHost.Akka(akka => akka.WithKillaBeez(options => options.Exchanges.Add(exchange.Address)));
        await first.StartAsync();
        await second.StartAsync();
        await first.Swarm().Node.UntilReadyAsync();
        await second.Swarm().Node.UntilReadyAsync();
        var peer = await second.Swarm().Node.CallAsync(first.Swarm().Self).WaitAsync(Patience.Bound);
        await first.Swarm().Node.WaitForAsync<PeerConnectedEvent>();
        var isGone = second.Swarm().Node.WaitForAsync<PeerDisconnectedEvent>();

        await first.StopAsync();

        // Without a goodbye it would be stalled, and there for the whole of the resume window.
        Assert.Same(peer, (await isGone).Peer);
        await second.StopAsync();
    }

    [Fact]
    public async Task NamedNodes_HaveTheirKeysAndSettings()
    {
        using var host = TestHost.Akka(akka => akka
            .AddHocon("killabeez { mesh-degree = 8\n nodes { edge { max-peers = 7 } } }", HoconAddMode.Prepend)
            .WithKillaBeez()
            .WithKillaBeez<EdgeSwarm>("edge", options => options.CallTimeout = TimeSpan.FromSeconds(9))
            .WithKillaBeez("other"));
        await host.StartAsync();

        var edge = host.Services.GetRequiredService<IRequiredActor<EdgeSwarm>>().ActorRef;
        Assert.Equal("akka://app/user/killabeez-edge", edge.Path.ToString());
        Assert.Equal(edge, host.Swarm().GuardianOf("edge"));
        var options = host.Swarm().NodeOf("edge").Options;
        Assert.Equal((8, 7, TimeSpan.FromSeconds(9)), (options.MeshDegree, options.MaxPeers, options.CallTimeout));
        Assert.Equal(1024, host.Swarm().Node.Options.MaxPeers);
        Assert.Equal(TimeSpan.FromSeconds(30), host.Swarm().NodeOf("other").Options.CallTimeout);
        await host.StopAsync();
    }

    [Fact]
    public async Task Settings_Code_GoesBeforeConfiguration_BeforeHocon_BeforeDefaults()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["KillaBeez:MeshDegree"] = "20",
            ["KillaBeez:MaxPeers"] = "21",
            ["KillaBeez:Exchanges:0"] = "ws://configuration.example/",
        }).Build();
        using var host = TestHost.Akka(akka => akka
            .AddHocon(
                """
                killabeez {
                  mesh-degree = 10
                  max-peers = 11
                  call-timeout = 12 s
                  exchanges = ["ws://hocon.example", "ws://hocon.example/2"]
                  ice-servers = ["stun:127.0.0.1:9"]
                }
                """,
                HoconAddMode.Append)
            .WithKillaBeez(configuration.GetSection("KillaBeez"), options => options.MeshDegree = 30));
        await host.StartAsync();

        var options = host.Swarm().Node.Options;
        Assert.Equal(30, options.MeshDegree);
        Assert.Equal(21, options.MaxPeers);
        Assert.Equal(TimeSpan.FromSeconds(12), options.CallTimeout);
        Assert.Equal(new SwarmOptions().ResumeWindow, options.ResumeWindow);
        Assert.Equal("ws://configuration.example/", Assert.Single(options.Exchanges).AbsoluteUri);
        Assert.Equal("stun:127.0.0.1:9", Assert.Single(options.IceServers).Urls[0]);
        await host.StopAsync();
    }

    [Fact]
    public async Task WrongHocon_IsTheErrorOfTheHostsStart()
    {
        using var host = TestHost.Akka(akka => akka.AddHocon("killabeez.mesh-degre = 1", HoconAddMode.Prepend).WithKillaBeez());

        var error = await Assert.ThrowsAsync<ConfigurationException>(() => host.StartAsync());

        Assert.Equal("killabeez.mesh-degre is no setting. Did you mean killabeez.mesh-degree?", error.Message);
    }

    [Fact]
    public async Task WrongConfiguration_IsTheErrorOfTheHostsStart()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["MeshDegre"] = "1" }).Build();
        using var host = TestHost.Akka(akka => akka.WithKillaBeez(configuration));

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync());

        Assert.Contains("MeshDegre", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NodeThatCannotStart_FailsTheHostAndEndsTheActorSystem()
    {
        var folder = Directory.CreateTempSubdirectory("killabeez-hosting-");
        try
        {
            using var host = TestHost.Akka(akka => akka.WithKillaBeez(options => options.KeyFile = folder.FullName));

            var error = await Assert.ThrowsAnyAsync<Exception>(() => host.StartAsync());

            Assert.Contains(folder.FullName, error.Message, StringComparison.Ordinal);
            await host.Services.GetRequiredService<ActorSystem>().WhenTerminated.WaitAsync(Patience.Bound);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task SameNodeTwice_IsRefused()
    {
        using var host = TestHost.Akka(akka => akka.WithKillaBeez().WithKillaBeez());

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync());

        Assert.Contains("without a name", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SetupOfTheApplicationsOwn_IsRefusedNotIgnored()
    {
        using var host = TestHost.Akka(akka => akka.WithKillaBeez(options => options.MeshDegree = 1).AddSetup(new KillaBeezSetup(options => options.MeshDegree = 2)));

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync());

        Assert.Contains(nameof(KillaBeezSetup), error.Message, StringComparison.Ordinal);
    }
}
