using KillaBeez.WebRtc.PeerConnections;

namespace KillaBeez.Hosting;

/// <summary>How the host's node behaves; bind it to a configuration section, or set it in code.</summary>
public sealed class SwarmHostOptions
{
    /// <summary>The signal exchanges (ws:// or wss://) that carry the first call.</summary>
    public IList<Uri> Exchanges { get; } = [];

    /// <summary>
    /// Where the node's key is kept: read where the file exists, made with a new key where it does not. Null gives
    /// the node a new key at every start.
    /// </summary>
    public string? KeyFile { get; set; }

    /// <summary>How long a call may take before it fails; 1 s to 5 min.</summary>
    public TimeSpan CallTimeout { get; set; } = new SwarmOptions().CallTimeout;

    /// <summary>To how many peers the node connects of its own accord.</summary>
    public int MeshDegree { get; set; } = new SwarmOptions().MeshDegree;

    /// <summary>How many remote nodes may have state here at once.</summary>
    public int MaxPeers { get; set; } = new SwarmOptions().MaxPeers;

    /// <summary>How long a session waits for a new link after the last one died; 1 s to 1 h.</summary>
    public TimeSpan ResumeWindow { get; set; } = new SwarmOptions().ResumeWindow;

    /// <summary>The STUN and TURN servers by which peers behind translators find a path.</summary>
    public IList<IceServer> IceServers { get; } = [];

    /// <summary>The TCP port on which peers that cannot use UDP are awaited; 0 lets the system choose, null: none.</summary>
    public int? TcpPort { get; set; }

    /// <summary>Whether peers learn no address of this machine: everything goes through the TURN servers.</summary>
    public bool RelayOnly { get; set; }

    internal SwarmOptions ToSwarmOptions(KeyPair? keyPair) => new()
    {
        Exchanges = Exchanges,
        KeyPair = keyPair,
        CallTimeout = CallTimeout,
        MeshDegree = MeshDegree,
        MaxPeers = MaxPeers,
        ResumeWindow = ResumeWindow,
        IceServers = IceServers,
        TcpPort = TcpPort,
        RelayOnly = RelayOnly,
    };
}
