namespace KillaBeez.Swarm.Gossip;

/// <summary>A connected peer: what we tell of it, what it has been told, and the map it tells.</summary>
internal sealed class GossipPeer(PeerId id, TokenBucket messages)
{
    private TokenBucket _messages = messages;

    public PeerId Id { get; } = id;

    /// <summary>The round trip as last measured.</summary>
    public ushort RttCode { get; set; } = NetworkMapEntry.UnknownRtt;

    /// <summary>The next thing it is sent is the whole map.</summary>
    public bool NeedsWhole { get; set; } = true;

    public Instant WholeSentAt { get; set; } = Instant.Never;

    public Instant LastPullAt { get; set; } = Instant.Never;

    public bool HasMap { get; set; }

    public ulong Incarnation { get; set; }

    public ulong Version { get; set; }

    /// <summary>Whom it is connected to.</summary>
    public Dictionary<PeerId, ushort> Map { get; } = [];

    public bool TryTakeMessage(Instant now) => _messages.TryTake(now);

    public NetworkMapEntry[] SortedMap()
    {
        var entries = new NetworkMapEntry[Map.Count];
        var i = 0;
        foreach (var (peer, rtt) in Map)
        {
            entries[i++] = new NetworkMapEntry(peer, rtt);
        }

        Array.Sort(entries, static (a, b) => a.Peer.CompareTo(b.Peer));
        return entries;
    }
}
