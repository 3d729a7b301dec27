namespace KillaBeez.Swarm.Gossip;

/// <content>What peers tell.</content>
internal sealed partial class GossipEngine
{
    private static readonly byte[] PullBytes = [(byte)GossipMessageType.Pull];

    /// <summary>A message of the peer's gossip substream. Nothing in it can throw or be kept beyond the limits.</summary>
    public void HandleMessage(Instant now, PeerId from, ReadOnlySpan<byte> message)
    {
        if (!_peers.TryGetValue(from, out var peer) || !peer.TryTakeMessage(now))
        {
            _statistics.Dropped++;
            return;
        }

        if (message.IsEmpty || message.Length > GossipLimits.MessageBytes)
        {
            _statistics.Malformed++;
            return;
        }

        switch ((GossipMessageType)message[0])
        {
            case GossipMessageType.Map: HandleMap(now, peer, message); break;
            case GossipMessageType.Delta: HandleDelta(now, peer, message); break;
            case GossipMessageType.Digest: HandleDigest(now, peer, message); break;
            case GossipMessageType.Pull: HandlePull(now, peer); break;
            default: _statistics.Malformed++; break;
        }

        Pump(now);
    }

    private void HandleMap(Instant now, GossipPeer peer, ReadOnlySpan<byte> message)
    {
        if (!NetworkMapMessage.TryParse(message, out var map, out _))
        {
            _statistics.Malformed++;
            return;
        }

        if (map!.Owner != peer.Id)
        {
            _statistics.Forged++;
            return;
        }

        // The same version again is what a Pull after a digest that did not fit brings: it replaces what is held.
        if (peer.HasMap && (map.Incarnation, map.Version).CompareTo((peer.Incarnation, peer.Version)) < 0)
        {
            _statistics.Stale++;
            return;
        }

        if (!IsSignedBy(peer.Id, NetworkMapMessage.Canonical(map.Owner, map.Incarnation, map.Version, map.Entries), map.Signature))
        {
            _statistics.Forged++;
            return;
        }

        Replace(now, peer, map);
    }

    private void Replace(Instant now, GossipPeer peer, NetworkMapMessage map)
    {
        var gone = new HashSet<PeerId>(peer.Map.Keys);
        peer.HasMap = true;
        peer.Incarnation = map.Incarnation;
        peer.Version = map.Version;
        peer.Map.Clear();
        foreach (var entry in map.Entries)
        {
            peer.Map.Add(entry.Peer, entry.RttCode);
            if (!gone.Remove(entry.Peer))
            {
                _discovery.Listed(now, entry.Peer, peer.Id);
            }
        }

        foreach (var key in gone)
        {
            _discovery.Unlisted(key, peer.Id);
        }

        _events.Enqueue(new GossipEvent(GossipEventKind.MapChanged, peer.Id, default));
    }

    private void HandleDelta(Instant now, GossipPeer peer, ReadOnlySpan<byte> message)
    {
        if (!NetworkMapDelta.TryParse(message, peer.Id, out var delta, out _))
        {
            _statistics.Malformed++;
            return;
        }

        if (peer.HasMap && (delta!.Incarnation, delta.Version).CompareTo((peer.Incarnation, peer.Version)) <= 0)
        {
            _statistics.Stale++;
            return;
        }

        if (!peer.HasMap || delta!.Incarnation != peer.Incarnation || delta.Version != peer.Version + 1
            || peer.Map.Count + delta.Set.Length > GossipLimits.EntriesPerMap + delta.Removed.Length)
        {
            _statistics.Gaps++;
            Pull(now, peer);
            return;
        }

        peer.Version = delta.Version;
        foreach (var key in delta.Removed)
        {
            if (peer.Map.Remove(key))
            {
                _discovery.Unlisted(key, peer.Id);
            }
        }

        foreach (var entry in delta.Set)
        {
            if (peer.Map.ContainsKey(entry.Peer) || peer.Map.Count < GossipLimits.EntriesPerMap)
            {
                peer.Map[entry.Peer] = entry.RttCode;
                _discovery.Listed(now, entry.Peer, peer.Id);
            }
        }

        _events.Enqueue(new GossipEvent(GossipEventKind.MapChanged, peer.Id, default));
    }

    private void HandleDigest(Instant now, GossipPeer peer, ReadOnlySpan<byte> message)
    {
        if (!NetworkMapDigest.TryParse(message, out var digest, out _))
        {
            _statistics.Malformed++;
            return;
        }

        if (digest!.Owner != peer.Id)
        {
            _statistics.Forged++;
            return;
        }

        var order = peer.HasMap ? (digest.Incarnation, digest.Version).CompareTo((peer.Incarnation, peer.Version)) : 1;
        if (order < 0)
        {
            _statistics.Stale++;
        }
        else if (order > 0)
        {
            _statistics.Gaps++;
            Pull(now, peer);
        }
        else if (!IsSignedBy(peer.Id, NetworkMapMessage.Canonical(peer.Id, peer.Incarnation, peer.Version, peer.SortedMap()), digest.Signature))
        {
            _statistics.DigestMismatches++;
            Pull(now, peer);
        }
    }

    private void HandlePull(Instant now, GossipPeer peer)
    {
        if (peer.WholeSentAt != Instant.Never && now < peer.WholeSentAt + (_options.PullInterval / 2))
        {
            // One byte must not be worth a whole map each time.
            _statistics.Dropped++;
            return;
        }

        peer.NeedsWhole = true;
        _timers.SetIfIdle(Timer.Flush, Instant.Max(now, NextFlush()));
    }

    private void Pull(Instant now, GossipPeer peer)
    {
        if (peer.LastPullAt == Instant.Never || now >= peer.LastPullAt + _options.PullInterval)
        {
            peer.LastPullAt = now;
            _outgoing.Enqueue((peer.Id, PullBytes));
        }
    }

    private bool IsSignedBy(PeerId owner, byte[] canonical, byte[] signature)
    {
        _statistics.SignaturesVerified++;
        return KeyPair.Verify(owner, SignaturePurpose.NetworkMap, canonical, signature);
    }

    private void ForgetMap(GossipPeer peer)
    {
        foreach (var key in peer.Map.Keys)
        {
            _discovery.Unlisted(key, peer.Id);
        }

        peer.Map.Clear();
        peer.HasMap = false;
    }
}
