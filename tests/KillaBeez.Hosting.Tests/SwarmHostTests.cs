using KillaBeez.Hosting.Tests.Hosts;
using KillaBeez.Messages;
using KillaBeez.Tests;
using Microsoft.Extensions.DependencyInjection;

// One of the tests listens to the console, which all of them share.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace KillaBeez.Hosting.Tests;

/// <summary>A node in a host that has no actors of its own.</summary>
public sealed class SwarmHostTests
{
    [Fact]
    public async Task TwoHosts_MeetThroughAnExchange_AndTheOneThatStopsIsMissedAtOnce()
    {
        await using var exchange = await TestExchange.StartAsync();
        using var first = TestHost.Plain(options => options.Exchanges.Add(exchange.Address));
        using var second = TestHost.Plain(options => options.Exchanges.Add(exchange.Address));
        await first.StartAsync();
        await second.StartAsync();
        var called = first.Services.GetRequiredService<SwarmHost>().Node;
        await called.UntilReadyAsync();
        var caller = second.Services.GetRequiredService<SwarmHost>().Node;
        await caller.UntilReadyAsync();
        var peer = await caller.CallAsync(called.Id).WaitAsync(Patience.Bound);
        await called.WaitForAsync<PeerConnectedEvent>();
        var isGone = caller.WaitForAsync<PeerDisconnectedEvent>();

        Assert.Equal(called.Id, peer.Id);
        await first.StopAsync();

        // Without a goodbye it would be stalled, and there for the whole of the resume window.
        Assert.Same(peer, (await isGone).Peer);
        await second.StopAsync();
    }

    [Fact]
    public async Task Injection_GivesTheExtensionAndItsActor()
    {
        using var host = TestHost.Plain();
        await host.StartAsync();

        var swarm = host.Services.GetRequiredService<KillaBeezSwarm>();
        Assert.Same(host.Services.GetRequiredService<SwarmHost>().Node, swarm.Node);
        Assert.Equal(swarm.Guardian, host.Services.GetRequiredService<IRequiredActor<KillaBeezSwarm>>().ActorRef);
        Assert.Empty((await swarm.Guardian.Ask<ConnectedPeers>(new GetPeers(), Patience.Bound)).Peers);
        await host.StopAsync();
    }

    [Fact]
    public async Task StartedAsync_WaitsForTheStart_AndFailsAfterTheStop()
    {
        using var host = TestHost.Plain();
        var swarm = host.Services.GetRequiredService<SwarmHost>();
        var waiting = swarm.StartedAsync();
        Assert.Throws<InvalidOperationException>(() => swarm.Node);

        await host.StartAsync();
        Assert.Same(swarm.Node, await waiting);
        Assert.True(swarm.IsRunning);

        await host.StopAsync();
        Assert.False(swarm.IsRunning);
        Assert.Throws<InvalidOperationException>(() => swarm.Node);
        await Assert.ThrowsAsync<InvalidOperationException>(() => swarm.StartedAsync());
        Assert.True((await waiting).WhenStopped.IsCompleted);
    }

    [Fact]
    public async Task StartedAsync_HostNeverStarted_FailsAtItsEnd()
    {
        Task<SwarmNode> waiting;
        using (var host = TestHost.Plain())
        {
            waiting = host.Services.GetRequiredService<SwarmHost>().StartedAsync();
        }

        await Assert.ThrowsAsync<InvalidOperationException>(() => waiting.WaitAsync(Patience.Bound));
    }

    [Fact]
    public async Task Node_ThatTheApplicationStopped_RunsNoMore()
    {
        using var host = TestHost.Plain();
        await host.StartAsync();
        var swarm = host.Services.GetRequiredService<SwarmHost>();
        await swarm.Node.DisposeAsync();

        Assert.False(swarm.IsRunning);
        Assert.Throws<InvalidOperationException>(() => swarm.Node);
        await host.StopAsync();
    }

