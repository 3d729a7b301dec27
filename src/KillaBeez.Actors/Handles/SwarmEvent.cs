namespace KillaBeez;

/// <summary>Something that happened at a <see cref="SwarmNode"/>.</summary>
public abstract record SwarmEvent : INoSerializationVerificationNeeded
{
    private protected SwarmEvent()
    {
    }
}

/// <summary>A peer's session began: it is authenticated and substreams can be opened.</summary>
/// <param name="Peer">The peer.</param>
public sealed record PeerConnectedEvent(Peer Peer) : SwarmEvent;

/// <summary>A peer's session ended, and its substreams with it.</summary>
/// <param name="Peer">The peer; it stays disconnected, a later session is another <see cref="KillaBeez.Peer"/>.</param>
/// <param name="Reason">Why, for people.</param>
public sealed record PeerDisconnectedEvent(Peer Peer, string Reason) : SwarmEvent;

/// <summary>
/// A peer's last link died and a new one is being made. Its session and substreams live on; what is written
/// meanwhile is kept within limits.
/// </summary>
/// <param name="Peer">The peer.</param>
public sealed record PeerStalledEvent(Peer Peer) : SwarmEvent;

/// <summary>A stalled peer has a link again; nothing was lost.</summary>
/// <param name="Peer">The peer.</param>
public sealed record PeerResumedEvent(Peer Peer) : SwarmEvent;

/// <summary>A peer opened a substream and it was accepted.</summary>
/// <param name="Substream">The substream; the receiver disposes it.</param>
public sealed record SubstreamOpenedEvent(Substream Substream) : SwarmEvent;

/// <summary>
/// A signal exchange became usable or was lost. A lost one is retried with growing pauses. Also told again of a usable
/// one, where a clock is found to be wrong or to be right again.
/// </summary>
/// <param name="Exchange">Its address.</param>
/// <param name="IsReady">Whether calls can go through it now.</param>
/// <param name="Reason">
/// Why not, where it is not ready. Where it is, null, or whose clock is wrong by how much and what to do about it.
/// </param>
public sealed record ExchangeStateEvent(Uri Exchange, bool IsReady, string? Reason) : SwarmEvent;

/// <summary>
/// A STUN or TURN server could not be used. A lost relay is asked for again with growing pauses; the rest of the node
/// goes on.
/// </summary>
/// <param name="Server">The server, as "host:port".</param>
/// <param name="Reason">What happened and what to do about it, for people; holds no credentials.</param>
public sealed record IceServerFailedEvent(string Server, string Reason) : SwarmEvent;

/// <summary>The argument of <see cref="SwarmNode.PeerConnected"/> and <see cref="SwarmNode.PeerDisconnected"/>.</summary>
public sealed class PeerEventArgs : EventArgs
{
    internal PeerEventArgs(Peer peer, string? reason)
    {
        Peer = peer;
        Reason = reason;
    }

    /// <summary>The peer.</summary>
    public Peer Peer { get; }

    /// <summary>Why the peer is gone; null when it came.</summary>
    public string? Reason { get; }
}

/// <summary>The argument of <see cref="SwarmNode.SubstreamOpened"/>.</summary>
public sealed class SubstreamOpenedEventArgs : EventArgs
{
    internal SubstreamOpenedEventArgs(Substream substream) => Substream = substream;

    /// <summary>The substream; it is accepted when all handlers have returned and none refused it.</summary>
    public Substream Substream { get; }

    internal (uint Code, string Reason)? Refusal { get; private set; }

    /// <summary>Refuses the substream: the opener gets the code and the text, and no data ever flows.</summary>
    /// <param name="code">The application's own code.</param>
    /// <param name="reason">For people; at most 256 bytes of UTF-8 are sent.</param>
    public void Refuse(uint code, string reason) => Refusal ??= (code, reason);
}
