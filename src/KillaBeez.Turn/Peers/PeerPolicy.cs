using KillaBeez.WebRtc;

namespace KillaBeez.Turn.Peers;

/// <summary>
/// Which addresses clients may have data relayed to. Whoever holds credentials sends with the server's address and from
/// its place in the network, so everything that is not plainly a public unicast address is forbidden unless it was
/// allowed on purpose. Addresses of IPv6 that stand for others (mapped, NAT64, 6to4, Teredo) are forbidden whatever
/// they stand for, because they would be a way around the list.
/// </summary>
internal sealed class PeerPolicy
{
    /// <summary>Nobody's peer, whatever is allowed: unspecified, multicast, broadcast, and the metadata services of cloud machines.</summary>
    private static readonly AddressPrefix[] _never =
    [
        AddressPrefix.Parse("0.0.0.0/8"),
        AddressPrefix.Parse("224.0.0.0/4"),
        AddressPrefix.Parse("255.255.255.255/32"),
        AddressPrefix.Parse("169.254.169.254/32"),
        AddressPrefix.Parse("::/128"),
        AddressPrefix.Parse("::ffff:0:0/96"),
        AddressPrefix.Parse("ff00::/8"),
        AddressPrefix.Parse("fd00:ec2::254/128"),
    ];

    /// <summary>Special-purpose addresses (RFC 6890 and IANA's registries), forbidden unless allowed.</summary>
    private static readonly AddressPrefix[] _special =
    [
        AddressPrefix.Parse("10.0.0.0/8"),
        AddressPrefix.Parse("100.64.0.0/10"),
        AddressPrefix.Parse("127.0.0.0/8"),
        AddressPrefix.Parse("169.254.0.0/16"),
        AddressPrefix.Parse("172.16.0.0/12"),
        AddressPrefix.Parse("192.0.0.0/24"),
        AddressPrefix.Parse("192.0.2.0/24"),
        AddressPrefix.Parse("192.88.99.0/24"),
        AddressPrefix.Parse("192.168.0.0/16"),
        AddressPrefix.Parse("198.18.0.0/15"),
        AddressPrefix.Parse("198.51.100.0/24"),
        AddressPrefix.Parse("203.0.113.0/24"),
        AddressPrefix.Parse("240.0.0.0/4"),
        AddressPrefix.Parse("::/96"),
        AddressPrefix.Parse("64:ff9b::/96"),
        AddressPrefix.Parse("64:ff9b:1::/48"),
        AddressPrefix.Parse("100::/64"),
        AddressPrefix.Parse("2001::/32"),
        AddressPrefix.Parse("2001:2::/48"),
        AddressPrefix.Parse("2001:10::/28"),
        AddressPrefix.Parse("2001:20::/28"),
        AddressPrefix.Parse("2001:db8::/32"),
        AddressPrefix.Parse("2002::/16"),
        AddressPrefix.Parse("3fff::/20"),
        AddressPrefix.Parse("5f00::/16"),
        AddressPrefix.Parse("fc00::/7"),
        AddressPrefix.Parse("fe80::/10"),
        AddressPrefix.Parse("fec0::/10"),
    ];

    private readonly AddressPrefix[] _allowed;
    private readonly AddressPrefix[] _denied;

    public PeerPolicy(TurnServerOptions options)
    {
        _allowed = [.. options.AllowedPeerNetworks.Select(AddressPrefix.From)];
        _denied = [.. options.DeniedPeerNetworks.Select(AddressPrefix.From)];
    }

    /// <summary>Whether the address may be a peer, the server's own addresses aside.</summary>
    public bool IsAllowed(TransportAddress peer) =>
        !IsIn(_never, peer) && !IsIn(_denied, peer) && (IsAllowedOnPurpose(peer) || !IsIn(_special, peer));

    /// <summary>Whether the operator named a network that holds the address.</summary>
    public bool IsAllowedOnPurpose(TransportAddress peer) => IsIn(_allowed, peer);

    private static bool IsIn(AddressPrefix[] prefixes, TransportAddress address)
    {
        foreach (var prefix in prefixes)
        {
            if (prefix.Contains(address))
            {
                return true;
            }
        }

        return false;
    }
}
