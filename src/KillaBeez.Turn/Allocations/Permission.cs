using KillaBeez.WebRtc;

namespace KillaBeez.Turn.Allocations;

/// <summary>That datagrams may pass between a client and a peer address, whatever its port (RFC 8656, section 9).</summary>
internal sealed class Permission(TransportAddress peer, bool isOwn)
{
    /// <summary>The peer's address, with port 0.</summary>
    public TransportAddress Peer { get; } = peer;

    /// <summary>Whether it is an address of this server, where only relayed ports may be reached.</summary>
    public bool IsOwn { get; } = isOwn;

    public Instant ExpiresAt { get; set; }

    /// <summary>Channels that rest on it; it is kept as long as one does.</summary>
    public int Channels { get; set; }

    public bool IsAlive(Instant now) => now < ExpiresAt;
}
