using System.Net;
using KillaBeez.WebRtc.PeerConnections;

namespace KillaBeez.Cli.Bench.Agents;

/// <summary>Which sockets and servers a scriptable peer uses.</summary>
internal sealed record AgentOptions
{
    /// <summary>The addresses of this machine to bind; empty: every usable one, loopback included.</summary>
    public IReadOnlyList<IPAddress> Addresses { get; init; } = [];

    /// <summary>STUN and TURN servers.</summary>
    public IReadOnlyList<IceServer> IceServers { get; init; } = [];

    /// <summary>Whether nothing but relayed addresses is used and shown.</summary>
    public bool IsRelayOnly { get; init; }

    /// <summary>The port to accept TCP on, 0 for one that the system chooses; null: none.</summary>
    public int? TcpPort { get; init; }

    /// <summary>Whether any certificate of a TURN server will do; for labs.</summary>
    public bool AcceptsAnyCertificate { get; init; }
}
