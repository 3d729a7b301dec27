using System.Net;
using KillaBeez.WebRtc.Io.Gathering;

namespace KillaBeez.WebRtc.Io;

/// <summary>Which sockets an endpoint's sets consist of.</summary>
internal sealed record SocketOptions
{
    /// <summary>What to bind; port 0 lets the system choose.</summary>
    public required IReadOnlyList<IPEndPoint> Addresses { get; init; }

    /// <summary>
    /// Whether each address must be bound. Otherwise those that cannot are left out, and addresses that appear or
    /// vanish while the endpoint runs are followed.
    /// </summary>
    public bool IsExplicit { get; init; }

    /// <summary>Whether to use sockets that work everywhere, even where there are better ones.</summary>
    public bool IsPortable { get; init; }

    /// <summary>Whether the machine's interfaces are watched for addresses that come and go.</summary>
    public bool WatchesNetwork { get; init; }

    public bool AllowLoopback { get; init; }

    /// <summary>Where to listen for TCP on every address; 0 lets the system choose; null: nowhere.</summary>
    public int? TcpPort { get; init; }

    /// <summary>Whether passive TCP candidates of a peer are connected to.</summary>
    public bool ConnectsOverTcp { get; init; } = true;

    public IReadOnlyList<ServerUrl> Servers { get; init; } = [];

    /// <summary>Whether a TURN server's certificate that nobody vouches for will do; for laboratories.</summary>
    public bool AcceptsAnyServerCertificate { get; init; }
}
