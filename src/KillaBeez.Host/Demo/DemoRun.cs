using System.Diagnostics;
using System.Threading.Channels;
using KillaBeez.Cli.Nodes;
using KillaBeez.Cli.Processes;

namespace KillaBeez.Cli.Demo;

/// <summary>
/// Runs a demo: starts the exchange and the nodes as processes, passes what they say to a <see cref="DemoScript"/>
/// and does what it says. Disposing it leaves no process behind, however the demo ended.
/// </summary>
internal sealed class DemoRun : IAsyncDisposable
{
    private readonly DemoOptions _options;
    private readonly IDemoReporter _reporter;
    private readonly DemoScript _script;
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly List<ChildProcess> _nodes = [];

    // Fed by the threads that read the children; a child of ours says a bounded number of lines per node, and a
    // runaway child is ended with the demo.
    private readonly Channel<Action> _inbox = Channel.CreateUnbounded<Action>(new UnboundedChannelOptions { SingleReader = true });
    private ChildProcess? _exchange;

    public DemoRun(DemoOptions options, IDemoReporter reporter)
    {
        _options = options;
        _reporter = reporter;
        _script = new DemoScript(options.Nodes, options.BodyBytes);
    }

    private TimeSpan Elapsed => Stopwatch.GetElapsedTime(_start);

    /// <summary>Runs to the end or the timeout; true where the swarm was complete.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(_options.Timeout);
        try
        {
            StartExchange();
            while (!_script.IsOver)
            {
                var handle = await _inbox.Reader.ReadAsync(deadline.Token).ConfigureAwait(false);
                handle();
                await ActAsync().ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            _script.Fail($"not done after {_options.Timeout.TotalSeconds:0} s", Elapsed);
            await ActAsync().ConfigureAwait(false);
        }

        return _script.Phase == DemoPhase.Complete;
    }

    public async ValueTask DisposeAsync()
    {
        // All at once: each may take its grace period.
        await Task.WhenAll(_nodes.Append(_exchange).OfType<ChildProcess>().Select(p => p.DisposeAsync().AsTask())).ConfigureAwait(false);
    }

    private void StartExchange() => _exchange = ChildProcess.Start(
        ["exchange", "--urls", "http://127.0.0.1:0", "--json", "--child"],
        line => Post(() => HandleExchangeLine(line)),
        process => Post(() => HandleExchangeExit(process)));

    private void HandleExchangeLine(string line)
    {
        if (ProcessEvent.TryParse(line, out var e) && e is ProcessEvent.Listening listening && _nodes.Count == 0)
        {
            _reporter.Report(new DemoFact.ExchangeListens(listening.Url, _exchange!.Id, Elapsed));
            var url = new UriBuilder(listening.Url) { Scheme = "ws" }.Uri.ToString();
            for (var number = 1; number <= _options.Nodes; number++)
            {
                _nodes.Add(StartNode(number, url));
            }
        }
    }

    private ChildProcess StartNode(int number, string exchangeUrl) => ChildProcess.Start(
        ["node", "--exchange", exchangeUrl, "--json", "--child"],
        line => Post(() =>
        {
            if (ProcessEvent.TryParse(line, out var e))
            {
                _script.HandleNodeEvent(number, e, Elapsed);
            }
        }),
        process => Post(() => _script.HandleNodeGone(number, process.ExitCode, process.ErrorText, Elapsed)));

    private void HandleExchangeExit(ChildProcess process)
    {
        if (_script.Phase != DemoPhase.KillingExchange)
        {
            _script.Fail($"the exchange ended with exit code {process.ExitCode} {process.ErrorText}".TrimEnd(), Elapsed);
            return;
        }

        _script.HandleExchangeGone(Elapsed);
    }

    private async Task ActAsync()
    {
        while (_script.TryPollAction(out var action))
        {
            switch (action)
            {
                case DemoAction.Report report:
                    _reporter.Report(report.Fact);
                    break;
                case DemoAction.Tell tell:
                    _nodes[tell.Node - 1].Send(tell.Order.ToString()!);
                    break;
                case DemoAction.KillExchange:
                    await _exchange!.KillAsync().ConfigureAwait(false);
                    break;
                default:
                    throw new InvalidOperationException($"The demo has no way to do {action}.");
            }
        }
    }

    private void Post(Action handle) => _inbox.Writer.TryWrite(handle);
}
