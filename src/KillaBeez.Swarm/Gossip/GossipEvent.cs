namespace KillaBeez.Swarm.Gossip;

/// <summary>What a <see cref="GossipEngine"/> wants done or reports.</summary>
internal enum GossipEventKind
{
    /// <summary>Call Target, sending signals through Via (and any other way there is). Report CallInProgress or CallFailed, or PeerConnected.</summary>
    CallWanted,

    /// <summary>Send Target an Inform signal through Via: its key is the larger one, so it is the one to call.</summary>
    InformWanted,

    /// <summary>The map of the peer Target was changed, or is gone with its peer.</summary>
    MapChanged,
}

/// <summary>One event; Via has a value with CallWanted and InformWanted.</summary>
internal readonly record struct GossipEvent(GossipEventKind Kind, PeerId Target, PeerId Via);
