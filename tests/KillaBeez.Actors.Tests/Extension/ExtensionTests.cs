using Akka.Configuration;
using KillaBeez.Messages;

namespace KillaBeez.Actors.Tests.Extension;

/// <summary>The swarm as an extension: how its nodes come, are named, fail and go with their system.</summary>
public sealed class ExtensionTests
{
    private static readonly PeerId _nobody = KeyPair.Generate(new SeededRandomSource(99)).Id;

    [Fact]
    public async Task Started_AskedTwice_IsOneNodeAtItsPath()
    {
        await using var app = RealSystem.Create("killabeez.mesh-degree = 5");
        var node = await app.Swarm.Started.WaitAsync(RealSystem.Limit);

        Assert.Same(node, await KillaBeezSwarm.Get(app.System).Started);
        Assert.Same(node, app.Swarm.Node);
        Assert.Equal("akka://app/user/killabeez", app.Swarm.Guardian.Path.ToString());
        Assert.Equal(5, node.Options.MeshDegree);
        Assert.Equal(node.Id, app.Swarm.Self);
    }

    [Fact]
    public async Task Setup_GoesBeforeHocon()
    {
        var setup = BootstrapSetup.Create()
            .WithConfig(ConfigurationFactory.ParseString("akka.loglevel = OFF\nakka.stdout-loglevel = OFF\nkillabeez { mesh-degree = 5\n max-peers = 6 }"))
            .And(new KillaBeezSetup(options => options.MeshDegree = 4));
        var system = ActorSystem.Create("app", setup);
        var node = await KillaBeezSwarm.Get(system).Started.WaitAsync(RealSystem.Limit);

        Assert.Equal((4, 6), (node.Options.MeshDegree, node.Options.MaxPeers));
        await system.Terminate().WaitAsync(RealSystem.Limit);
    }

    [Fact]
    public async Task NamedNodes_RunBesideTheOneWithout_AndHaveTheirOwnSettings()
    {
        await using var app = RealSystem.Create("killabeez.nodes { edge { mesh-degree = 2 } }");
        var first = await app.Swarm.Started.WaitAsync(RealSystem.Limit);
        var edge = await app.Swarm.StartAsync("edge").WaitAsync(RealSystem.Limit);

        Assert.NotEqual(first.Id, edge.Id);
        Assert.Equal("akka://app/user/killabeez-edge", app.Swarm.GuardianOf("edge").Path.ToString());
        Assert.Equal((64, 2), (first.Options.MeshDegree, edge.Options.MeshDegree));
        var again = Assert.Throws<InvalidOperationException>(() => { _ = app.Swarm.StartAsync("edge"); });
        Assert.Contains("edge", again.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => app.Swarm.GuardianOf("other"));
        Assert.Throws<ArgumentException>(() => { _ = app.Swarm.StartAsync("no/path"); });
    }

