using KillaBeez.Cli.Demo;
using KillaBeez.Cli.Nodes;

namespace KillaBeez.Cli.Tests.Demo;

public sealed class DemoScriptTests
{
    private const int BodyBytes = 1000;

    private readonly List<DemoFact> _facts = [];
    private readonly List<(int Node, NodeOrder Order)> _orders = [];
    private int _exchangeKills;

    private static PeerId Key(int node) => new(Enumerable.Repeat((byte)node, PeerId.SizeBytes).ToArray());

    private static TimeSpan At => TimeSpan.FromSeconds(1);

    private void Drain(DemoScript script)
    {
        while (script.TryPollAction(out var action))
        {
            switch (action)
            {
                case DemoAction.Report report:
                    _facts.Add(report.Fact);
                    break;
                case DemoAction.Tell tell:
                    _orders.Add((tell.Node, tell.Order));
                    break;
                default:
                    _exchangeKills++;
                    break;
            }
        }
    }

    private void Say(DemoScript script, int node, ProcessEvent e)
    {
        script.HandleNodeEvent(node, e, At);
        Drain(script);
    }

    private void StartAll(DemoScript script, int nodes)
    {
        for (var node = 1; node <= nodes; node++)
        {
            Say(script, node, new ProcessEvent.Started(Key(node), 1000 + node));
            Say(script, node, new ProcessEvent.ExchangeState("ws://x/", true, null));
        }
    }

    private static IEnumerable<(int From, int To)> Pairs(int nodes) =>
        from a in Enumerable.Range(1, nodes)
        from b in Enumerable.Range(1, nodes)
        where a != b
        select (a, b);

    private void ConnectAll(DemoScript script, int nodes)
    {
        foreach (var (from, to) in Pairs(nodes))
        {
            Say(script, from, new ProcessEvent.PeerConnected(Key(to)));
        }
    }

    [Fact]
    public void StartedNodes_MakeOneCallLessThanThereAreNodes()
    {
        var script = new DemoScript(4, BodyBytes);

        StartAll(script, 4);

        Assert.Equal(
            [(1, new NodeOrder.Call(Key(2))), (3, new NodeOrder.Call(Key(1))), (4, new NodeOrder.Call(Key(1)))],
            _orders);
    }

    [Fact]
    public void NodeNotAtTheExchange_IsNotCalledYet()
    {
        var script = new DemoScript(2, BodyBytes);

        Say(script, 1, new ProcessEvent.Started(Key(1), 1001));
        Say(script, 1, new ProcessEvent.ExchangeState("ws://x/", true, null));
        Say(script, 2, new ProcessEvent.Started(Key(2), 1002));
        Assert.Empty(_orders);

        Say(script, 2, new ProcessEvent.ExchangeState("ws://x/", true, null));
        Assert.Equal([(1, new NodeOrder.Call(Key(2)))], _orders);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(16)]
    public void WholeCourse_EverythingAnswered_Completes(int nodes)
    {
        var script = new DemoScript(nodes, BodyBytes);
        StartAll(script, nodes);
        ConnectAll(script, nodes);
        Assert.Equal(nodes * (nodes - 1), _facts.OfType<DemoFact.GotPeer>().Count());
        Assert.Equal(1, _exchangeKills);
        Assert.DoesNotContain(_orders, o => o.Order is NodeOrder.Greet);

        script.HandleExchangeGone(At);
        Drain(script);
        Assert.Equal(
            Pairs(nodes).Select(p => (p.From, (NodeOrder)new NodeOrder.Greet(Key(p.To), BodyBytes))),
            _orders.Where(o => o.Order is NodeOrder.Greet));

        foreach (var (from, to) in Pairs(nodes))
        {
            Say(script, from, new ProcessEvent.Greeted(Key(to), BodyBytes, true, null));
        }

        // Each node has one ping under way at a time; answer until there is none left.
        for (var i = 0; i < _orders.Count; i++)
        {
            if (_orders[i].Order is NodeOrder.Ping ping)
            {
                Say(script, _orders[i].Node, new ProcessEvent.Rtt(ping.Key, 0.5, null));
            }
        }

        Assert.Equal(DemoPhase.Complete, script.Phase);
        var complete = Assert.IsType<DemoFact.Complete>(_facts[^1]);
        Assert.Equal((nodes, nodes * (nodes - 1), nodes * (nodes - 1)), (complete.Nodes, complete.Peers, complete.Verified));
        Assert.All(complete.RttMs.SelectMany((row, i) => row.Where((_, j) => i != j)), ms => Assert.Equal(0.5, ms));
    }

