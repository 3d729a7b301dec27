using KillaBeez.Cli.Nodes;

namespace KillaBeez.Cli.Demo;

/// <summary>Where a demo is.</summary>
internal enum DemoPhase
{
    /// <summary>Nodes start, two of them at a time call each other, until everybody has everybody.</summary>
    Meshing,

    /// <summary>Everybody has everybody; the exchange is being killed.</summary>
    KillingExchange,

    /// <summary>Every node greets every other.</summary>
    Greeting,

    /// <summary>Every node measures the round-trip time to every other, now that nothing else runs.</summary>
    Measuring,

    Complete,

    Failed,
}

/// <summary>
/// The course of a demo as a pure state machine: what the processes report goes in, what to do next comes out.
/// <code>
///   Meshing --N x (N-1) peers--> KillingExchange --gone--> Greeting --all answered--> Measuring --all--> Complete
///      |                              |                       |                        |
///      +------------------------------+-----------------------+------------------------+
///                     a process ended, a wrong answer, time over --> Failed
/// </code>
/// </summary>
internal sealed class DemoScript
{
    private readonly int _bodyBytes;
    private readonly DemoNode[] _nodes;
    private readonly Queue<DemoAction> _actions = new();

    public DemoScript(int nodes, int bodyBytes)
    {
        _bodyBytes = bodyBytes;
        _nodes = [.. Enumerable.Range(1, nodes).Select(number => new DemoNode(number))];
    }

    public DemoPhase Phase { get; private set; }

    public bool IsOver => Phase is DemoPhase.Complete or DemoPhase.Failed;

    private int Verified => Pairs().Count(pair => pair.From.GreetingTo(pair.To) is { Verified: true });

    private int ExpectedPairs => _nodes.Length * (_nodes.Length - 1);

    /// <summary>A node's process said something.</summary>
    public void HandleNodeEvent(int node, ProcessEvent e, TimeSpan at)
    {
        if (IsOver)
        {
            return;
        }

        var from = _nodes[node - 1];
        switch (e)
        {
            case ProcessEvent.Started started:
                from.Key = started.Key;
                Report(new DemoFact.NodeStarted(node, started.Key, started.ProcessId, at));
                break;
            case ProcessEvent.ExchangeState exchange:
                from.OnExchange = exchange.Connected;
                from.ExchangeError = exchange.Error;
                break;
            case ProcessEvent.PeerConnected peer when from.Peers.Add(peer.Key):
                Report(new DemoFact.GotPeer(node, peer.Key, NumberOf(peer.Key), at));
                break;
            case ProcessEvent.PeerDisconnected peer when from.Peers.Remove(peer.Key):
                from.Problems[peer.Key] = peer.Reason is null ? "disconnected" : $"disconnected: {peer.Reason}";
                Report(new DemoFact.LostPeer(node, peer.Key, NumberOf(peer.Key), peer.Reason, at));
                break;
            case ProcessEvent.CallFailed call:
                from.Problems[call.Key] = $"the call failed: {call.Error}";
                break;
            case ProcessEvent.Greeted greeted when NumberOf(greeted.Key) is { } to && Phase == DemoPhase.Greeting:
                from.Greetings[greeted.Key] = greeted;
                Report(new DemoFact.Greeted(node, to, greeted.Bytes, greeted.Verified, greeted.Error, at));
                break;
            case ProcessEvent.Rtt rtt when NumberOf(rtt.Key) is { } to && Phase == DemoPhase.Measuring:
                from.RoundTrips[rtt.Key] = rtt;
                if (rtt.Ms is { } ms)
                {
                    Report(new DemoFact.Rtt(node, to, ms, at));
                }

                TellNextPing(from);
                break;
            default:
                break;
        }

        Proceed(at);
    }

    /// <summary>The exchange that <see cref="DemoAction.KillExchange"/> asked to kill is gone.</summary>
    public void HandleExchangeGone(TimeSpan at)
    {
        if (Phase != DemoPhase.KillingExchange)
        {
            Fail("the exchange ended by itself", at);
            return;
        }

        Phase = DemoPhase.Greeting;
        Report(new DemoFact.ExchangeKilled(at));
        foreach (var (from, to) in Pairs())
        {
            _actions.Enqueue(new DemoAction.Tell(from.Number, new NodeOrder.Greet(to.Key!.Value, _bodyBytes)));
        }
    }

