namespace KillaBeez.Swarm.Signaling.Exchange.Server;

/// <summary>What an exchange has done since it started.</summary>
internal readonly record struct ExchangeCounters
{
    /// <summary>Sockets that are open.</summary>
    public required long Sockets { get; init; }

    /// <summary>Keys that are subscribed.</summary>
    public required long Keys { get; init; }

    /// <summary>Rooms that are remembered.</summary>
    public required long Rooms { get; init; }

    /// <summary>Messages received.</summary>
    public required long MessagesReceived { get; init; }

    /// <summary>Signals routed to at least one socket.</summary>
    public required long SignalsRouted { get; init; }

    /// <summary>Signals refused.</summary>
    public required long SignalsRefused { get; init; }

    /// <summary>Subscriptions that were asked for and well signed, also those that were superseded since.</summary>
    public required long Subscriptions { get; init; }

    /// <summary>How far the clients' clocks are ahead of the exchange's, by their median; null where too few have told.</summary>
    public required long? ClientsAheadMs { get; init; }

    /// <summary>Sockets closed by the exchange, for whatever reason.</summary>
    public required long SocketsClosed { get; init; }
}
