namespace KillaBeez.WebRtc.Ice;

/// <summary>How far an agent is; the names are those of the W3C's RTCIceTransportState.</summary>
internal enum IceState
{
    /// <summary>No remote credentials yet.</summary>
    New,

    /// <summary>Checks are running and none has succeeded.</summary>
    Checking,

    /// <summary>A path works; the best one is still being looked for.</summary>
    Connected,

    /// <summary>A path has been nominated.</summary>
    Completed,

    /// <summary>The selected path has been silent for a while; it may come back.</summary>
    Disconnected,

    /// <summary>No path was found, or the peer's consent has expired. Only a restart helps.</summary>
    Failed,

    /// <summary>Closed by this side.</summary>
    Closed,
}
