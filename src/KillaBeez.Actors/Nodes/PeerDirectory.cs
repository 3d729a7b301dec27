using System.Collections.Immutable;

namespace KillaBeez.Actors.Nodes;

/// <summary>The connected peers, written by the guardian and read by anybody.</summary>
internal sealed class PeerDirectory
{
    private ImmutableDictionary<PeerId, Peer> _peers = ImmutableDictionary<PeerId, Peer>.Empty;

    public IReadOnlyCollection<Peer> Connected => [.. Volatile.Read(ref _peers).Values];

    public void Add(Peer peer) => Volatile.Write(ref _peers, _peers.SetItem(peer.Id, peer));

    /// <summary>False where the peer was removed before.</summary>
    public bool Remove(Peer peer)
    {
        var isPresent = _peers.TryGetValue(peer.Id, out var present) && ReferenceEquals(present, peer);
        if (isPresent)
        {
            Volatile.Write(ref _peers, _peers.Remove(peer.Id));
        }

        return isPresent;
    }
}
