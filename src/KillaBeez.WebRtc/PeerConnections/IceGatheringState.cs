namespace KillaBeez.WebRtc.PeerConnections;

/// <summary>Whether every address of this side is known (W3C WebRTC's RTCIceGatheringState).</summary>
public enum IceGatheringState
{
    /// <summary>There is no description yet that would need addresses.</summary>
    New,

    /// <summary>Servers have been asked and have not all answered.</summary>
    Gathering,

    /// <summary>Every address is known that will be, for now.</summary>
    Complete,
}
