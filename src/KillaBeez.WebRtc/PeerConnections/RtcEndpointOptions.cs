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

    /// <summary>The name of the IO thread, for debuggers.</summary>
    public string Name { get; init; } = "KillaBeez IO";

    /// <summary>Whether to run as on systems without segmentation offload and ppoll; for tests.</summary>
    internal bool IsPortable { get; init; }
}
