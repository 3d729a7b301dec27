namespace KillaBeez.WebRtc.Turn;

internal enum TurnEventKind
{
    /// <summary>The allocation is there: <see cref="TurnClient.RelayedAddress"/> and <see cref="TurnClient.MappedAddress"/> are set.</summary>
    Allocated,

    /// <summary>There is no allocation, or none any more: <see cref="TurnClient.Failure"/> says why.</summary>
    Failed,

    /// <summary>
    /// The server sends us to another one (300): make a new client for <see cref="TurnEvent.Server"/>. This one has failed.
    /// </summary>
    TryAlternate,

    /// <summary>
    /// The server still has another allocation on this socket's address (437): make a new client on a new socket. This
    /// one has failed.
    /// </summary>
    NeedsNewSocket,
}

/// <summary>What a <see cref="TurnClient"/> tells its owner.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Server">Of <see cref="TurnEventKind.TryAlternate"/>: of the same family and transport as the one that was asked.</param>
/// <param name="Domain">
/// Of <see cref="TurnEventKind.TryAlternate"/>: the name in the other server's certificate (ALTERNATE-DOMAIN); null: the
/// name of the first server.
/// </param>
internal readonly record struct TurnEvent(TurnEventKind Kind, TransportAddress? Server = null, string? Domain = null);
