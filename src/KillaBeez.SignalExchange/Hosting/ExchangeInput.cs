using KillaBeez.SignalExchange.Connections;

namespace KillaBeez.SignalExchange.Hosting;

/// <summary>What the loop is told. One reader takes them in order.</summary>
internal readonly record struct ExchangeInput(ExchangeInputKind Kind, ExchangeConnection? Connection = null, PooledBuffer Message = default);

internal enum ExchangeInputKind
{
    /// <summary>A second has passed.</summary>
    Tick,

    /// <summary>A socket was accepted.</summary>
    Opened,

    /// <summary>A socket sent a text message; the loop returns its buffer.</summary>
    Message,

    /// <summary>A socket is gone.</summary>
    Closed,

    /// <summary>The host stops.</summary>
    Stop,
}
