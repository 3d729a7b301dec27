using KillaBeez.Swarm.Admission;
using KillaBeez.Swarm.Gossip;

namespace KillaBeez.Swarm.Tests.Gossip;

/// <summary>
/// Many gossip engines on virtual time: messages take 1 to 50 ms and stay in order between two nodes, calls
/// succeed or fail at random after a while, nodes stop and come back, messages may be lost.
/// </summary>
internal sealed class GossipFabric : IDisposable
{
    private readonly SeededRandomSource _random;
    private readonly GossipOptions _options;
    private readonly PriorityQueue<Action, (Instant At, long Order)> _agenda = new();
    private readonly Dictionary<(PeerId, PeerId), Instant> _lastArrival = [];
    private readonly HashSet<(PeerId, PeerId)> _calls = [];
    private long _order;
    private ulong _incarnation = 1;

    public GossipFabric(ulong seed, int nodes, GossipOptions? options = null)
    {
        _random = new SeededRandomSource(seed);
        _options = options ?? new GossipOptions { Incarnation = 1 };
        for (var i = 0; i < nodes; i++)
        {
            var key = KeyPair.Generate(_random);
            Nodes.Add(key.Id, new Node(key, NewEngine(key)));
        }
    }

    public Dictionary<PeerId, Node> Nodes { get; } = [];

    public Instant Now { get; private set; } = Instant.Zero.AddMs(1);

    public double CallFailureRate { get; set; }

    public double MessageLossRate { get; set; }

    public int CallsMade { get; private set; }

    public int InformsMade { get; private set; }

    public IEnumerable<Node> Living => Nodes.Values.Where(node => node.IsUp);

    /// <summary>The links between living nodes, each counted once.</summary>
    public int Links => Living.Sum(node => node.Peers.Count) / 2;

    public void Connect(PeerId a, PeerId b)
    {
        if (a == b || !Nodes[a].IsUp || !Nodes[b].IsUp || !Nodes[a].Peers.Add(b))
        {
            return;
        }

        Nodes[b].Peers.Add(a);
        var rtt = TimeSpan.FromMilliseconds(_random.NextInt32(1, 200));
        foreach (var (self, peer) in new[] { (a, b), (b, a) })
        {
            Nodes[self].Engine.PeerConnected(Now, peer);
            Nodes[self].Engine.RttMeasured(Now, peer, rtt);
            Settle(self);
        }
    }

    /// <summary>The node vanishes; its peers notice one after the other.</summary>
    public void Stop(PeerId id)
    {
        var node = Nodes[id];
        node.IsUp = false;
        foreach (var peer in node.Peers)
        {
            Nodes[peer].Peers.Remove(id);
            After(_random.NextInt32(1, 3000), () =>
            {
                if (!Nodes[peer].Peers.Contains(id))
                {
                    Nodes[peer].Engine.PeerDisconnected(Now, id);
                    Settle(peer);
                }
            });
        }

        node.Peers.Clear();
    }

    public void Start(PeerId id)
    {
        Nodes[id].IsUp = true;
        Nodes[id].Engine = NewEngine(Nodes[id].Key);
    }

    public void Run(TimeSpan time)
    {
        var end = Now + time;
        while (true)
        {
            var timer = Living.Min(node => node.Engine.NextTimeout);
            var action = _agenda.TryPeek(out _, out var due) ? due.At : Instant.Never;
            var next = Instant.Min(timer, action);
            if (next > end)
            {
                Now = end;
                return;
            }

            Now = Instant.Max(Now, next);
            if (action <= timer)
            {
                _agenda.Dequeue()();
                continue;
            }

            foreach (var node in Living.Where(node => node.Engine.NextTimeout <= Now).ToArray())
            {
                node.Engine.HandleTimeout(Now);
                Settle(node.Key.Id);
            }
        }
    }

    public bool IsFullMesh()
    {
        var living = Living.ToArray();
        return living.All(node => node.Peers.Count == living.Length - 1);
    }

    /// <summary>Null where every node holds every peer's map as that peer would tell it.</summary>
    public string? CompareMaps()
    {
        foreach (var node in Living)
        {
            foreach (var peer in node.Peers)
            {
                var held = node.Engine.MapOf(peer).Select(entry => entry.Peer).Order();
                if (!held.SequenceEqual(Nodes[peer].Peers.Order()))
                {
                    return $"{node.Key.Id.ToShortString()} holds another map of {peer.ToShortString()} than that has";
                }
            }
        }

        return null;
    }

