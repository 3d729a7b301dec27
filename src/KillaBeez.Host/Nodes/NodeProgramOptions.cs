using KillaBeez.WebRtc.PeerConnections;

namespace KillaBeez.Cli.Nodes;

/// <summary>What a node process was started with.</summary>
internal sealed record NodeProgramOptions
{
    public required IReadOnlyList<Uri> Exchanges { get; init; }

    /// <summary>The key file, or null for a new key.</summary>
    public string? KeyFile { get; init; }

    /// <summary>Whom to call at once.</summary>
    public IReadOnlyList<PeerId> Calls { get; init; } = [];

    /// <summary>The STUN and TURN servers.</summary>
    public IReadOnlyList<IceServer> IceServers { get; init; } = [];

    /// <summary>Where to listen on TCP, or null.</summary>
    public int? TcpPort { get; init; }

    /// <summary>Whether only relayed paths may be used.</summary>
    public bool RelayOnly { get; init; }

    /// <summary>Whether another process of this program started this one and gives it orders.</summary>
    public bool IsChild { get; init; }
}
