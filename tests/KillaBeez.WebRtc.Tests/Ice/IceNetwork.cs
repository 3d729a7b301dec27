using System.Net;
using KillaBeez.WebRtc.Ice;

namespace KillaBeez.WebRtc.Tests.Ice;

/// <summary>
/// Agents on a simulated network under virtual time: seeded loss, delay and with it reordering, address
/// translation, and a signalling channel that may be slow.
/// </summary>
internal sealed partial class IceNetwork
{
    private readonly PriorityQueue<Action, (Instant At, long Order)> _events = new();
    private readonly SeededRandomSource _random;
    private readonly List<IceNode> _nodes = [];
    private long _order;

    public IceNetwork(ulong seed, double loss = 0, int minDelayMs = 1, int maxDelayMs = 1)
    {
        _random = new SeededRandomSource(seed);
        Loss = loss;
        MinDelayMs = minDelayMs;
        MaxDelayMs = maxDelayMs;
    }

    public Instant Now { get; private set; } = Instant.FromElapsed(TimeSpan.FromHours(1));

    public double Loss { get; set; }

    public int MinDelayMs { get; set; }

    public int MaxDelayMs { get; set; }

    /// <summary>Takes a datagram's path and content; true swallows it.</summary>
    public Func<NetworkPath, byte[], bool>? Drop { get; set; }

    /// <summary>Sees every datagram that a node sends.</summary>
    public Action<IceNode, NetworkPath, byte[]>? Sent { get; set; }

    /// <summary>Inside address to outside address, of every translator there is.</summary>
    public Dictionary<TransportAddress, TransportAddress> Translations { get; } = [];

    /// <summary>Takes an address from a node: nothing arrives there, and the agent is told.</summary>
    public void Remove(IceNode node, TransportAddress address)
    {
        node.Addresses.Remove(address);
        node.Relays.Remove(address);
        BreakConnections(path => path.Local == address || path.Remote == address);
        node.Agent.RemoveLocalBase(Now, address);
    }

    /// <summary>Gives a node another address; the agent is told, its peer is not.</summary>
    public TransportAddress Add(IceNode node, string endPoint)
    {
        var address = Parse(endPoint);
        node.Addresses.Add(address);
        node.Agent.AddLocalCandidate(Now, node.Candidate(node.Addresses.Count - 1));
        return address;
    }

    public IceNode AddNode(IceOptions? options = null, params string[] addresses)
    {
        var node = new IceNode(new IceAgent(options ?? IceOptions.Default, _random.Fork()));
        node.Addresses.AddRange(addresses.Select(Parse));
        _nodes.Add(node);
        return node;
    }

    /// <summary>"tcp:" before an address makes it one of TCP.</summary>
    public static TransportAddress Parse(string endPoint) => endPoint.StartsWith("tcp:", StringComparison.Ordinal)
        ? TransportAddress.From(IPEndPoint.Parse(endPoint[4..])).AsTcp()
        : TransportAddress.From(IPEndPoint.Parse(endPoint));

    public void After(double milliseconds, Action action) => _events.Enqueue(action, (Now.AddMs(milliseconds), _order++));

    /// <summary>Carries everything out until the condition holds; false where it does not within the time.</summary>
    public bool RunUntil(Func<bool> condition, TimeSpan limit)
    {
        var end = Now + limit;
        foreach (var node in _nodes)
        {
            Drain(node);
        }

        while (!condition())
        {
            var next = _events.TryPeek(out _, out var priority) ? priority.At : Instant.Never;
            foreach (var node in _nodes)
            {
                next = Instant.Min(next, Instant.Max(node.Agent.NextTimeout, Now));
            }

            if (next > end)
            {
                Now = end;
                return condition();
            }

            Now = next;
            while (_events.TryPeek(out var action, out priority) && priority.At <= Now)
            {
                _events.Dequeue();
                action();
            }

            foreach (var node in _nodes)
            {
                if (node.Agent.NextTimeout <= Now)
                {
                    node.Agent.HandleTimeout(Now);
                }

                Drain(node);
            }
        }

        return true;
    }

    public void Run(TimeSpan time) => RunUntil(() => false, time);

    /// <summary>Puts a datagram on the wire as if somebody at <paramref name="source"/> had sent it.</summary>
    public void Inject(TransportAddress source, TransportAddress destination, byte[] datagram)
    {
        var delay = MinDelayMs + (_random.NextDouble() * (MaxDelayMs - MinDelayMs));
        After(delay, () => Deliver(source, destination, datagram));
    }

    private void Deliver(TransportAddress source, TransportAddress destination, byte[] datagram)
    {
        foreach (var node in _nodes)
        {
            foreach (var address in node.Addresses)
            {
                if (Outside(address) == destination)
                {
                    node.Received++;
                    node.Agent.HandleDatagram(Now, new NetworkPath(address, source), datagram);
                    Drain(node);
                    return;
                }
            }
        }
    }

    private void Drain(IceNode node)
    {
        Span<byte> buffer = stackalloc byte[IceAgent.MinTransmitBytes];
        while (node.Agent.TryPollTransmit(Now, buffer, out var written, out var path))
        {
            var datagram = buffer[..written].ToArray();
            Sent?.Invoke(node, path, datagram);
            node.Sent++;
            node.SentAt.Add(Now);
            if (path.Local.IsTcp)
            {
                SendOverTcp(node, path, datagram);
                continue;
            }

            if (_random.Chance(Loss) || Drop?.Invoke(path, datagram) == true)
            {
                continue;
            }

            Inject(Outside(path.Local), path.Remote, datagram);
        }

        while (node.Agent.TryPollEvent(out var e))
        {
            node.Events.Add(e);
            node.EventTimes.Add(Now);
        }
    }

    private TransportAddress Outside(TransportAddress address) => Translations.GetValueOrDefault(address, address);
}

/// <summary>An agent and what happened to it.</summary>
internal sealed class IceNode(IceAgent agent)
{
    public IceAgent Agent { get; } = agent;

    public List<TransportAddress> Addresses { get; } = [];

    public List<IceEvent> Events { get; } = [];

    public List<Instant> EventTimes { get; } = [];

    public List<Instant> SentAt { get; } = [];

    public int Sent { get; set; }

    public int Received { get; set; }

    public bool IsConnected => Agent.State is IceState.Connected or IceState.Completed;

    public bool IsCompleted => Agent.State == IceState.Completed;

    public IEnumerable<IceState> States => Events.Where(e => e.Kind == IceEventKind.StateChanged).Select(e => e.State);

    /// <summary>Addresses that stand for allocations at a TURN server.</summary>
    public HashSet<TransportAddress> Relays { get; } = [];

    public IceCandidate Candidate(int index)
    {
        var address = Addresses[index];
        var preference = IcePriority.LocalPreference(address.IsIPv6, index);
        return address switch
        {
            _ when Relays.Contains(address) => IceCandidate.Relayed(address, Addresses[0], address, preference),
            { IsTcp: true, Port: IceTcpType.ActivePort } => IceCandidate.TcpActive(address, preference),
            { IsTcp: true } => IceCandidate.TcpPassive(address, preference),
            _ => IceCandidate.Host(address, preference),
        };
    }
}
