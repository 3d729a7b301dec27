using KillaBeez.Swarm.Calls;
using KillaBeez.Swarm.Signaling;

namespace KillaBeez.Swarm.Tests.Calls;

/// <summary>
/// Two nodes, signals in flight between them, and model transports: a link can open once the caller's transport
/// has the answer and both transports live; each side learns of opening and closing in its own time. Whoever
/// drives it decides every next step.
/// </summary>
internal sealed class CallWorld
{
    private readonly List<Signal> _signals = [];
    private readonly List<Notice> _notices = [];
    private readonly HashSet<SignalCallId> _opened = [];
    private readonly CallOptions _options;
    private readonly SeededRandomSource _random;

    public CallWorld(ulong seed, CallOptions? options = null)
    {
        _options = options ?? CallOptions.Default;
        _random = new SeededRandomSource(seed);
        Nodes = [NewNode(0), NewNode(1)];
    }

    public enum StepKind
    {
        Deliver,
        Lose,
        Duplicate,
        Open,
        Notify,
        Prepare,
        Timeout,
    }

    public Node[] Nodes { get; }

    public Instant Now { get; private set; } = Instant.Zero;

    public bool PreparesAtOnce { get; set; } = true;

    /// <summary>Local candidates that every transport finds after its description.</summary>
    public int Candidates { get; set; }

    /// <summary>A node whose connection went away calls again, as a session that wants a link does.</summary>
    public bool CallsAgain { get; set; } = true;

    /// <summary>All that can happen next. Losses, doubles and early time-outs are offered where the driver allows them.</summary>
    public List<Step> Steps(bool losses, bool duplicates, bool earlyTimeouts)
    {
        List<Step> steps = [];
        // Of signals that say the same, one stands for all: their order makes no difference.
        var distinct = Enumerable.Range(0, _signals.Count).Where(i => !_signals.Take(i).Contains(_signals[i])).ToArray();
        foreach (var i in distinct)
        {
            steps.Add(new Step(StepKind.Deliver, i));
        }

        for (var i = 0; i < _notices.Count; i++)
        {
            if (!_notices.Take(i).Any(earlier => earlier.Node == _notices[i].Node && earlier.Call == _notices[i].Call))
            {
                steps.Add(new Step(StepKind.Notify, i));
            }
        }

        for (var i = 0; i < OpenableCalls().Count; i++)
        {
            steps.Add(new Step(StepKind.Open, i));
        }

        for (var i = 0; i < Nodes.Length; i++)
        {
            if (Nodes[i].ToPrepare.Count > 0)
            {
                steps.Add(new Step(StepKind.Prepare, i));
            }
        }

        var isQuiet = steps.Count == 0;
        foreach (var i in distinct)
        {
            if (losses)
            {
                steps.Add(new Step(StepKind.Lose, i));
            }

            if (duplicates)
            {
                steps.Add(new Step(StepKind.Duplicate, i));
            }
        }

        if ((isQuiet || earlyTimeouts) && Nodes.Any(node => node.Engine.NextTimeout != Instant.Never))
        {
            steps.Add(new Step(StepKind.Timeout, 0));
        }

        return steps;
    }

    public void Do(Step step)
    {
        switch (step.Kind)
        {
            case StepKind.Deliver or StepKind.Duplicate:
                var signal = _signals[step.Index];
                if (step.Kind == StepKind.Deliver)
                {
                    _signals.RemoveAt(step.Index);
                }

                Nodes[signal.To].Engine.HandleSignal(Now, signal.Content);
                Settle(signal.To);
                break;
            case StepKind.Lose:
                _signals.RemoveAt(step.Index);
                break;
            case StepKind.Open:
                Open(OpenableCalls()[step.Index]);
                break;
            case StepKind.Notify:
                var notice = _notices[step.Index];
                _notices.RemoveAt(step.Index);
                Notify(notice);
                break;
            case StepKind.Prepare:
                Prepare(step.Index, Nodes[step.Index].ToPrepare.Dequeue());
                Settle(step.Index);
                break;
            default:
                Now = Instant.Max(Now, Nodes.Min(node => node.Engine.NextTimeout));
                for (var i = 0; i < Nodes.Length; i++)
                {
                    Nodes[i].Engine.HandleTimeout(Now);
                    Settle(i);
                }

                break;
        }
    }

    public void Call(int node)
    {
        Nodes[node].Engine.Call(Now);
        Settle(node);
    }

    /// <summary>Takes the first possible step until nothing is left to do.</summary>
    public void RunToRest()
    {
        for (var i = 0; i < 1000 && Steps(false, false, false) is { Count: > 0 } steps; i++)
        {
            Do(steps[0]);
        }
    }

    /// <summary>The link of the connection breaks; each side will notice in its own time.</summary>
    public void BreakLink()
    {
        var call = Nodes[0].Engine.ConnectedCall!.Value;
        _notices.Add(new Notice(0, call, IsOpen: false));
        _notices.Add(new Notice(1, call, IsOpen: false));
    }

    /// <summary>A node forgets everything; the other side's link will be seen to close.</summary>
    public void Restart(int index)
    {
        foreach (var call in Nodes[index].Transports.Keys.ToArray())
        {
            Close(index, call);
        }

        _notices.RemoveAll(notice => notice.Node == index);
        Nodes[index] = NewNode(index);
    }

