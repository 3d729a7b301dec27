using System.Collections.Concurrent;
using KillaBeez.Cli.Nodes;
using KillaBeez.Cli.Processes;
using KillaBeez.Cli.Tests.Processes;
using KillaBeez.Tests;

namespace KillaBeez.Cli.Tests.Commands;

/// <summary>A real node process, and what a person sees who starts it wrongly.</summary>
public sealed class NodeProcessTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("killabeez-node");

    public void Dispose() => _folder.Delete(recursive: true);

    private sealed class Node : IAsyncDisposable
    {
        private readonly ConcurrentQueue<ProcessEvent> _events = new();
        private readonly TaskCompletionSource<int> _exit = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Node(params IEnumerable<string> arguments) =>
            Process = ChildProcess.Start(["node", .. arguments, "--json", "--child"], Read, p => _exit.TrySetResult(p.ExitCode));

        public ChildProcess Process { get; }

        public Task<int> Exit => _exit.Task.WaitAsync(Patience.Bound);

        public ValueTask DisposeAsync() => Process.DisposeAsync();

        public async Task<T> NextAsync<T>()
            where T : ProcessEvent
        {
            await WaitUntil.HoldsAsync(() => _events.OfType<T>().Any(), $"a {typeof(T).Name} event");
            return _events.OfType<T>().First();
        }

        private void Read(string line)
        {
            if (ProcessEvent.TryParse(line, out var e))
            {
                _events.Enqueue(e);
            }
        }
    }

    [Fact]
    public async Task KeyFile_IsTheNodesIdentity()
    {
        var path = Path.Combine(_folder.FullName, "node.key");
        using var pair = KeyPair.Generate();
        KeyFile.Save(path, pair);

        await using var node = new Node("--exchange", "ws://127.0.0.1:1", "--key", path);

        Assert.Equal(pair.Id, (await node.NextAsync<ProcessEvent.Started>()).Key);
    }

    [Fact]
    public async Task ExchangeThatIsNotThere_IsReportedAndTheNodeRunsOn()
    {
        await using var node = new Node("--exchange", "ws://127.0.0.1:1");

        var state = await node.NextAsync<ProcessEvent.ExchangeState>();

        Assert.False(state.Connected);
        Assert.NotNull(state.Error);
        Assert.True(ProcessWait.IsRunning(node.Process.Id));
    }

    [Fact]
    public async Task CallOfAKeyThatNobodyHas_IsReported()
    {
        var callee = new PeerId(Enumerable.Repeat((byte)7, PeerId.SizeBytes).ToArray());
        await using var node = new Node("--exchange", "ws://127.0.0.1:1", "--call", callee.ToString());

        Assert.Equal(callee, (await node.NextAsync<ProcessEvent.CallFailed>()).Key);
    }

    [Fact]
    public async Task InputEnds_NodeStopsGracefully()
    {
        await using var node = new Node("--exchange", "ws://127.0.0.1:1");
        await node.NextAsync<ProcessEvent.Started>();

        node.Process.CloseInput();

        Assert.Equal(0, await node.Exit);
        await node.NextAsync<ProcessEvent.Stopped>();
    }

    [Fact]
    public async Task KeyFileThatIsNotThere_SaysHowToMakeOne()
    {
        var path = Path.Combine(_folder.FullName, "none.key");
        await using var node = new Node("--exchange", "ws://127.0.0.1:1", "--key", path);

        Assert.Equal(1, await node.Exit);
        Assert.Contains($"'killabeez keygen --out {path}' makes one", node.Process.ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task KeyFileThatIsDamaged_SaysWhatIsWrong()
    {
        var path = Path.Combine(_folder.FullName, "bad.key");
        await File.WriteAllTextAsync(path, "killabeez-ed25519-1 abc");
        await using var node = new Node("--exchange", "ws://127.0.0.1:1", "--key", path);

        Assert.Equal(1, await node.Exit);
        Assert.Single(node.Process.ErrorText.Split('\n'));
        Assert.Contains("is not a usable key file", node.Process.ErrorText, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'http://x' is not the address of a signal exchange", "--exchange", "http://x")]
    [InlineData("'3f9a' is not a key", "--exchange", "ws://x", "--call", "3f9a")]
    [InlineData("--exchange", "--call", "3f9a")]
    public async Task BadArguments_SayWhatIsWrong(string expected, params string[] arguments)
    {
        await using var node = new Node(arguments);

        Assert.Equal(1, await node.Exit);
        Assert.Contains(expected, node.Process.ErrorText, StringComparison.Ordinal);
    }
}
