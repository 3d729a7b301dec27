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

    public bool IsKnown(PeerId id) => _discovery.IsKnown(id);

    /// <summary>The next key that has become known, or is known no more; call until false.</summary>
    public bool TryPollKnownChange(out PeerId key, out bool isKnown)
    {
        var any = _discovery.KnownChanges.TryDequeue(out var change);
        (key, isKnown) = change;
        return any;
    }

    /// <summary>
    /// Whether a key may take a further link to a neighbour, as far as that is known: a connected peer whose map has as many
    /// entries as this node would accept even of neighbours has none, if it is like this one.
    /// </summary>
    public bool HasRoom(PeerId id) => !_peers.TryGetValue(id, out var peer) || peer.Map.Count < 2 * _options.AcceptedDegree;
}