    [Fact]
    public async Task KeyFile_Absent_IsMadeAndKeepsTheIdentityOverRestarts()
    {
        var folder = Directory.CreateTempSubdirectory("killabeez-hosting-");
        try
        {
            var file = Path.Combine(folder.FullName, "node.key");
            var first = await StartAndReadIdAsync(file);
            var second = await StartAndReadIdAsync(file);

            Assert.Equal(first, second);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task KeyFile_Trouble_FailsTheStartAndWhoeverWaitsForIt()
    {
        var folder = Directory.CreateTempSubdirectory("killabeez-hosting-");
        try
        {
            using var host = TestHost.Plain(options => options.KeyFile = folder.FullName);
            var waiting = host.Services.GetRequiredService<SwarmHost>().StartedAsync();

            var error = await Assert.ThrowsAnyAsync<Exception>(() => host.StartAsync());

            Assert.Contains(folder.FullName, error.Message, StringComparison.Ordinal);
            Assert.Same(error, await Assert.ThrowsAnyAsync<Exception>(() => waiting.WaitAsync(Patience.Bound)));
            await host.Services.GetRequiredService<ActorSystem>().WhenTerminated.WaitAsync(Patience.Bound);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Exchange_ThatIsNoWebSocket_FailsTheStartWithWhatToDo()
    {
        using var host = TestHost.Plain(options => options.Exchanges.Add(new Uri("http://127.0.0.1:1/")));

        var e = await Assert.ThrowsAsync<ArgumentException>(() => host.StartAsync());

        Assert.Contains("ws://", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_Cancelled_LeavesNothingRunning()
    {
        using var host = TestHost.Plain();
        using var cancellation = new CancellationTokenSource();
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => host.StartAsync(cancellation.Token));

        Assert.False(host.Services.GetRequiredService<SwarmHost>().IsRunning);
    }

    [Fact]
    public async Task Console_IsLeftAlone()
    {
        var console = Console.Out;
        using var written = new StringWriter();
        Console.SetOut(TextWriter.Synchronized(written));
        try
        {
            // Not only once: what Akka.NET writes at the end of a system is a matter of luck.
            for (var i = 0; i < 5; i++)
            {
                using var host = TestHost.Plain();
                await host.StartAsync();
                await host.StopAsync();
            }

            using (var failing = TestHost.Plain(options => options.Exchanges.Add(new Uri("http://127.0.0.1:1/"))))
            {
                await Assert.ThrowsAsync<ArgumentException>(() => failing.StartAsync());
            }
        }
        finally
        {
            Console.SetOut(console);
        }

        Assert.Equal("", written.ToString());
    }

    [Fact]
    public async Task AddKillaBeez_Twice_IsOneNodeWithBothOptions()
    {
        using var host = TestHost.Create(services => services
            .AddKillaBeez(options => options.MeshDegree = 2)
            .AddKillaBeez(options => options.MaxPeers = 3));
        await host.StartAsync();

        var options = host.Services.GetRequiredService<SwarmHost>().Node.Options;
        Assert.Equal((2, 3), (options.MeshDegree, options.MaxPeers));
        await host.StopAsync();
    }

    [Fact]
    public void AddKillaBeez_AfterAddAkka_IsRefusedWithWhatToDo()
    {
        var services = new ServiceCollection();
        services.AddAkka("app", _ => { });

        var error = Assert.Throws<InvalidOperationException>(() => services.AddKillaBeez());

        Assert.Contains("WithKillaBeez", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AddKillaBeez_BeforeAddAkka_IsRefusedBeforeAnythingStarts()
    {
        var isMade = false;
        using var host = TestHost.Create(services => services.AddKillaBeez().AddAkka("app", akka => akka.WithActors((_, _) => isMade = true)));
        var waiting = host.Services.GetRequiredService<SwarmHost>().StartedAsync();

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync());

        Assert.Contains("WithKillaBeez", error.Message, StringComparison.Ordinal);
        Assert.False(isMade);
        await Assert.ThrowsAsync<InvalidOperationException>(() => waiting.WaitAsync(Patience.Bound));
    }

    private static async Task<PeerId> StartAndReadIdAsync(string file)
    {
        using var host = TestHost.Plain(options => options.KeyFile = file);
        await host.StartAsync();
        var node = await host.Services.GetRequiredService<SwarmHost>().StartedAsync();
        await host.StopAsync();
        return node.Id;
    }
}
