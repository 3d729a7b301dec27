namespace KillaBeez.Cli.Nodes;

/// <summary>
/// A running swarm node and what the program does with it. The only file of the program that touches the
/// public API of nodes.
/// </summary>
internal sealed class NodeSession : IAsyncDisposable
{
    /// <summary>The code a peer sees when it opens a substream that this program has no use for.</summary>
    private const uint UnknownTypeCode = 1;

    private const int PingCount = 3;

    private readonly SwarmNode _node;
    private readonly Action<ProcessEvent> _report;
    private readonly BackgroundTasks _tasks = new();

    private NodeSession(SwarmNode node, Action<ProcessEvent> report)
    {
        _node = node;
        _report = report;
    }

    /// <summary>Starts the node; what happens to it goes to <paramref name="report"/>, from any thread.</summary>
    /// <param name="options">What the process was started with.</param>
    /// <param name="key">The node's key; stays the caller's and outlives the session.</param>
    /// <param name="report">Is called for every event.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    public static async Task<NodeSession> StartAsync(NodeProgramOptions options, KeyPair key, Action<ProcessEvent> report, CancellationToken cancellationToken)
    {
        var swarm = new SwarmOptions { KeyPair = key, AllowLoopback = options.AllowLoopback };
        foreach (var exchange in options.Exchanges)
        {
            swarm.Exchanges.Add(exchange);
        }

        var node = await SwarmNode.StartAsync(swarm, cancellationToken).ConfigureAwait(false);
        var session = new NodeSession(node, report);
        session._tasks.Start(session.ReportAsync);
        return session;
    }

    /// <summary>Calls a node; a failure is reported.</summary>
    public void Call(PeerId callee) => _tasks.Start(async cancellationToken =>
    {
        try
        {
            await _node.CallAsync(callee, cancellationToken).ConfigureAwait(false);
        }
        catch (KillaBeezException e)
        {
            _report(new ProcessEvent.CallFailed(callee, e.Message));
        }
    });

    /// <summary>Greets a connected peer; how it went is reported.</summary>
    public void Greet(PeerId to, int bodyBytes) => _tasks.Start(async cancellationToken =>
    {
        try
        {
            string? error;
            await using (var substream = await Connected(to).OpenAsync(Greeting.SubstreamType, cancellationToken).ConfigureAwait(false))
            {
                error = await Greeting.SendAsync(substream, bodyBytes, cancellationToken).ConfigureAwait(false);
            }

            _report(new ProcessEvent.Greeted(to, bodyBytes, error is null, error));
        }
        catch (Exception e) when (e is KillaBeezException or IOException)
        {
            _report(new ProcessEvent.Greeted(to, bodyBytes, false, e.Message));
        }
    });

    /// <summary>Measures the round-trip time to a connected peer, the best of a few, and reports it.</summary>
    public void Ping(PeerId to) => _tasks.Start(async cancellationToken =>
    {
        try
        {
            var best = TimeSpan.MaxValue;
            for (var i = 0; i < PingCount; i++)
            {
                var rtt = await Connected(to).PingAsync(cancellationToken).ConfigureAwait(false);
                best = rtt < best ? rtt : best;
            }

            _report(new ProcessEvent.Rtt(to, best.TotalMilliseconds, null));
        }
        catch (KillaBeezException e)
        {
            _report(new ProcessEvent.Rtt(to, null, e.Message));
        }
    });

    /// <summary>Ends what runs, says goodbye to every peer and stops the node.</summary>
    public async ValueTask DisposeAsync()
    {
        await _tasks.DisposeAsync().ConfigureAwait(false);
        await _node.DisposeAsync().ConfigureAwait(false);
    }

    private Peer Connected(PeerId id) => _node.Peers.FirstOrDefault(p => p.Id == id)
        ?? throw new KillaBeezException(KillaBeezError.PeerUnknown, $"{id.ToShortString()} is not connected.");

    private async Task ReportAsync(CancellationToken cancellationToken)
    {
        await foreach (var e in _node.Events.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            switch (e)
            {
                case PeerConnectedEvent connected:
                    _report(new ProcessEvent.PeerConnected(connected.Peer.Id));
                    break;
                case PeerDisconnectedEvent disconnected:
                    _report(new ProcessEvent.PeerDisconnected(disconnected.Peer.Id, disconnected.Reason));
                    break;
                case ExchangeStateEvent exchange:
                    _report(new ProcessEvent.ExchangeState(exchange.Exchange.ToString(), exchange.Connected, exchange.Error));
                    break;
                case SubstreamOpenedEvent opened:
                    Take(opened.Substream);
                    break;
                default:
                    break;
            }
        }
    }

    /// <summary>Answers greetings; anything else belongs to an application that does not run here.</summary>
    private void Take(Substream substream)
    {
        var isGreeting = substream.Type == Greeting.SubstreamType;
        if (!isGreeting)
        {
            substream.Reset(UnknownTypeCode);
            _report(new ProcessEvent.SubstreamOpened(substream.Peer.Id, substream.Type, Accepted: false));
            return;
        }

        _report(new ProcessEvent.SubstreamOpened(substream.Peer.Id, substream.Type, Accepted: true));
        _tasks.Start(async cancellationToken =>
        {
            await using (substream)
            {
                try
                {
                    await Greeting.AnswerAsync(substream, cancellationToken).ConfigureAwait(false);
                }
                catch (Exception e) when (e is KillaBeezException or IOException)
                {
                    // The greeter sees the same failure at its end and reports it; this end has nothing to add.
                    substream.Reset(UnknownTypeCode);
                }
            }
        });
    }
}
