using System.Net;

namespace KillaBeez.Turn;

/// <summary>Networks to allow where a TURN server stands in a laboratory or serves a private network.</summary>
public static class TurnPeerNetworks
{
    /// <summary>
    /// Private, shared, loopback and link-local addresses: 10/8, 172.16/12, 192.168/16, 100.64/10, 127/8, 169.254/16, ::1,
    /// fc00::/7 and fe80::/10. The metadata addresses of cloud machines stay forbidden.
    /// </summary>
    public static IReadOnlyList<IPNetwork> Private { get; } =
    [
        IPNetwork.Parse("10.0.0.0/8"),
        IPNetwork.Parse("172.16.0.0/12"),
        IPNetwork.Parse("192.168.0.0/16"),
        IPNetwork.Parse("100.64.0.0/10"),
        IPNetwork.Parse("127.0.0.0/8"),
        IPNetwork.Parse("169.254.0.0/16"),
        IPNetwork.Parse("::1/128"),
        IPNetwork.Parse("fc00::/7"),
        IPNetwork.Parse("fe80::/10"),
    ];
}
