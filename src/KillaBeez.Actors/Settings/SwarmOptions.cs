using KillaBeez.Actors.Settings;
using KillaBeez.WebRtc.PeerConnections;

namespace KillaBeez;

/// <summary>
/// How a <see cref="SwarmNode"/> behaves. Every value has a default that suits a service on the internet. The same
/// settings, under the same names, can be bound from an IConfiguration section (<c>CallTimeout</c>) and stand in HOCON
/// below <c>killabeez</c> (<c>call-timeout</c>). A node takes a copy when it starts.
/// </summary>
public sealed record SwarmOptions
{
    /// <summary>
    /// The signal exchanges (ws:// or wss://) that carry the first call. Any one is enough, and none is needed
    /// once a peer is connected.
    /// </summary>
    public IList<Uri> Exchanges { get; set; } = [];

    /// <summary>
    /// The node's identity, in code only; it goes before <see cref="KeyFile"/>. A new one is made where both are null.
    /// The node does not dispose it.
    /// </summary>
    public KeyPair? KeyPair { get; set; }

    /// <summary>
    /// Where the node's key is kept: read where the file exists, made with a new key where it does not. Null gives the
    /// node a new key at every start.
    /// </summary>
    public string? KeyFile { get; set; }

    /// <summary>How long a call may take before it fails; 1 s to 5 min.</summary>
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>To how many peers the node connects of its own accord; it answers calls beyond that. 0 to 4,096.</summary>
    public int MeshDegree { get; set; } = 64;

    /// <summary>How many remote nodes may have state here at once; calls from others are dropped and counted. 1 to 65,536.</summary>
    public int MaxPeers { get; set; } = 1024;

    /// <summary>
    /// How long a session waits for a new link after the last one died, before its substreams end; 1 s to 1 h.
    /// </summary>
    public TimeSpan ResumeWindow { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Whether loopback addresses are offered to peers. Needed where several nodes run on one machine; harmless
    /// elsewhere, since only a process on the same machine can answer there.
    /// </summary>
    public bool AllowLoopback { get; set; } = true;

    /// <summary>
    /// The STUN and TURN servers by which peers behind translators find a path (see `killabeez stun` and `killabeez
    /// turn`). Empty by default: enough on one network, and wherever at least one of two peers can be reached.
    /// </summary>
    public IList<IceServer> IceServers { get; set; } = [];

    /// <summary>
    /// The TCP port on which peers that cannot use UDP are awaited; 0 lets the system choose. Null, as by default: none.
    /// </summary>
    public int? TcpPort { get; set; }

    /// <summary>
    /// Whether peers learn no address of this machine: everything goes through the TURN servers of
    /// <see cref="IceServers"/>.
    /// </summary>
    public bool RelayOnly { get; set; }

    /// <summary>
    /// How long a substream that was offered to an actor or a stream waits to be accepted before it is refused; 100 ms to
    /// 5 min.
    /// </summary>
    public TimeSpan SubstreamAcceptTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How many offered substreams of one type may wait to be accepted; more are refused. 1 to 100,000.</summary>
    public int SubstreamBacklog { get; set; } = 100;

    /// <summary>A copy that the caller's later changes do not reach.</summary>
    internal SwarmOptions Snapshot() => this with { Exchanges = [.. Exchanges], IceServers = [.. IceServers] };

    /// <exception cref="ArgumentException">A value is out of its range; the parameter's name is the property's.</exception>
    internal void Validate()
    {
        foreach (var setting in SwarmSettings.All)
        {
            if (setting.ProblemOf(this) is { } problem)
            {
                throw new ArgumentException($"{setting.Property} {problem}.", setting.Property);
            }
        }
    }
}
