namespace KillaBeez.WebRtc.Ice;

internal enum IceEventKind
{
    /// <summary><see cref="IceEvent.State"/> is the new state.</summary>
    StateChanged,

    /// <summary><see cref="IceEvent.Path"/> is where data goes from now on; null: nowhere.</summary>
    SelectedPathChanged,

    /// <summary>Reserved for gathering: <see cref="IceEvent.Candidate"/> is to be signalled.</summary>
    LocalCandidateFound,
}

/// <summary>What happened in an agent.</summary>
internal readonly record struct IceEvent(IceEventKind Kind, IceState State, NetworkPath? Path, IceCandidate? Candidate);
