namespace KillaBeez.Cli.Nodes;

/// <summary>
/// A running swarm node and what the program does with it. The only file of the program that touches the
/// public API of nodes.
/// </summary>
internal sealed class NodeSession : IAsyncDisposable
{
    /// <summary>The code a peer sees when it opens a substream that this program has no use for.</summary>
    private const uint UnknownTypeCode = 1;

    /// <summary>The code a greeter sees when its greeting could not be answered.</summary>
    private const uint GreetingFailedCode = 2;

    private const int PingCount = 3;

    private static readonly TimeSpan _firstRetry = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan _lastRetry = TimeSpan.FromSeconds(15);

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
        var swarm = new SwarmOptions
        {
            KeyPair = key,
            Exchanges = [.. options.Exchanges],
            IceServers = [.. options.IceServers],
            TcpPort = options.TcpPort,
            RelayOnly = options.RelayOnly,
        };
        var node = await SwarmNode.StartAsync(swarm, cancellationToken).ConfigureAwait(false);
        var session = new NodeSession(node, report);
        node.SubstreamOpened += session.TakeSubstream;

        // Events are queued from the moment the enumeration begins, and the first may come at any time now.
        var events = node.Events.GetAsyncEnumerator(session._tasks.Stopping);
        var first = events.MoveNextAsync().AsTask();
        session._tasks.Start(_ => session.ReportAsync(events, first));
        return session;
    }

    /// <summary>Calls a node until it is connected; each failure is reported.</summary>
    public void Call(PeerId callee) => _tasks.Start(async cancellationToken =>
    {
        for (var pause = _firstRetry; ; pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, _lastRetry.Ticks)))
        {
            try
            {
                await _node.CallAsync(callee, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (Exception e) when (e is KillaBeezException or ArgumentException)
            {
                _report(new ProcessEvent.CallFailed(callee, e.Message));
                if (e is ArgumentException or KillaBeezException { Error: KillaBeezError.InvalidKey })
                {
                    // A node cannot call itself, nor a key that is none, however often it tries.
                    return;
                }
            }

            await Task.Delay(pause, cancellationToken).ConfigureAwait(false);
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

    private async Task ReportAsync(IAsyncEnumerator<SwarmEvent> events, Task<bool> first)
    {
        await using (events.ConfigureAwait(false))
        {
            for (var hasNext = await first.ConfigureAwait(false); hasNext; hasNext = await events.MoveNextAsync().ConfigureAwait(false))
            {
                if (Describe(events.Current) is { } e)
                {
                    _report(e);
                }
            }
        }
    }

    private static ProcessEvent? Describe(SwarmEvent e) => e switch
    {
        PeerConnectedEvent { Peer: var peer } => new ProcessEvent.PeerConnected(peer.Id),
        PeerDisconnectedEvent { Peer: var peer, Reason: var reason } => new ProcessEvent.PeerDisconnected(peer.Id, reason),
        PeerStalledEvent { Peer: var peer } => new ProcessEvent.PeerStalled(peer.Id),
        PeerResumedEvent { Peer: var peer } => new ProcessEvent.PeerResumed(peer.Id),
        ExchangeStateEvent exchange => new ProcessEvent.ExchangeState(exchange.Exchange.ToString(), exchange.IsReady, exchange.Reason),
        IceServerFailedEvent failed => new ProcessEvent.IceServerFailed(failed.Server, failed.Reason),
        _ => null,
    };

    /// <summary>Answers greetings; anything else belongs to an application that does not run here.</summary>
    private void TakeSubstream(object? sender, SubstreamOpenedEventArgs e)
    {
        var isGreeting = e.Substream.Type == Greeting.SubstreamType;
        _report(new ProcessEvent.SubstreamOpened(e.Substream.Peer.Id, e.Substream.Type, isGreeting));
        if (isGreeting)
        {
            _tasks.Start(cancellationToken => AnswerAsync(e.Substream, cancellationToken));
        }
        else
        {
            e.Refuse(UnknownTypeCode, "this node takes greetings only");
        }
    }

    private static async Task AnswerAsync(Substream substream, CancellationToken cancellationToken)
    {
        await using (substream.ConfigureAwait(false))
        {
            try
            {
                await Greeting.AnswerAsync(substream, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is KillaBeezException or IOException)
            {
                // The greeter sees a failure at its end and reports it; this end has nothing to add.
                substream.Reset(GreetingFailedCode);
            }
        }
    }
}
