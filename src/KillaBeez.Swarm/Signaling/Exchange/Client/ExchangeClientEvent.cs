namespace KillaBeez.Swarm.Signaling.Exchange.Client;

/// <summary>What happened at an exchange.</summary>
internal abstract record ExchangeClientEvent
{
    private ExchangeClientEvent()
    {
    }

    /// <summary>This node can be called through the exchange now.</summary>
    /// <param name="Clock">How this node's clock and the exchange's differ.</param>
    internal sealed record Ready(ExchangeClock Clock) : ExchangeClientEvent;

    /// <summary>The clocks agree now that did not, or the other way round, or are further apart than was told.</summary>
    internal sealed record ClockChanged(ExchangeClock Clock) : ExchangeClientEvent;

    /// <summary>A signal came. It is well-formed and no more: pass it through a <see cref="SignalGate"/>.</summary>
    internal sealed record SignalReceived(SealedSignal Signal) : ExchangeClientEvent;

    /// <summary>A signal of this node was refused.</summary>
    internal sealed record SignalRejected(SignalId Id, ExchangeErrorCode Code, string Text) : ExchangeClientEvent;

    /// <summary>The answer to <see cref="ExchangeClientEngine.Ping"/>.</summary>
    internal sealed record Pong(uint Request, IReadOnlyList<PeerId> Present) : ExchangeClientEvent;

    /// <summary>The answer to <see cref="ExchangeClientEngine.JoinRoom"/>.</summary>
    internal sealed record RoomKeys(uint Request, IReadOnlyList<PeerId> Keys) : ExchangeClientEvent;

    /// <summary>A ping or room request was refused.</summary>
    internal sealed record RequestRejected(uint Request, ExchangeErrorCode Code, string Text) : ExchangeClientEvent;

    /// <summary>The engine is of no more use: the owner closes the socket and begins again with a new engine.</summary>
    internal sealed record Failed(ExchangeFailure Reason, string Text, ExchangeErrorCode? Code = null) : ExchangeClientEvent;
}

/// <summary>Why an <see cref="ExchangeClientEngine"/> failed.</summary>
internal enum ExchangeFailure
{
    /// <summary>Challenge or ready did not come in time.</summary>
    HandshakeTimeout,

    /// <summary>Nothing was heard for too long.</summary>
    Silent,

    /// <summary>The exchange goes by another name than the one that was dialed.</summary>
    WrongServerName,

    /// <summary>The exchange said no; the code tells why.</summary>
    Refused,

    /// <summary>Another node subscribed with this node's key.</summary>
    KeyInUseElsewhere,

    /// <summary>The exchange sent what no exchange sends.</summary>
    ProtocolViolation,

    /// <summary>The exchange speaks another version.</summary>
    UnsupportedVersion,
}
