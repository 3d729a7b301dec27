using System.Diagnostics;
using KillaBeez.Actors.Tests.BadInput;
using KillaBeez.Tests;

namespace KillaBeez.Actors.Tests.Extension;

/// <summary>What is left of a node and of its peers' sessions when a real system goes, in order or again and again.</summary>
[Collection(nameof(AloneCollection))]
public sealed class ShutdownTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SystemThatShutsDown_TakesLeaveOfItsPeers(bool isCoordinated)
    {
        await using var exchange = await RealExchange.StartExchangeAsync();
        var hocon = $"killabeez.exchanges = [\"{RealExchange.AddressOf(exchange)}\"]";
        await using var staying = RealSystem.Create(hocon);
        await using var leaving = RealSystem.Create(hocon);
        var (a, b) = (await staying.Swarm.Started.WaitAsync(RealSystem.Limit), await leaving.Swarm.Started.WaitAsync(RealSystem.Limit));
        var left = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        a.PeerDisconnected += (_, e) => left.TrySetResult(e.Reason);
        _ = await RealExchange.CallUntilKnownAsync(b, a.Id);

        // The called side learns a moment later that it is connected, and is told of no end before.
        await WaitUntil.HoldsAsync(() => a.Peers.Count == 1);

        // Terminate runs coordinated shutdown too, as Akka.NET has it by default.
        await (isCoordinated
            ? CoordinatedShutdown.Get(leaving.System).Run(CoordinatedShutdown.ClrExitReason.Instance)
            : leaving.System.Terminate()).WaitAsync(RealSystem.Limit);

        // Without a word it would be noticed by its silence only, and the session would wait for its resume window.
        Assert.Contains("ShuttingDown", await left.Task.WaitAsync(RealSystem.Limit), StringComparison.Ordinal);
        await b.WhenStopped.WaitAsync(RealSystem.Limit);
    }

    [Fact]
    public async Task Nodes_StartedAndStoppedAgainAndAgain_LeaveNoSocketAndNoThread()
    {
        await using var app = RealSystem.Create();
        await StartAndStopAsync(app, times: 5);
        var (files, threads) = (OpenFiles(), Threads());
        await StartAndStopAsync(app, times: 40);

        // Each node has an IO thread and several descriptors; the pool's threads and other tests' come and go.
        const int tolerance = 30;
        Assert.True(OpenFiles() < files + tolerance, $"{files} descriptors before, {OpenFiles()} after 40 nodes");
        Assert.True(Threads() < threads + tolerance, $"{threads} threads before, {Threads()} after 40 nodes");
    }

    [Fact]
    public async Task FailedStarts_LeaveNoSocketAndNoThread()
    {
        await using var app = RealSystem.Create();
        _ = await SwarmNode.StartAsync(app.System, new SwarmOptions()).WaitAsync(RealSystem.Limit);
        var (files, threads) = (OpenFiles(), Threads());
        for (var i = 0; i < 100; i++)
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => SwarmNode.StartAsync(app.System, new SwarmOptions()));
        }

        const int tolerance = 30;
        Assert.True(OpenFiles() < files + tolerance, $"{files} descriptors before, {OpenFiles()} after 100 refused starts");
        Assert.True(Threads() < threads + tolerance, $"{threads} threads before, {Threads()} after 100 refused starts");
    }

    [Fact]
    public async Task Options_ChangedAfterTheStart_AreTheCallersOwn()
    {
        var options = new SwarmOptions { Exchanges = { new Uri("ws://127.0.0.1:9/") } };
        await using var node = await SwarmNode.StartAsync(options).WaitAsync(RealSystem.Limit);
        options.Exchanges.Clear();
        options.MeshDegree = 1;

        Assert.Single(node.Options.Exchanges);
        Assert.Equal(64, node.Options.MeshDegree);
    }

    private static async Task StartAndStopAsync(RealSystem app, int times)
    {
        for (var i = 0; i < times; i++)
        {
            var node = await SwarmNode.StartAsync(app.System, new SwarmOptions()).WaitAsync(RealSystem.Limit);
            await node.DisposeAsync().AsTask().WaitAsync(RealSystem.Limit);
        }
    }

    private static int OpenFiles() => Directory.Exists("/proc/self/fd") ? Directory.GetFileSystemEntries("/proc/self/fd").Length : 0;

    private static int Threads()
    {
        using var self = Process.GetCurrentProcess();
        return self.Threads.Count;
    }
}

/// <summary>Tests that count what the process holds run alone.</summary>
[CollectionDefinition(nameof(AloneCollection), DisableParallelization = true)]
public sealed class AloneCollection;
