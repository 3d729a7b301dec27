using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using KillaBeez.Cli.Demo;
using KillaBeez.Cli.Processes;
using KillaBeez.Cli.Tests.Processes;
using KillaBeez.Tests;

namespace KillaBeez.Cli.Tests.Demo;

/// <summary>The demo with real processes and a real network.</summary>
public sealed class DemoRunTests
{
    /// <summary>Runs on the demo's own loop: what it does is done before the demo goes on.</summary>
    private sealed class Recorder(Action<DemoFact>? onFact = null) : IDemoReporter
    {
        public List<DemoFact> Facts { get; } = [];

        public IEnumerable<int> ProcessIds => Facts.SelectMany<DemoFact, int>(f => f switch
        {
            DemoFact.ExchangeListens e => [e.ProcessId],
            DemoFact.NodeStarted n => [n.ProcessId],
            _ => [],
        });

        /// <summary>What a person would have seen, for the message of a test that fails.</summary>
        public string Printed
        {
            get
            {
                var output = new StringWriter();
                var reporter = DemoReporters.Create(output, json: false);
                Facts.ForEach(reporter.Report);
                return output.ToString();
            }
        }

        public void Report(DemoFact fact)
        {
            Facts.Add(fact);
            onFact?.Invoke(fact);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Run_AllGoesWell_CompletesWithoutTheExchangeAndLeavesNoProcess(int nodes)
    {
        var recorder = new Recorder();
        await using (var run = new DemoRun(new DemoOptions { Nodes = nodes, Timeout = Patience.Bound }, recorder))
        {
            Assert.True(await run.RunAsync(CancellationToken.None), recorder.Printed);
        }

        var pairs = nodes * (nodes - 1);
        var facts = recorder.Facts;
        Assert.Equal(pairs, facts.OfType<DemoFact.GotPeer>().Select(f => (f.Node, f.Key)).Distinct().Count());
        var greetings = facts.OfType<DemoFact.Greeted>().ToList();
        Assert.Equal(pairs, greetings.Count);
        Assert.All(greetings, g => Assert.True(g is { Verified: true, Bytes: 1024 * 1024 }));

        // Greetings count only if nobody could have carried them but the nodes.
        var killed = facts.FindIndex(f => f is DemoFact.ExchangeKilled);
        Assert.InRange(killed, facts.FindLastIndex(f => f is DemoFact.GotPeer) + 1, facts.FindIndex(f => f is DemoFact.Greeted) - 1);
        Assert.IsType<DemoFact.Complete>(facts[^1]);
        Assert.Equal(nodes + 1, recorder.ProcessIds.Count());
        Assert.DoesNotContain(recorder.ProcessIds, ProcessWait.IsRunning);
    }

    [Fact]
    public async Task Run_NodeIsKilled_FailsNamesItAndLeavesNoProcess()
    {
        var recorder = new Recorder(fact =>
        {
            if (fact is DemoFact.NodeStarted { Node: 2 } node)
            {
                Process.GetProcessById(node.ProcessId).Kill();
            }
        });
        await using (var run = new DemoRun(new DemoOptions { Nodes = 3, Timeout = Patience.Bound }, recorder))
        {
            Assert.False(await run.RunAsync(CancellationToken.None));
        }

        var incomplete = Assert.IsType<DemoFact.Incomplete>(recorder.Facts[^1]);
        Assert.StartsWith("peer2 is gone", incomplete.Cause, StringComparison.Ordinal);
        Assert.Contains(incomplete.Missing, pair => pair is { From: 2, To: 1 });
        Assert.DoesNotContain(recorder.ProcessIds, ProcessWait.IsRunning);
    }

    [Fact]
    public async Task Run_TimeIsOver_NamesEveryPair()
    {
        var recorder = new Recorder();
        await using (var run = new DemoRun(new DemoOptions { Nodes = 3, Timeout = TimeSpan.FromMilliseconds(1) }, recorder))
        {
            Assert.False(await run.RunAsync(CancellationToken.None));
        }

        var incomplete = Assert.IsType<DemoFact.Incomplete>(recorder.Facts[^1]);
        Assert.Equal(6, incomplete.Missing.Count);
        Assert.All(incomplete.Missing, pair => Assert.Matches("^peer[123] has not started$", pair.Why));
    }

    [Fact]
    public async Task Run_Cancelled_LeavesNoProcess()
    {
        using var stop = new CancellationTokenSource();
        var recorder = new Recorder(fact =>
        {
            if (fact is DemoFact.NodeStarted { Node: 1 })
            {
                stop.Cancel();
            }
        });
        await using (var run = new DemoRun(new DemoOptions { Timeout = Patience.Bound }, recorder))
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.RunAsync(stop.Token));
        }

        Assert.NotEmpty(recorder.ProcessIds);
        Assert.DoesNotContain(recorder.ProcessIds, ProcessWait.IsRunning);
    }

    [Fact]
    public async Task Demo_KilledWithoutWarning_TakesItsProcessesAlong()
    {
        var processes = new ConcurrentBag<int>();
        var allStarted = new TaskCompletionSource();
        await using var demo = ChildProcess.Start(["demo", "--nodes", "3", "--json", "--timeout", "120"], Read, _ => { });
        await allStarted.Task.WaitAsync(Patience.Bound);

        // Not the process tree: only the end of their input tells the others.
        Process.GetProcessById(demo.Id).Kill();

        await ProcessWait.UntilGoneAsync([.. processes, demo.Id]);

        void Read(string line)
        {
            if (JsonDocument.Parse(line).RootElement.TryGetProperty("processId", out var id))
            {
                processes.Add(id.GetInt32());
                if (processes.Count == 4)
                {
                    allStarted.SetResult();
                }
            }
        }
    }
}
