using System.Diagnostics;
using KillaBeez.Cli.Bench.Reports;
using KillaBeez.Cli.Commands;

namespace KillaBeez.Cli.Bench.Mesh;

/// <summary>
/// One mesh: the nodes start and subscribe, then the clock starts with the calls (node 1 calls node 2, every further
/// one calls node 1) and stops when every node has reported every other.
/// </summary>
internal sealed class MeshRun : IAsyncDisposable
{
    private readonly List<SwarmNode> _nodes = [];
    private readonly Lock _lock = new();
    private readonly HashSet<(PeerId Node, PeerId Peer)> _connected = [];
    private readonly TaskCompletionSource<long> _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly int _count;

    private MeshRun(int count) => _count = count;

    private int Pairs => _count * (_count - 1);

    /// <summary>Builds the mesh, measures it and takes it down.</summary>
    public static async Task<BenchResult.MeshRun> RunAsync(BenchMeshOptions options, int number, Uri exchange, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(options.Timeout);
        var run = new MeshRun(options.Nodes);
        await using (run.ConfigureAwait(false))
        {
            try
            {
                await run.StartAsync(exchange, deadline.Token).ConfigureAwait(false);
                return await run.MeasureAsync(number, deadline.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new CliException($"The mesh of {options.Nodes} was not full after {options.Timeout.TotalSeconds:0} s: {run._connected.Count} of {run.Pairs} connections were reported.");
            }
        }
    }

    public async ValueTask DisposeAsync() =>
        await Task.WhenAll(_nodes.Select(node => node.DisposeAsync().AsTask())).ConfigureAwait(false);

    private async Task StartAsync(Uri exchange, CancellationToken cancellationToken)
    {
        var ready = new List<Task>();
        for (var i = 0; i < _count; i++)
        {
            var node = await SwarmNode.StartAsync(new SwarmOptions { Exchanges = { exchange } }, cancellationToken).ConfigureAwait(false);
            _nodes.Add(node);
            node.PeerConnected += OnPeerConnected;

            // Events are queued from the moment the enumeration begins.
            var events = node.Events.GetAsyncEnumerator(cancellationToken);
            ready.Add(UntilSubscribedAsync(events, events.MoveNextAsync().AsTask()));
        }

        await Task.WhenAll(ready).ConfigureAwait(false);
    }

    private static async Task UntilSubscribedAsync(IAsyncEnumerator<SwarmEvent> events, Task<bool> first)
    {
        await using (events.ConfigureAwait(false))
        {
            for (var hasNext = await first.ConfigureAwait(false); hasNext; hasNext = await events.MoveNextAsync().ConfigureAwait(false))
            {
                if (events.Current is ExchangeStateEvent { IsReady: true })
                {
                    return;
                }
            }
        }
    }

    private async Task<BenchResult.MeshRun> MeasureAsync(int number, CancellationToken cancellationToken)
    {
        var managedBefore = GC.GetTotalMemory(forceFullCollection: true);
        var workingSetBefore = Environment.WorkingSet;
        var cpuBefore = Environment.CpuUsage.TotalTime;
        var start = Stopwatch.GetTimestamp();
        var calls = new List<Task> { _nodes[0].CallAsync(_nodes[1].Id, cancellationToken) };
        calls.AddRange(_nodes.Skip(2).Select(node => node.CallAsync(_nodes[0].Id, cancellationToken)));
        var end = await _complete.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        var cpu = Environment.CpuUsage.TotalTime - cpuBefore;
        await Task.WhenAll(calls).ConfigureAwait(false);
        var workingSet = Environment.WorkingSet;
        var managed = GC.GetTotalMemory(forceFullCollection: true);
        var connections = Pairs / 2.0;
        return new BenchResult.MeshRun(
            _count,
            number,
            number == 0,
            Stopwatch.GetElapsedTime(start, end).TotalSeconds,
            cpu.TotalSeconds,
            workingSet,
            (managed - managedBefore) / connections,
            (workingSet - workingSetBefore) / connections);
    }

    private void OnPeerConnected(object? sender, PeerEventArgs e)
    {
        lock (_lock)
        {
            if (_connected.Add((((SwarmNode)sender!).Id, e.Peer.Id)) && _connected.Count == Pairs)
            {
                _complete.TrySetResult(Stopwatch.GetTimestamp());
            }
        }
    }
}
