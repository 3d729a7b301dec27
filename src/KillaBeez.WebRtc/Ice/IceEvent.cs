namespace KillaBeez.WebRtc.Ice;

internal enum IceEventKind
{
    /// <summary><see cref="IceEvent.State"/> is the new state.</summary>
    StateChanged,

    /// <summary><see cref="IceEvent.Path"/> is where data goes from now on; null: nowhere.</summary>
    SelectedPathChanged,

    /// <summary>
    /// <see cref="IceEvent.Candidate"/> has joined <see cref="IceAgent.LocalCandidates"/> and is to be signalled, unless
    /// the description that is still to be made will name it.
    /// </summary>
    LocalCandidateFound,

    /// <summary><see cref="IceEvent.Name"/> is to be looked up by multicast DNS; <see cref="IceAgent.NameResolved"/> takes the result.</summary>
    NameToResolve,
}

/// <summary>What happened in an agent.</summary>
internal readonly record struct IceEvent(IceEventKind Kind, IceState State, NetworkPath? Path, IceCandidate? Candidate, string? Name = null);
