using System.Net;

namespace KillaBeez.WebRtc.PeerConnections;

/// <summary>Which sockets an endpoint opens.</summary>
public sealed record RtcEndpointOptions
{
    /// <summary>
    /// The addresses and ports to bind, each of this machine; port 0 lets the system choose. Empty, as by default:
    /// every usable address of every interface that is up.
    /// </summary>
    public IReadOnlyList<IPEndPoint> BindAddresses { get; init; } = [];

    /// <summary>
    /// Whether loopback addresses may be used at either end. Off by default: a description must not make this
    /// process probe its own machine. Without any other address they are bound, but stay unused unless allowed.
    /// </summary>
    public bool AllowLoopback { get; init; }

    /// <summary>
    /// The STUN and TURN servers that tell this side how it is reached from outside, and forward what cannot go
    /// directly. Empty by default. See <see cref="RtcEndpoint.SetIceServers"/>.
    /// </summary>
    public IReadOnlyList<IceServer> IceServers { get; init; } = [];

    /// <summary>
    /// The TCP port on which peers that cannot use UDP are awaited, on every address; 0 lets the system choose. Null,
    /// as by default: none. It helps where this side can be reached from outside.
    /// </summary>
    public int? TcpPort { get; init; }

    /// <summary>Whether peers that listen on TCP are connected to where UDP does not get through. True by default.</summary>
    public bool ConnectOverTcp { get; init; } = true;

    /// <summary>
    /// Whether a "turns" server may show a certificate that nobody vouches for. What it forwards is encrypted and
    /// authenticated between the peers in any case; the credentials are not shown to it. False by default: for tests
    /// and laboratories.
    /// </summary>
    public bool AcceptAnyServerCertificate { get; init; }

    /// <summary>The name of the IO thread, for debuggers.</summary>
    public string Name { get; init; } = "KillaBeez IO";

    /// <summary>Whether to run as on systems without segmentation offload and ppoll; for tests.</summary>
    internal bool IsPortable { get; init; }

    /// <summary>Whether the machine's interfaces are followed; tests that say what the addresses are want no other word.</summary>
    internal bool WatchesNetwork { get; init; } = true;
}
