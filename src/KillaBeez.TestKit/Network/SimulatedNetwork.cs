namespace KillaBeez.TestKit;

/// <summary>
/// The network of a simulation: every pair of nodes has a path with its conditions, and partitions come and go.
/// Everything runs on the simulation's one thread, in virtual time, and is decided by its seed.
/// </summary>
public sealed class SimulatedNetwork
{
    private readonly Dictionary<(PeerId, PeerId), PathConditions> _conditions = [];
    private readonly Dictionary<PeerId, int> _groups = [];
    private readonly Dictionary<PeerId, SimulatedHost> _hosts = [];
    private readonly HashSet<(PeerId From, PeerId To)> _corrupted = [];
    private readonly Dictionary<long, SimulatedAttempt> _offers = [];
    private readonly List<SimulatedPath> _paths = [];
    private long _lastOffer;

    internal SimulatedNetwork(Simulation simulation, IRandomSource random)
    {
        Simulation = simulation;
        Random = random;
    }

    /// <summary>The conditions of every path that has none of its own.</summary>
    public PathConditions Defaults { get; set; } = new();

    /// <summary>Links that are up now.</summary>
    public int LinkCount => _paths.Count;

    internal Simulation Simulation { get; }

    internal IRandomSource Random { get; }

    /// <summary>Sets the conditions between two nodes, both ways, for messages sent from now on.</summary>
    public void SetPath(PeerId a, PeerId b, PathConditions conditions)
    {
        ArgumentNullException.ThrowIfNull(conditions);
        _conditions[Key(a, b)] = conditions;
    }

    /// <summary>
    /// Cuts the network into groups: nothing passes between two of them. Nodes in no group are together in one
    /// more. Links across the cut fall silent, and die when their ends notice.
    /// </summary>
    public void Partition(params IReadOnlyCollection<PeerId>[] groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        _groups.Clear();
        for (var i = 0; i < groups.Length; i++)
        {
            foreach (var node in groups[i])
            {
                _groups[node] = i + 1;
            }
        }
    }

    /// <summary>Ends the partition. What links held back is delivered, where they still live.</summary>
    public void Heal()
    {
        _groups.Clear();
        foreach (var path in _paths.ToArray())
        {
            path.DeliverHeld();
        }
    }

    /// <summary>Kills every link between two nodes; both ends are told after the path's latency.</summary>
    /// <returns>How many there were.</returns>
    public int CutLinks(PeerId a, PeerId b)
    {
        var between = _paths.FindAll(p => p.Connects(a, b));
        between.ForEach(p => p.Die("the link was cut"));
        return between.Count;
    }

    /// <summary>
    /// Changes one bit in the next message that one node sends another, as a fault or an attacker on the way would.
    /// </summary>
    public void CorruptNextMessage(PeerId from, PeerId to) => _corrupted.Add((from, to));

    /// <summary>Whether two nodes can reach each other now.</summary>
    public bool AreReachable(PeerId a, PeerId b) =>
        _hosts.GetValueOrDefault(a) is not { IsDead: true } && _hosts.GetValueOrDefault(b) is not { IsDead: true } && AreInOneGroup(a, b);

    internal PathConditions ConditionsOf(PeerId a, PeerId b) => _conditions.GetValueOrDefault(Key(a, b), Defaults);

    internal bool AreReachable(SimulatedHost a, SimulatedHost b) => !a.IsDead && !b.IsDead && AreInOneGroup(a.Id, b.Id);

    /// <summary>What a new node runs on, also one with the key of a dead one.</summary>
    internal SimulatedHost AddHost(PeerId node) => _hosts[node] = new SimulatedHost(node);

    /// <summary>A node that is gone without a word: its links fall silent.</summary>
    internal void Kill(SimulatedHost host)
    {
        host.IsDead = true;
        foreach (var path in _paths.ToArray())
        {
            path.NoteDeath(host);
        }
    }

    internal TimeSpan Delay(PathConditions conditions) => conditions.Latency + (conditions.Jitter * Random.NextDouble());

    internal bool TakeCorruption(PeerId from, PeerId to) => _corrupted.Count > 0 && _corrupted.Remove((from, to));

    internal long Register(SimulatedAttempt offer)
    {
        _offers.Add(++_lastOffer, offer);
        return _lastOffer;
    }

    internal SimulatedAttempt? TakeOffer(long number) => _offers.Remove(number, out var offer) ? offer : null;

    internal void Forget(long offer) => _offers.Remove(offer);

    internal void Add(SimulatedPath path) => _paths.Add(path);

    internal void Remove(SimulatedPath path) => _paths.Remove(path);

    private bool AreInOneGroup(PeerId a, PeerId b) => _groups.GetValueOrDefault(a) == _groups.GetValueOrDefault(b);

    private static (PeerId, PeerId) Key(PeerId a, PeerId b) => a < b ? (a, b) : (b, a);
}
