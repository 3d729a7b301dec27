namespace KillaBeez.Swarm.Gossip;

/// <content>Who is connected to whom, and how far: what path and relay choice ask.</content>
internal sealed partial class GossipEngine
{
    public IReadOnlyCollection<PeerId> ConnectedPeers => _peers.Keys;

    /// <summary>Connected peers and all that they are connected to, in the order of their keys; never this node.</summary>
    public IReadOnlyCollection<PeerId> KnownPeers => _discovery.Known;

    /// <summary>Connected peers that say they are connected to this key: those who can carry a signal or a relay to it.</summary>
    public IReadOnlyCollection<PeerId> PeersConnectedTo(PeerId id) => _discovery.Vias(id);

    /// <summary>Whom a connected peer says it is connected to, with round trips where measured; empty for others.</summary>
    public IEnumerable<(PeerId Peer, TimeSpan? Rtt)> MapOf(PeerId id) =>
        _peers.TryGetValue(id, out var peer)
            ? peer.Map.Select(entry => (entry.Key, NetworkMapEntry.RttOf(entry.Value)))
            : [];

    /// <summary>
    /// The round trip between two nodes: measured by this one where it is one of the two, otherwise as the first
    /// tells it. Null where it is not known.
    /// </summary>
    public TimeSpan? RttBetween(PeerId from, PeerId to)
    {
        if (from == _key.Id)
        {
            return _peers.TryGetValue(to, out var neighbour) ? NetworkMapEntry.RttOf(neighbour.RttCode) : null;
        }

        if (to == _key.Id)
        {
            return RttBetween(to, from);
        }

        return _peers.TryGetValue(from, out var peer) && peer.Map.TryGetValue(to, out var code) ? NetworkMapEntry.RttOf(code) : null;
    }

    /// <summary>
    /// Whether an offer or an inform of this key is to be followed: up to twice the degree that this node seeks by
    /// itself, and always where the key is connected already or one of the nearest.
    /// </summary>
    public bool Accepts(PeerId id) => _discovery.Accepts(id);
}
