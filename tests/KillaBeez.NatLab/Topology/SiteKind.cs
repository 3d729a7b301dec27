namespace KillaBeez.NatLab.Topology;

/// <summary>What is between a host and the internet. The words are those of RFC 4787 (mapping, filtering).</summary>
public enum SiteKind
{
    /// <summary>A public address and no filter.</summary>
    Open,

    /// <summary>Mapping and filtering both independent of the remote endpoint: whoever knows the mapped address gets in.</summary>
    FullCone,

    /// <summary>Mapping independent of the remote endpoint, filtering by its address and port: most homes.</summary>
    PortRestricted,

    /// <summary>A mapping of its own, with a random port, for each remote endpoint; filtering by address and port.</summary>
    Symmetric,

    /// <summary>Port-restricted behind port-restricted: a home behind a carrier's NAT.</summary>
    DoubleNat,

    /// <summary>A NAT that lets TCP out and no UDP.</summary>
    UdpBlocked,

    /// <summary>IPv4 as PortRestricted, and global IPv6 addresses behind a stateful filter.</summary>
    DualStack,

    /// <summary>Global IPv6 addresses behind a stateful filter, and no IPv4.</summary>
    IPv6Only,
}
