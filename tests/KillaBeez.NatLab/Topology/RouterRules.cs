using System.Net;

namespace KillaBeez.NatLab.Topology;

/// <summary>What makes a router the kind it is, as rules of nftables; "wan" is outside, "lan" inside.</summary>
internal static class RouterRules
{
    /// <summary>Counts the datagrams that a router that blocks UDP has dropped.</summary>
    public const string BlockedCounter = "blocked";

    /// <summary>The rules of the router next to the host.</summary>
    public static string For(SiteKind kind, IPAddress host) => kind switch
    {
        SiteKind.FullCone => Filter("ct status dnat accept") + Translation("masquerade", $"iifname \"wan\" meta l4proto udp dnat to {host}"),
        SiteKind.Symmetric => Filter() + Translation("masquerade fully-random"),
        SiteKind.UdpBlocked => Filter($"meta l4proto udp counter name {BlockedCounter} drop") + Translation("masquerade"),
        SiteKind.IPv6Only => Filter(),
        _ => Filter() + Translation("masquerade"),
    };

    /// <summary>The rules of a carrier's router, in front of the home's.</summary>
    public static string ForCarrier() => Filter() + Translation("masquerade");

    /// <summary>
    /// Nothing comes in that was not asked for. What is unsolicited must be dropped before connection tracking keeps
    /// it: an entry for it would collide with the mapping that the host's own datagram to that peer needs, and Linux
    /// would then choose another port.
    /// </summary>
    private static string Filter(string first = "") => $$"""
        table inet filter {
            counter {{BlockedCounter}} {
            }
            chain input {
                type filter hook input priority filter; policy drop;
                iifname "lan" accept
                meta l4proto { icmp, ipv6-icmp } accept
                ct state established,related accept
            }
            chain forward {
                type filter hook forward priority filter; policy drop;
                {{first}}
                ct state established,related accept
                iifname "lan" accept
                meta l4proto ipv6-icmp accept
            }
        }

        """;

    /// <summary>Linux keeps the host's port where it is free, whatever the remote endpoint, unless told otherwise.</summary>
    private static string Translation(string outbound, string inbound = "") => $$"""
        table ip nat {
            chain pre {
                type nat hook prerouting priority dstnat;
                {{inbound}}
            }
            chain post {
                type nat hook postrouting priority srcnat;
                oifname "wan" {{outbound}}
            }
        }

        """;
}
