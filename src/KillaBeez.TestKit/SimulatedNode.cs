using KillaBeez.Actors.Transport;

namespace KillaBeez.TestKit;

/// <summary>A node in a simulation.</summary>
public sealed class SimulatedNode
{
    private readonly SimulatedSwarm _swarm;
    private readonly ActorSystem _system;
    private readonly SwarmEnvironment _environment;

    internal SimulatedNode(SimulatedSwarm swarm, SwarmNode node, ActorSystem system, SwarmEnvironment environment)
    {
        _environment = environment;
        _swarm = swarm;
        _system = system;
        Node = node;
        Id = node.Id;
    }

    /// <summary>The real node.</summary>
    public SwarmNode Node { get; }

    /// <summary>Its key.</summary>
    public PeerId Id { get; }

    /// <summary>Whether it still runs.</summary>
    public bool IsAlive { get; private set; } = true;

    /// <summary>The keys of the peers it has a session with now.</summary>
    public IEnumerable<PeerId> PeerIds => Node.Peers.Select(p => p.Id);

    /// <summary>Calls another node.</summary>
    public Task<Peer> CallAsync(PeerId id, CancellationToken cancellationToken = default) => Node.CallAsync(id, cancellationToken);

    /// <summary>The actors below, for tests of this repository.</summary>
    internal ActorSystem System => _system;

    /// <summary>Links that are coming about and not yet authenticated.</summary>
    internal int PendingLinks => _environment.PendingLinks.Pending;

    /// <summary>Ends the node without a word, as a power failure does: others find out by its silence.</summary>
    public void Kill()
    {
        if (IsAlive)
        {
            IsAlive = false;
            _swarm.KillNode(this);
            _ = _system.Terminate();
        }
    }

    internal void Release() => _environment.Identity.Dispose();
}
