namespace KillaBeez.WebRtc.Turn;

/// <summary>What an allocation is at.</summary>
internal enum TurnClientState
{
    /// <summary>Not started.</summary>
    New,

    /// <summary>Asking for a relayed address.</summary>
    Allocating,

    /// <summary>The relayed address is there and data flows to permitted peers.</summary>
    Allocated,

    /// <summary>There is no allocation, or none any more; <see cref="TurnClient.Failure"/> says why.</summary>
    Failed,

    /// <summary>Given back by its owner.</summary>
    Closed,
}