    /// <summary>What docs/akka.md shows, and what it says of those who forget it.</summary>
    [Fact]
    public async Task NamedNode_WithTheKeyOfAnother_IsRefusedUnlessItHasItsOwn()
    {
        var folder = Directory.CreateTempSubdirectory("killabeez-extension-");
        try
        {
            var path = folder.FullName.Replace('\\', '/');
            await using var app = RealSystem.Create($$"""
                killabeez {
                  key-file = "{{path}}/node.key"
                  nodes { edge { key-file = "{{path}}/edge.key" } }
                }
                """);
            var (edge, starts) = (app.Swarm.StartAsync("edge"), new[] { app.Swarm.Started, app.Swarm.StartAsync("twin") });
            var error = await Assert.ThrowsAsync<InvalidOperationException>(() => Task.WhenAll(starts).WaitAsync(RealSystem.Limit));

            Assert.Contains("killabeez.nodes.NAME.key-file", error.Message, StringComparison.Ordinal);
            Assert.Contains("'twin'", error.Message, StringComparison.Ordinal);
            var running = await Assert.Single(starts, start => start.IsCompletedSuccessfully);
            Assert.Equal(KeyFile.Load($"{path}/node.key").Id, running.Id);
            var edgeId = (await edge.WaitAsync(RealSystem.Limit)).Id;
            Assert.Equal(KeyFile.Load($"{path}/edge.key").Id, edgeId);
            Assert.NotEqual(running.Id, edgeId);

            await running.DisposeAsync().AsTask().WaitAsync(RealSystem.Limit);
            var next = await app.Swarm.StartAsync("next").WaitAsync(RealSystem.Limit);
            Assert.Equal(KeyFile.Load($"{path}/node.key").Id, next.Id);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task StartAsync_SecondNodeWithoutAName_IsRefusedAndTheFirstGoesOn()
    {
        await using var app = RealSystem.Create();
        var first = await SwarmNode.StartAsync(app.System, new SwarmOptions()).WaitAsync(RealSystem.Limit);
        await Assert.ThrowsAsync<InvalidOperationException>(() => SwarmNode.StartAsync(app.System, new SwarmOptions()));

        Assert.False(first.WhenStopped.IsCompleted);
        Assert.Same(first, app.Swarm.Node);
    }

    [Fact]
    public async Task Node_StoppedAndStartedAgain_HasItsNameEachTime()
    {
        await using var app = RealSystem.Create();
        for (var i = 0; i < 20; i++)
        {
            var node = await SwarmNode.StartAsync(app.System, new SwarmOptions()).WaitAsync(RealSystem.Limit);
            await node.DisposeAsync().AsTask().WaitAsync(RealSystem.Limit);
        }
    }

    [Fact]
    public async Task Guardian_ToldBeforeTheStart_Answers()
    {
        await using var app = RealSystem.Create();
        var peers = await app.Swarm.Guardian.Ask<ConnectedPeers>(new GetPeers(), RealSystem.Limit);
        Assert.Empty(peers.Peers);
    }

    [Fact]
    public async Task Start_ThatFails_SaysWhyAndCanBeTriedAgain()
    {
        var folder = Directory.CreateTempSubdirectory("killabeez-extension-");
        try
        {
            await using var app = RealSystem.Create($"killabeez.key-file = \"{folder.FullName.Replace('\\', '/')}\"");
            var error = await Assert.ThrowsAsync<ConfigurationException>(() => app.Swarm.Started.WaitAsync(RealSystem.Limit));
            Assert.StartsWith($"killabeez.key-file is '{folder.FullName.Replace('\\', '/')}', but it is a key file, or a new file in a folder", error.Message, StringComparison.Ordinal);

            folder.Delete();
            Assert.NotNull(await app.Swarm.Started.WaitAsync(RealSystem.Limit));
        }
        finally
        {
            if (Directory.Exists(folder.FullName))
            {
                folder.Delete(recursive: true);
            }

            File.Delete(folder.FullName);
        }
    }

    [Fact]
    public async Task StartAsync_Cancelled_LeavesTheNameFree()
    {
        await using var app = RealSystem.Create();
        using var cancellation = new CancellationTokenSource();
        var start = SwarmNode.StartAsync(app.System, new SwarmOptions(), cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => start.WaitAsync(RealSystem.Limit));

        Assert.NotNull(await SwarmNode.StartAsync(app.System, new SwarmOptions()).WaitAsync(RealSystem.Limit));
    }

    [Fact]
    public async Task Hocon_Wrong_IsTheOneErrorOfTheStart()
    {
        await using var app = RealSystem.Create("killabeez.mesh-degree = 9999");
        var error = Assert.Throws<ConfigurationException>(() => { _ = app.Swarm.Started; });
        Assert.Equal("killabeez.mesh-degree is 9999, but it is 0 to 4096.", error.Message);
    }

    [Fact]
    public async Task SystemThatEnds_EndsTheNodeAndFailsWhatWaits()
    {
        await using var app = RealSystem.Create("killabeez { exchanges = [\"ws://127.0.0.1:9/\"]\n call-timeout = 5 min }");
        var node = await app.Swarm.Started.WaitAsync(RealSystem.Limit);
        var call = node.CallAsync(_nobody);
        await app.System.Terminate().WaitAsync(RealSystem.Limit);

        Assert.Equal(KillaBeezError.Closed, (await Assert.ThrowsAsync<KillaBeezException>(() => call.WaitAsync(RealSystem.Limit))).Error);
        await node.WhenStopped.WaitAsync(RealSystem.Limit);
        await node.DisposeAsync().AsTask().WaitAsync(RealSystem.Limit);
        await Assert.ThrowsAnyAsync<Exception>(() => node.CallAsync(_nobody).WaitAsync(RealSystem.Limit));
    }

    [Fact]
    public async Task GuardianThatIsStopped_EndsTheNodeAndTheNextMayHaveItsName()
    {
        await using var app = RealSystem.Create("killabeez { exchanges = [\"ws://127.0.0.1:9/\"]\n call-timeout = 5 min }");
        var node = await app.Swarm.Started.WaitAsync(RealSystem.Limit);
        var call = node.CallAsync(_nobody);
        app.Swarm.Guardian.Tell(PoisonPill.Instance);

        Assert.Equal(KillaBeezError.Closed, (await Assert.ThrowsAsync<KillaBeezException>(() => call.WaitAsync(RealSystem.Limit))).Error);
        await node.WhenStopped.WaitAsync(RealSystem.Limit);
        await foreach (var _ in node.Events)
        {
            Assert.Fail("a stopped node has no events");
        }

        Assert.NotSame(node, await app.Swarm.Started.WaitAsync(RealSystem.Limit));
    }
}