    [Fact]
    public void OnePairMissing_ExchangeIsNotKilled_AndTheTimeoutNamesThePair()
    {
        var script = new DemoScript(3, BodyBytes);
        StartAll(script, 3);
        foreach (var (from, to) in Pairs(3).Where(p => p != (2, 3)))
        {
            Say(script, from, new ProcessEvent.PeerConnected(Key(to)));
        }

        Assert.Equal(0, _exchangeKills);
        script.Fail("not done after 30 s", At);
        Drain(script);

        var incomplete = Assert.IsType<DemoFact.Incomplete>(_facts[^1]);
        Assert.Equal([new MissingPair(2, 3, "no connection came about")], incomplete.Missing);
        Assert.Equal(DemoPhase.Failed, script.Phase);
    }

    [Fact]
    public void FailedCall_IsTheReasonOfItsPair()
    {
        var script = new DemoScript(2, BodyBytes);
        StartAll(script, 2);
        Say(script, 1, new ProcessEvent.CallFailed(Key(2), "nobody there"));

        script.Fail("not done", At);
        Drain(script);

        var incomplete = Assert.IsType<DemoFact.Incomplete>(_facts[^1]);
        Assert.Equal([new MissingPair(1, 2, "the call failed: nobody there"), new MissingPair(2, 1, "no connection came about")], incomplete.Missing);
    }

    [Fact]
    public void PeerThatDisconnects_IsMissingAgain()
    {
        var script = new DemoScript(2, BodyBytes);
        StartAll(script, 2);
        Say(script, 1, new ProcessEvent.PeerConnected(Key(2)));
        Say(script, 1, new ProcessEvent.PeerDisconnected(Key(2), "link failed"));
        Say(script, 2, new ProcessEvent.PeerConnected(Key(1)));

        Assert.Equal(0, _exchangeKills);
        script.Fail("not done", At);
        Drain(script);
        Assert.Equal([new MissingPair(1, 2, "disconnected: link failed")], Assert.IsType<DemoFact.Incomplete>(_facts[^1]).Missing);
    }

    [Fact]
    public void ProcessThatEnds_FailsTheDemoAtOnce()
    {
        var script = new DemoScript(2, BodyBytes);
        StartAll(script, 2);

        script.HandleNodeGone(2, 134, "first\nlast words\n", At);
        Drain(script);

        var incomplete = Assert.IsType<DemoFact.Incomplete>(_facts[^1]);
        Assert.Equal("peer2 is gone: its process ended with exit code 134 (last words)", incomplete.Cause);
        Assert.All(incomplete.Missing, pair => Assert.Equal("peer2: its process ended with exit code 134 (last words)", pair.Why));
    }

    [Fact]
    public void WrongAnswer_FailsTheDemoAndNamesThePair()
    {
        var script = new DemoScript(2, BodyBytes);
        StartAll(script, 2);
        ConnectAll(script, 2);
        script.HandleExchangeGone(At);
        Say(script, 1, new ProcessEvent.Greeted(Key(2), BodyBytes, false, "the answer is not the hash of what was sent"));
        Assert.False(script.IsOver);
        Say(script, 2, new ProcessEvent.Greeted(Key(1), BodyBytes, true, null));

        var incomplete = Assert.IsType<DemoFact.Incomplete>(_facts[^1]);
        Assert.Equal("1 of 2 greetings verified", incomplete.Cause);
        Assert.Equal([new MissingPair(1, 2, "the answer is not the hash of what was sent")], incomplete.Missing);
    }

    [Fact]
    public void GreetingsBeforeTheExchangeIsGone_DoNotCount()
    {
        var script = new DemoScript(2, BodyBytes);
        StartAll(script, 2);
        ConnectAll(script, 2);
        Say(script, 1, new ProcessEvent.Greeted(Key(2), BodyBytes, true, null));
        Say(script, 2, new ProcessEvent.Greeted(Key(1), BodyBytes, true, null));

        Assert.Equal(DemoPhase.KillingExchange, script.Phase);
    }

    [Fact]
    public void UnansweredPing_FailsTheDemo()
    {
        var script = new DemoScript(2, BodyBytes);
        StartAll(script, 2);
        ConnectAll(script, 2);
        script.HandleExchangeGone(At);
        Say(script, 1, new ProcessEvent.Greeted(Key(2), BodyBytes, true, null));
        Say(script, 2, new ProcessEvent.Greeted(Key(1), BodyBytes, true, null));
        Say(script, 1, new ProcessEvent.Rtt(Key(2), null, "gone"));
        Say(script, 2, new ProcessEvent.Rtt(Key(1), 0.3, null));

        var incomplete = Assert.IsType<DemoFact.Incomplete>(_facts[^1]);
        Assert.Equal([new MissingPair(1, 2, "no round-trip time: gone")], incomplete.Missing);
    }

    [Fact]
    public void ExchangeThatEndsByItself_FailsTheDemo()
    {
        var script = new DemoScript(2, BodyBytes);

        script.HandleExchangeGone(At);

        Assert.Equal(DemoPhase.Failed, script.Phase);
    }
}
