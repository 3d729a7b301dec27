namespace KillaBeez.Swarm.Signaling.Exchange.Client;

/// <summary>Every limit and interval of an <see cref="ExchangeClientEngine"/>.</summary>
internal sealed record ExchangeClientLimits
{
    /// <summary>Challenge and ready must have come by then.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often an empty ping asks whether the exchange is alive.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>With nothing heard for so long, the socket is given up.</summary>
    public TimeSpan SilenceTimeout { get; init; } = TimeSpan.FromSeconds(45);

    /// <summary>Messages that wait for the subscription or for the socket.</summary>
    public int MaximumQueuedMessages { get; init; } = 512;

    /// <summary>Events that the owner has not taken; further signals are dropped and counted.</summary>
    public int MaximumQueuedEvents { get; init; } = 1_024;
}
