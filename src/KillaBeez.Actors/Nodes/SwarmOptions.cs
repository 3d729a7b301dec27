using KillaBeez.WebRtc.PeerConnections;

namespace KillaBeez;

/// <summary>How a <see cref="SwarmNode"/> behaves. Every value has a default that suits a service on the internet.</summary>
public sealed record SwarmOptions
{
    /// <summary>
    /// The signal exchanges (ws:// or wss://) that carry the first call. Any one is enough, and none is needed
    /// once a peer is connected.
    /// </summary>
    public IList<Uri> Exchanges { get; init; } = [];

    /// <summary>The node's identity; a new one is made where it is null. The node does not dispose it.</summary>
    public KeyPair? KeyPair { get; init; }

    /// <summary>How long a call may take before it fails; 1 s to 5 min.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>To how many peers the node connects of its own accord; it answers calls beyond that.</summary>
    public int MeshDegree { get; init; } = 64;

    /// <summary>How many remote nodes may have state here at once; calls from others are dropped and counted.</summary>
    public int MaxPeers { get; init; } = 1024;

    /// <summary>
    /// How long a session waits for a new link after the last one died, before its substreams end; 1 s to 1 h.
    /// </summary>
    public TimeSpan ResumeWindow { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Whether loopback addresses are offered to peers. Needed where several nodes run on one machine; harmless
    /// elsewhere, since only a process on the same machine can answer there.
    /// </summary>
    public bool AllowLoopback { get; init; } = true;

    /// <summary>
    /// The STUN and TURN servers by which peers behind translators find a path (see `killabeez stun` and `killabeez
    /// turn`). Empty by default: enough on one network, and wherever at least one of two peers can be reached.
    /// </summary>
    public IList<IceServer> IceServers { get; init; } = [];

    /// <summary>
    /// The TCP port on which peers that cannot use UDP are awaited; 0 lets the system choose. Null, as by default: none.
    /// </summary>
    public int? TcpPort { get; init; }

    /// <summary>
    /// Whether peers learn no address of this machine: everything goes through the TURN servers of
    /// <see cref="IceServers"/>.
    /// </summary>
    public bool RelayOnly { get; init; }

    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(IceServers);
        if (RelayOnly && !IceServers.Any(server => server.Urls.Any(url => url.StartsWith("turn", StringComparison.OrdinalIgnoreCase))))
        {
            throw new ArgumentException("RelayOnly needs a TURN server among the IceServers.", nameof(RelayOnly));
        }

        if (TcpPort is { } port)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(port, nameof(TcpPort));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(port, ushort.MaxValue, nameof(TcpPort));
        }

        ArgumentNullException.ThrowIfNull(Exchanges);
        foreach (var exchange in Exchanges)
        {
            ArgumentNullException.ThrowIfNull(exchange, nameof(Exchanges));
            if (!exchange.IsAbsoluteUri || (exchange.Scheme != "ws" && exchange.Scheme != "wss"))
            {
                throw new ArgumentException($"'{exchange}' is not a signal exchange's address: it starts with ws:// or wss://.", nameof(Exchanges));
            }
        }

        ThrowUnlessBetween(CallTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5), nameof(CallTimeout));
        ThrowUnlessBetween(ResumeWindow, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1), nameof(ResumeWindow));
        ArgumentOutOfRangeException.ThrowIfNegative(MeshDegree, nameof(MeshDegree));
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxPeers, 1, nameof(MaxPeers));
    }

    private static void ThrowUnlessBetween(TimeSpan value, TimeSpan least, TimeSpan most, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, least, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, most, name);
    }
}
