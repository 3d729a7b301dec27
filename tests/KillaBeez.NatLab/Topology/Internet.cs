using System.Net;
using KillaBeez.NatLab.Namespaces;

namespace KillaBeez.NatLab.Topology;

/// <summary>What lies between the sites: a router that knows public addresses only, and the servers' addresses.</summary>
internal sealed class Internet : IAsyncDisposable
{
    private int _uplinks;

    private Internet(NetworkNamespace network) => Network = network;

    /// <summary>The servers run here.</summary>
    public NetworkNamespace Network { get; }

    public static IPAddress FirstServer { get; } = IPAddress.Parse("198.51.100.1");

    public static IPAddress SecondServer { get; } = IPAddress.Parse("198.51.100.2");

    public static IPAddress ThirdServer { get; } = IPAddress.Parse("198.51.100.3");

    public static IPAddress FirstServerIPv6 { get; } = IPAddress.Parse("2001:db8:ffff::1");

    public static IPAddress SecondServerIPv6 { get; } = IPAddress.Parse("2001:db8:ffff::2");

    public static IPAddress ThirdServerIPv6 { get; } = IPAddress.Parse("2001:db8:ffff::3");

    /// <summary>Every address there is; those of the documentation are nobody's elsewhere, and a relay refuses them.</summary>
    public static IReadOnlyList<string> Networks { get; } = ["203.0.113.0/24", "198.51.100.0/24", "2001:db8::/32"];

    /// <summary>
    /// What goes to an address that is nobody's, such as a private one, vanishes without an error, as it does behind a
    /// provider's router: the default route leads to a neighbour that is not there. A relay that is told at once would
    /// behave as it never does in the world; coturn gives up the whole allocation.
    /// </summary>
    public static async Task<Internet> CreateAsync()
    {
        var network = await NetworkNamespace.CreateAsync("i");
        try
        {
            await network.SetAsync(Forwarding);
            await network.IpAsync($"""
                link set lo up
                addr add {FirstServer}/32 dev lo
                addr add {SecondServer}/32 dev lo
                addr add {ThirdServer}/32 dev lo
                addr add {ThirdServerIPv6}/128 dev lo nodad
                addr add {FirstServerIPv6}/128 dev lo nodad
                addr add {SecondServerIPv6}/128 dev lo nodad
                link add void type veth peer name nothing
                addr add 192.0.2.1/24 dev void
                addr add 2001:db8:dead::1/64 dev void nodad
                link set nothing up
                link set void up
                neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev void
                neigh add 2001:db8:dead::2 lladdr 02:00:00:00:00:02 dev void
                route add default via 192.0.2.2
                route add default via 2001:db8:dead::2

                """);
            return new Internet(network);
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }
    }

    /// <summary>Addresses can be used at once: nobody here has the same one.</summary>
    public static (string Name, string Value) NoDuplicateDetection { get; } = ("ipv6/conf/default/accept_dad", "0");

    public static IReadOnlyList<(string Name, string Value)> Forwarding { get; } =
        [("ipv4/ip_forward", "1"), ("ipv6/conf/all/forwarding", "1"), NoDuplicateDetection];

    /// <summary>Links a device of a site's outermost namespace; the site's own addresses and routes are its own business.</summary>
    public async Task<Uplink> AttachAsync(NetworkNamespace edge, string device)
    {
        var uplink = new Uplink(Interlocked.Increment(ref _uplinks) - 1);
        if (uplink.Number >= Uplink.Most)
        {
            throw new LabException($"The lab's internet has {Uplink.Most} uplinks.");
        }

        await Veth.LinkAsync(Network, uplink.InternetDevice, edge, device);
        await Network.IpAsync($"""
            addr add {uplink.IPv4Gateway}/30 dev {uplink.InternetDevice}
            addr add {uplink.IPv6Gateway}/64 dev {uplink.InternetDevice} nodad
            link set {uplink.InternetDevice} up
            route add {uplink.IPv6Network} via {uplink.IPv6} dev {uplink.InternetDevice}

            """);
        return uplink;
    }

    public ValueTask DisposeAsync() => Network.DisposeAsync();
}