    public void Dispose()
    {
        foreach (var node in Nodes.Values)
        {
            node.Key.Dispose();
        }
    }

    private GossipEngine NewEngine(KeyPair key) => new(key, _options with { Incarnation = _incarnation++ }, _random.Fork());

    private void After(int ms, Action action) => _agenda.Enqueue(action, (Now.AddMs(ms), _order++));

    private void Settle(PeerId id)
    {
        var node = Nodes[id];
        while (node.Engine.TryPollTransmit(out var to, out var message))
        {
            if (!_random.Chance(MessageLossRate))
            {
                Carry(id, to, message);
            }
        }

        while (node.Engine.TryPollEvent(out var e))
        {
            if (e.Kind == GossipEventKind.CallWanted)
            {
                Call(id, e.Target, e.Via);
            }
            else if (e.Kind == GossipEventKind.InformWanted)
            {
                Inform(id, e.Target, e.Via);
            }
        }
    }

    private void Carry(PeerId from, PeerId to, byte[] message)
    {
        var arrival = Instant.Max(Now.AddMs(_random.NextInt32(1, 50)), _lastArrival.GetValueOrDefault((from, to)));
        _lastArrival[(from, to)] = arrival;
        var engine = Nodes[to].Engine;
        _agenda.Enqueue(
            () =>
            {
                if (Nodes[to].Engine == engine && Nodes[to].Peers.Contains(from))
                {
                    engine.HandleMessage(Now, from, message);
                    Settle(to);
                }
            },
            (arrival, _order++));
    }

    private void Call(PeerId from, PeerId to, PeerId via)
    {
        if (from < to)
        {
            throw new InvalidOperationException("the smaller key calls");
        }

        if (!Nodes[from].Engine.PeersConnectedTo(to).Contains(via))
        {
            throw new InvalidOperationException("a call through a peer that does not know the target");
        }

        CallsMade++;
        if (!_calls.Add((from, to)))
        {
            return;
        }

        After(_random.NextInt32(10, 60), () =>
        {
            Nodes[to].Engine.CallInProgress(Now, from);
            Settle(to);
        });
        After(_random.NextInt32(60, 500), () =>
        {
            _calls.Remove((from, to));
            if (_random.Chance(CallFailureRate) || !Nodes[from].IsUp || !Nodes[to].IsUp || !Accepts(to, from))
            {
                Nodes[from].Engine.CallFailed(Now, to);
                Settle(from);
            }
            else
            {
                Connect(from, to);
            }
        });
    }

    /// <summary>What a node's admission says to an offer of the mesh, knowing what its gossip knows.</summary>
    private bool Accepts(PeerId at, PeerId from)
    {
        var node = Nodes[at];
        var admission = new AdmissionEngine(at, new AdmissionOptions
        {
            MaxPlaces = 10_000,
            MeshDegree = _options.MeshDegree,
            AcceptedDegree = _options.AcceptedDegree,
            RingNeighbours = _options.RingNeighbours,
        });
        foreach (var key in node.Engine.KnownPeers)
        {
            admission.Learned(key, hasRoom: true);
        }

        foreach (var peer in node.Peers)
        {
            admission.CallByMesh(Now, peer, via: null);
            admission.PeerUp(peer);
        }

        return admission.Offer(Now, new AdmissionOffer(from, Via: null, IsByApplication: false)).Verdict == AdmissionVerdict.Accept;
    }

    private void Inform(PeerId from, PeerId to, PeerId via)
    {
        InformsMade++;
        if (from > to || !Nodes[from].Engine.PeersConnectedTo(to).Contains(via))
        {
            throw new InvalidOperationException("an inform that makes no sense");
        }

        if (Nodes[to].IsUp && !Nodes[to].Peers.Contains(from) && Accepts(to, from))
        {
            Call(to, from);
        }
    }

    private void Call(PeerId from, PeerId to) => After(_random.NextInt32(60, 500), () => Connect(from, to));

    internal sealed class Node(KeyPair key, GossipEngine engine)
    {
        public KeyPair Key { get; } = key;

        public GossipEngine Engine { get; set; } = engine;

        public HashSet<PeerId> Peers { get; } = [];

        public bool IsUp { get; set; } = true;
    }
}
