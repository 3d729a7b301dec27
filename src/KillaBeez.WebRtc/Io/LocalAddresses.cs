using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace KillaBeez.WebRtc.Io;

/// <summary>The addresses of this machine that a peer might reach.</summary>
internal static class LocalAddresses
{
    /// <summary>Every usable unicast address, IPv6 first (RFC 8421, section 4).</summary>
    /// <param name="allowLoopback">Whether loopback addresses are wanted too; without any other they are taken anyway.</param>
    public static List<IPAddress> Enumerate(bool allowLoopback)
    {
        var all = NetworkInterface.GetAllNetworkInterfaces()
            .Where(i => i.OperationalStatus is OperationalStatus.Up or OperationalStatus.Unknown)
            .SelectMany(i => i.GetIPProperties().UnicastAddresses)
            .Select(a => a.Address)
            .Where(IsUsable)
            .Distinct()
            .OrderBy(a => a.AddressFamily == AddressFamily.InterNetworkV6 ? 0 : 1)
            .ToList();
        var others = all.Where(a => !IPAddress.IsLoopback(a)).ToList();
        return others.Count == 0 ? all : allowLoopback ? [.. others, .. all.Where(IPAddress.IsLoopback)] : others;
    }

    /// <summary>
    /// Link-local addresses mean nothing to a peer that does not know the interface, and no zone may be signalled;
    /// IPv4's (169.254/16) exist where there is no network.
    /// </summary>
    private static bool IsUsable(IPAddress address) => address.AddressFamily switch
    {
        AddressFamily.InterNetwork => !address.ToString().StartsWith("169.254.", StringComparison.Ordinal)
            && (!IPAddress.IsLoopback(address) || address.Equals(IPAddress.Loopback)),
        AddressFamily.InterNetworkV6 => !address.IsIPv6LinkLocal
            && !address.IsIPv6Multicast
            && !address.IsIPv4MappedToIPv6
            && !address.IsIPv6SiteLocal,
        _ => false,
    };
}
