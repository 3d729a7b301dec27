namespace KillaBeez.NatLab.Topology;

internal static class SiteKinds
{
    public static IReadOnlyList<SiteKind> All { get; } = Enum.GetValues<SiteKind>();

    public static bool HasIPv4(this SiteKind kind) => kind != SiteKind.IPv6Only;

    public static bool HasIPv6(this SiteKind kind) => kind is SiteKind.DualStack or SiteKind.IPv6Only;

    /// <summary>What the table calls it.</summary>
    public static string Title(this SiteKind kind) => kind switch
    {
        SiteKind.Open => "open",
        SiteKind.FullCone => "full cone",
        SiteKind.PortRestricted => "port-restricted",
        SiteKind.Symmetric => "symmetric",
        SiteKind.DoubleNat => "double NAT",
        SiteKind.UdpBlocked => "UDP blocked",
        SiteKind.DualStack => "IPv6 and IPv4",
        _ => "IPv6 only",
    };

    /// <summary>Whether two hosts can reach each other over UDP without anybody relaying.</summary>
    public static bool CanReach(this SiteKind a, SiteKind b) =>
        a != SiteKind.UdpBlocked && b != SiteKind.UdpBlocked
        && ((a.HasIPv6() && b.HasIPv6()) || (a.HasIPv4() && b.HasIPv4() && CanReachOverIPv4(a, b)));

    /// <summary>
    /// A random port for each remote endpoint cannot be told beforehand, so whoever admits only ports that he has sent
    /// to does not admit it.
    /// </summary>
    private static bool CanReachOverIPv4(SiteKind a, SiteKind b) =>
        !(a == SiteKind.Symmetric && FiltersByPort(b)) && !(b == SiteKind.Symmetric && FiltersByPort(a));

    private static bool FiltersByPort(SiteKind kind) => kind is not (SiteKind.Open or SiteKind.FullCone);
}
