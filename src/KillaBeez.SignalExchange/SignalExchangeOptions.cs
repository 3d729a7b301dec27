namespace KillaBeez.SignalExchange;

/// <summary>How a signal exchange runs. Every limit has a default that suits one small machine.</summary>
public sealed class SignalExchangeOptions
{
    /// <summary>
    /// The names by which clients dial this exchange, as host or host:port. A client signs the name it dialed, and a
    /// subscription signed for any other name is refused. Where the list is empty, whatever the request's Host header says
    /// is taken: convenient on a private network, but then another exchange could pass subscriptions on to this one;
    /// set it on a public one.
    /// </summary>
    public IList<string> ServerNames { get; } = [];

    /// <summary>Sockets at once; further requests are answered with 503. At least 1.</summary>
    public int MaximumConnections { get; set; } = 10_000;

    /// <summary>
    /// Sockets at once from one address (IPv4) or one /64 network (IPv6); further requests are answered with 429. Behind a
    /// reverse proxy use the forwarded-headers middleware, or all clients have the proxy's address. At least 1.
    /// </summary>
    public int MaximumConnectionsPerAddress { get; set; } = 100;

    /// <summary>
    /// Sockets of one key, of clients that do not say which node they are; a further one closes the oldest. Nodes of this
    /// library have one each, and a second node with the same key closes the first one's. At least 1.
    /// </summary>
    public int MaximumConnectionsPerKey { get; set; } = 8;

    /// <summary>
    /// Messages that may wait for a client that reads slowly; with one more it is cut off. More than a client may send in a
    /// burst, or the answers to it would look like slowness. At least 1.
    /// </summary>
    public int MaximumQueuedMessages { get; set; } = 1_024;

    /// <summary>Bytes that may wait for a client that reads slowly; with more it is cut off. At least 65,536.</summary>
    public int MaximumQueuedBytes { get; set; } = 1024 * 1024;

    /// <summary>How long sending one message may take before the client is cut off.</summary>
    public TimeSpan SendTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a client may take to answer a close frame, and how long stopping may take.</summary>
    public TimeSpan CloseTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a client may take to subscribe.</summary>
    public TimeSpan SubscribeTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>With nothing heard for so long, a client is cut off. Clients of this library ask every 20 s.</summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(90);

    /// <summary>Messages per second of one key, over all its sockets (bursts of ten times as many are allowed). At least 1.</summary>
    public int MessageRatePerSecond { get; set; } = 50;

    internal string? FirstMistake()
    {
        (string Name, long Value, long Minimum)[] numbers =
        [
            (nameof(MaximumConnections), MaximumConnections, 1),
            (nameof(MaximumConnectionsPerAddress), MaximumConnectionsPerAddress, 1),
            (nameof(MaximumConnectionsPerKey), MaximumConnectionsPerKey, 1),
            (nameof(MaximumQueuedMessages), MaximumQueuedMessages, 1),
            (nameof(MaximumQueuedBytes), MaximumQueuedBytes, 65_536),
            (nameof(MessageRatePerSecond), MessageRatePerSecond, 1),
            (nameof(SendTimeout), SendTimeout.Ticks, 1),
            (nameof(CloseTimeout), CloseTimeout.Ticks, 1),
            (nameof(SubscribeTimeout), SubscribeTimeout.Ticks, 1),
            (nameof(IdleTimeout), IdleTimeout.Ticks, 1),
        ];
        foreach (var (name, value, minimum) in numbers)
        {
            if (value < minimum)
            {
                return $"{name} of the signal exchange is too small.";
            }
        }

        return ServerNames.Any(string.IsNullOrWhiteSpace) ? "A server name of the signal exchange is empty." : null;
    }
}
