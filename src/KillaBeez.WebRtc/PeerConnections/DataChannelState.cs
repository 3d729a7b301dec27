namespace KillaBeez.WebRtc.PeerConnections;

/// <summary>Where a channel stands (W3C WebRTC, RTCDataChannelState).</summary>
public enum DataChannelState
{
    /// <summary>Waits for the connection, or for the peer's acknowledgement.</summary>
    Connecting,

    /// <summary>Messages can be sent and received.</summary>
    Open,

    /// <summary>One side closes it; what was sent before is still delivered.</summary>
    Closing,

    /// <summary>It is over.</summary>
    Closed,
}
