namespace KillaBeez.WebRtc.PeerConnections;

/// <summary>Which candidates a connection may use (W3C WebRTC's RTCIceTransportPolicy).</summary>
public enum IceTransportPolicy
{
    /// <summary>Every candidate.</summary>
    All,

    /// <summary>Relayed ones only: the peer learns no address of this machine.</summary>
    Relay,
}