    /// <summary>Null where there is exactly one connection and both know it; otherwise what is wrong.</summary>
    public string? Verdict()
    {
        var (a, b) = (Nodes[0], Nodes[1]);
        if (a.Engine.ConnectedCall is not { } call || b.Engine.ConnectedCall != call)
        {
            return $"A is connected by {a.Engine.ConnectedCall?.ToString() ?? "nothing"}, B by {b.Engine.ConnectedCall?.ToString() ?? "nothing"}; A failed {a.Failure}, B failed {b.Failure}";
        }

        if (a.Engine.IsInProgress || b.Engine.IsInProgress)
        {
            return "an attempt is left beside the connection";
        }

        return a.Transports.Count == 1 && b.Transports.Count == 1 && a.Transports.ContainsKey(call) && b.Transports.ContainsKey(call)
            ? null
            : $"A has {a.Transports.Count} transports, B {b.Transports.Count}";
    }

    private static PeerId KeyOf(int node)
    {
        // Node 0 has the larger key.
        var bytes = new byte[PeerId.SizeBytes];
        bytes[0] = (byte)(9 - node);
        return new PeerId(bytes);
    }

    private Node NewNode(int index) => new(new CallEngine(KeyOf(index), KeyOf(1 - index), _options, _random.Fork()));

    private List<SignalCallId> OpenableCalls() =>
        [.. Nodes[0].Transports.Keys.Where(call =>
            !_opened.Contains(call)
            && Nodes[1].Transports.TryGetValue(call, out var other)
            && other.HasBoth && Nodes[0].Transports[call].HasBoth)];

    private void Open(SignalCallId call)
    {
        _opened.Add(call);
        _notices.Add(new Notice(0, call, IsOpen: true));
        _notices.Add(new Notice(1, call, IsOpen: true));
    }

    private void Notify(Notice notice)
    {
        var node = Nodes[notice.Node];
        if (!node.Transports.ContainsKey(notice.Call))
        {
            return;
        }

        if (notice.IsOpen)
        {
            node.Engine.LinkOpened(Now, notice.Call);
        }
        else
        {
            node.Engine.LinkClosed(Now, notice.Call);
        }

        Settle(notice.Node);
    }

    private void Close(int index, SignalCallId call)
    {
        if (Nodes[index].Transports.Remove(call) && _opened.Contains(call) && Nodes[1 - index].Transports.ContainsKey(call))
        {
            _notices.Add(new Notice(1 - index, call, IsOpen: false));
        }
    }

    private void Prepare(int index, CallEvent wanted)
    {
        var node = Nodes[index];
        if (wanted.Kind == CallEventKind.StartOffering)
        {
            node.Engine.LocalOfferReady(Now, wanted.Call, $"offer {wanted.Call}");
        }
        else
        {
            if (node.Transports.TryGetValue(wanted.Call, out var transport))
            {
                transport.HasBoth = true;
            }

            node.Engine.LocalAnswerReady(Now, wanted.Call, $"answer {wanted.Call}");
        }

        for (var i = 0; i < Candidates; i++)
        {
            node.Engine.LocalCandidate(Now, wanted.Call, $"candidate {wanted.Call} {i}");
        }
    }

    private void Settle(int index)
    {
        var node = Nodes[index];
        while (node.Engine.TryPollEvent(out var e))
        {
            switch (e.Kind)
            {
                case CallEventKind.StartOffering or CallEventKind.StartAnswering:
                    Require(e.Kind == CallEventKind.StartOffering || e.Body == $"offer {e.Call}", "the offer is not the call's");
                    node.Transports.Add(e.Call, new Transport());
                    if (PreparesAtOnce)
                    {
                        Prepare(index, e);
                    }
                    else
                    {
                        node.ToPrepare.Enqueue(e);
                    }

                    break;
                case CallEventKind.ApplyAnswer:
                    Require(e.Body == $"answer {e.Call}", "the answer is not the call's");
                    node.Transports[e.Call].HasBoth = true;
                    break;
                case CallEventKind.ApplyCandidate:
                    Require(node.Transports.ContainsKey(e.Call), "a candidate for no transport");
                    break;
                case CallEventKind.SendSignal:
                    _signals.Add(new Signal(1 - index, e.Signal!));
                    break;
                case CallEventKind.Connected:
                    node.Failure = null;
                    break;
                case CallEventKind.DropAttempt or CallEventKind.Disconnected:
                    Close(index, e.Call);
                    if (e.Kind == CallEventKind.Disconnected && CallsAgain)
                    {
                        node.Engine.Call(Now);
                    }

                    break;
                default:
                    node.Failure = e.Failure;
                    break;
            }
        }
    }

    private static void Require(bool ok, string what)
    {
        if (!ok)
        {
            throw new InvalidOperationException(what);
        }
    }

    public readonly record struct Step(StepKind Kind, int Index);

    private readonly record struct Signal(int To, SignalContent Content);

    private readonly record struct Notice(int Node, SignalCallId Call, bool IsOpen);

    internal sealed class Transport
    {
        public bool HasBoth { get; set; }
    }

    internal sealed class Node(CallEngine engine)
    {
        public CallEngine Engine { get; } = engine;

        public Dictionary<SignalCallId, Transport> Transports { get; } = [];

        public Queue<CallEvent> ToPrepare { get; } = [];

        public CallFailure? Failure { get; set; }
    }
}
