using KillaBeez.Actors.Transport;

namespace KillaBeez.TestKit;

/// <summary>A node in a simulation.</summary>
public sealed class SimulatedNode
{
    private readonly SimulatedSwarm _swarm;
    private readonly SimulatedHost _host;
    private readonly SwarmEnvironment _environment;

    internal SimulatedNode(SimulatedSwarm swarm, SimulatedHost host, SwarmNode node, ActorSystem system, SwarmEnvironment environment)
    {
        _environment = environment;
        _swarm = swarm;
        _host = host;
        System = system;
        Node = node;
        Id = node.Id;
    }

    /// <summary>The real node.</summary>
    public SwarmNode Node { get; }

    /// <summary>The actor system that the node runs in, for actors of your own beside it: they share its clock and its seed.</summary>
    public ActorSystem System { get; }

    /// <summary>Its key.</summary>
    public PeerId Id { get; }

    /// <summary>Whether it still runs.</summary>
    public bool IsAlive { get; private set; } = true;

    /// <summary>The keys of the peers it has a session with now.</summary>
    public IEnumerable<PeerId> PeerIds => Node.Peers.Select(p => p.Id);

    /// <summary>Calls another node.</summary>
    public Task<Peer> CallAsync(PeerId id, CancellationToken cancellationToken = default) => Node.CallAsync(id, cancellationToken);

    /// <summary>Links that are coming about and not yet authenticated.</summary>
    internal int PendingLinks => _environment.PendingLinks.Pending;

    /// <summary>
    /// Ends the node without a word, as a power failure does: others find out by its silence. A node may be added with the
    /// same key pair afterwards.
    /// </summary>
    public void Kill()
    {
        if (IsAlive)
        {
            IsAlive = false;
            _swarm.Network.Kill(_host);
            _ = _swarm.Simulation.Do(System.Terminate);
        }
    }

    internal void Release() => _environment.Identity.Dispose();
}