    /// <summary>A node's process ended although nobody asked it to.</summary>
    public void HandleNodeGone(int node, int exitCode, string errorText, TimeSpan at)
    {
        var lastLine = errorText.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault();
        _nodes[node - 1].Ended = $"its process ended with exit code {exitCode}{(lastLine is null ? "" : $" ({lastLine})")}";
        Fail($"peer{node} is gone: {_nodes[node - 1].Ended}", at);
    }

    /// <summary>The time is over, or the demo cannot go on for a reason outside the nodes.</summary>
    public void Fail(string cause, TimeSpan at)
    {
        if (!IsOver)
        {
            var missing = Missing(Phase).ToList();
            Phase = DemoPhase.Failed;
            Report(new DemoFact.Incomplete(cause, missing, at));
        }
    }

    public bool TryPollAction(out DemoAction? action) => _actions.TryDequeue(out action);

    private void Proceed(TimeSpan at)
    {
        if (Phase == DemoPhase.Meshing)
        {
            MakeCalls();
            if (_nodes.All(n => n.Key is not null) && Pairs().All(pair => pair.From.Has(pair.To)))
            {
                Phase = DemoPhase.KillingExchange;
                _actions.Enqueue(new DemoAction.KillExchange());
            }
        }
        else if (Phase == DemoPhase.Greeting && Pairs().All(pair => pair.From.GreetingTo(pair.To) is not null))
        {
            CheckGreetings(at);
        }
        else if (Phase == DemoPhase.Measuring && Pairs().All(pair => pair.From.RoundTripTo(pair.To) is not null))
        {
            Finish(at);
        }
    }

    /// <summary>Node 1 calls node 2 and every further node calls node 1, as soon as both are at the exchange.</summary>
    private void MakeCalls()
    {
        var first = _nodes[0];
        foreach (var node in _nodes.Skip(1).Where(n => !n.IsCallMade && n.IsReady && first.IsReady))
        {
            node.IsCallMade = true;
            var (caller, callee) = node.Number == 2 ? (first, node) : (node, first);
            _actions.Enqueue(new DemoAction.Tell(caller.Number, new NodeOrder.Call(callee.Key!.Value)));
        }
    }

    private void CheckGreetings(TimeSpan at)
    {
        if (Verified < ExpectedPairs)
        {
            Fail($"{Verified} of {ExpectedPairs} greetings verified", at);
            return;
        }

        // One ping at a time from each node: together they would measure how busy the machine is.
        Phase = DemoPhase.Measuring;
        foreach (var node in _nodes)
        {
            TellNextPing(node);
        }
    }

    private void TellNextPing(DemoNode from)
    {
        if (_nodes.FirstOrDefault(to => to != from && from.RoundTripTo(to) is null) is { } next)
        {
            _actions.Enqueue(new DemoAction.Tell(from.Number, new NodeOrder.Ping(next.Key!.Value)));
        }
    }

    private void Finish(TimeSpan at)
    {
        if (Pairs().Any(pair => pair.From.WhyNotMeasured(pair.To) is not null))
        {
            Fail("a peer did not answer a ping", at);
            return;
        }

        Phase = DemoPhase.Complete;
        IReadOnlyList<IReadOnlyList<double?>> rtt = [.. _nodes.Select(from => (IReadOnlyList<double?>)[.. _nodes.Select(to => from.RoundTripTo(to)?.Ms)])];
        Report(new DemoFact.Complete(_nodes.Length, ExpectedPairs, Verified, rtt, at));
    }

    private IEnumerable<MissingPair> Missing(DemoPhase phase) =>
        from pair in Pairs()
        let why = phase switch
        {
            DemoPhase.Greeting => pair.From.WhyNotGreeted(pair.To),
            DemoPhase.Measuring => pair.From.WhyNotMeasured(pair.To),
            _ => pair.From.WhyNotConnected(pair.To),
        }
        where why is not null
        select new MissingPair(pair.From.Number, pair.To.Number, why);

    private IEnumerable<(DemoNode From, DemoNode To)> Pairs() =>
        from a in _nodes
        from b in _nodes
        where a != b
        select (a, b);

    private int? NumberOf(PeerId key) => _nodes.FirstOrDefault(n => n.Key == key)?.Number;

    private void Report(DemoFact fact) => _actions.Enqueue(new DemoAction.Report(fact));
}
