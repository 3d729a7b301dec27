namespace KillaBeez.WebRtc.PeerConnections;

internal enum PeerConnectionEventKind
{
    /// <summary><see cref="PeerConnectionEvent.State"/> is the new state.</summary>
    StateChanged,

    /// <summary><see cref="PeerConnectionEvent.Candidate"/> is to be signalled; an empty text ends the candidates.</summary>
    LocalCandidate,

    /// <summary><see cref="PeerConnectionEvent.Candidate"/> is a name whose address is wanted.</summary>
    NameToResolve,

    /// <summary>An offer is to be made.</summary>
    NegotiationNeeded,
}

/// <summary>What happened to a connection, data channels apart.</summary>
internal readonly record struct PeerConnectionEvent(PeerConnectionEventKind Kind, PeerConnectionState State, string? Candidate);
