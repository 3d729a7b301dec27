namespace KillaBeez.Turn.Engine;

internal enum TurnServerEventKind
{
    /// <summary>
    /// Bind a relay socket and say so with <see cref="TurnServerEngine.HandleRelayOpened"/>, or
    /// <see cref="TurnServerEngine.HandleRelayFailed"/>.
    /// </summary>
    OpenRelay,

    /// <summary>Close the relay socket.</summary>
    CloseRelay,

    /// <summary>Close the client's stream; the engine has forgotten it.</summary>
    CloseStream,
}

/// <summary>What the owner of the sockets has to do.</summary>
/// <param name="Kind">What.</param>
/// <param name="Relay">Of the two about relay sockets.</param>
/// <param name="IsIPv6">Of <see cref="TurnServerEventKind.OpenRelay"/>: the family.</param>
/// <param name="IsEvenPort">Of <see cref="TurnServerEventKind.OpenRelay"/>: whether the port must be even (EVEN-PORT).</param>
/// <param name="Stream">Of <see cref="TurnServerEventKind.CloseStream"/>.</param>
internal readonly record struct TurnServerEvent(
    TurnServerEventKind Kind, RelayId Relay = default, bool IsIPv6 = false, bool IsEvenPort = false, FiveTuple Stream = default);
