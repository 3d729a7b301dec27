namespace KillaBeez.WebRtc.PeerConnections;

/// <summary>Where a connection stands, ICE and DTLS taken together (W3C WebRTC, RTCPeerConnectionState).</summary>
public enum PeerConnectionState
{
    /// <summary>Nothing has been negotiated yet.</summary>
    New,

    /// <summary>A path is being looked for, or the DTLS handshake runs.</summary>
    Connecting,

    /// <summary>The peer has proved that it holds the negotiated certificate; data channels work.</summary>
    Connected,

    /// <summary>The path has been silent for some seconds; it may recover by itself.</summary>
    Disconnected,

    /// <summary>The connection is lost or could not be made; <see cref="PeerConnection.FailureReason"/> says why.</summary>
    Failed,

    /// <summary>Closed by either side.</summary>
    Closed,
}
