namespace KillaBeez.WebRtc.PeerConnections;

/// <summary>Where the exchange of offer and answer stands (RFC 8829, section 4.1.3); there is no pranswer.</summary>
public enum SignalingState
{
    /// <summary>No exchange is open.</summary>
    Stable,

    /// <summary>A local offer waits for the peer's answer.</summary>
    HaveLocalOffer,

    /// <summary>The peer's offer waits for the local answer.</summary>
    HaveRemoteOffer,

    /// <summary>The connection has been closed.</summary>
    Closed,
}
