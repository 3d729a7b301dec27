using System.Net;
using KillaBeez.NatLab.Namespaces;
using KillaBeez.Tests;

namespace KillaBeez.NatLab.Topology;

/// <summary>A host and the routers between it and the internet.</summary>
internal sealed class Site : IAsyncDisposable
{
    private const string HostDevice = "eth0";
    private const string InnerGateway = "192.168.1.1";
    private const string OtherInnerAddress = "192.168.1.77";

    private readonly List<NetworkNamespace> _all = [];

    private Site(SiteKind kind, IPAddress innerAddress)
    {
        Kind = kind;
        InnerAddress = innerAddress;
    }

    public SiteKind Kind { get; }

    /// <summary>Where the peer runs; its loopback is down, so it has no addresses but those of the site.</summary>
    public NetworkNamespace Host { get; private set; } = null!;

    /// <summary>The router next to the host, or null where there is none.</summary>
    public NetworkNamespace? Router { get; private set; }

    public Uplink Uplink { get; private set; }

    /// <summary>The host's IPv4 address behind a NAT.</summary>
    public IPAddress InnerAddress { get; }

    /// <summary>The host's own IPv4 address.</summary>
    public IPAddress? IPv4 => !Kind.HasIPv4() ? null : Kind == SiteKind.Open ? Uplink.IPv4 : InnerAddress;

    /// <summary>The host's own IPv6 address.</summary>
    public IPAddress? IPv6 => Kind.HasIPv6() ? Uplink.IPv6Host : null;

    /// <param name="internet">What it is linked to.</param>
    /// <param name="kind">What is in between.</param>
    /// <param name="last">
    /// The last number of the host's private address. All sites have the same private network, as most homes do.
    /// </param>
    public static async Task<Site> BuildAsync(Internet internet, SiteKind kind, byte last)
    {
        var site = new Site(kind, new IPAddress([192, 168, 1, last]));
        try
        {
            await site.BuildAsync(internet);

            // The kernel says a moment later that a link is up, and a peer asks the kernel which addresses it has.
            await WaitUntil.HoldsAsync(site.IsUpAsync, "the host's link to be up");
            return site;
        }
        catch
        {
            await site.DisposeAsync();
            throw;
        }
    }

    /// <summary>The router forgets every mapping, as after a restart.</summary>
    public Task ForgetMappingsAsync() => Router!.RunAsync("conntrack", ["-F"]);

    /// <summary>
    /// The host loses its address and gets another one, as in a network that hands them out anew: the private one, or
    /// where there is no IPv4 the global one. The router admits it like the old one.
    /// </summary>
    public Task MoveAsync()
    {
        if (Kind == SiteKind.IPv6Only)
        {
            return Host.IpAsync($"""
                addr del {Uplink.IPv6Host}/64 dev {HostDevice}
                addr add {Uplink.IPv6OtherHost}/64 dev {HostDevice} nodad
                route replace default via {Uplink.IPv6Router}

                """);
        }

        return Host.IpAsync($"""
            addr del {InnerAddress}/24 dev {HostDevice}
            addr add {OtherInnerAddress}/24 dev {HostDevice}
            route replace default via {InnerGateway}

            """);
    }

    /// <summary>Bounds how fast the host may send, so that a transfer lasts.</summary>
    public Task LimitRateAsync(int megabitsPerSecond) => Host.RunAsync(
        "tc",
        ["qdisc", "replace", "dev", HostDevice, "root", "tbf", "rate", $"{megabitsPerSecond}mbit", "burst", "128kb", "latency", "50ms"]);

    public async ValueTask DisposeAsync()
    {
        foreach (var network in Enumerable.Reverse(_all))
        {
            await network.DisposeAsync();
        }
    }

    private async Task BuildAsync(Internet internet)
    {
        Host = await AddAsync("h", [Internet.NoDuplicateDetection]);
        if (Kind == SiteKind.Open)
        {
            Uplink = await internet.AttachAsync(Host, HostDevice);
            await Host.IpAsync($"""
                addr add {Uplink.IPv4}/30 dev {HostDevice}
                link set {HostDevice} up
                route add default via {Uplink.IPv4Gateway}

                """);
            return;
        }

        var router = await AddAsync("r", Internet.Forwarding);
        Router = router;
        if (Kind == SiteKind.DoubleNat)
        {
            await BuildCarrierAsync(internet, router);
        }
        else
        {
            Uplink = await internet.AttachAsync(router, "wan");
            await router.IpAsync(OutsideLines());
        }

        await Veth.LinkAsync(router, "lan", Host, HostDevice);
        await router.IpAsync(InsideLines());
        await router.NftAsync(RouterRules.For(Kind, InnerAddress));
        await Host.IpAsync(HostLines());
    }

    private async Task<bool> IsUpAsync() =>
        (await Host.RunAsync("cat", [$"/sys/class/net/{HostDevice}/operstate"])).Trim() == "up";

    private async Task BuildCarrierAsync(Internet internet, NetworkNamespace home)
    {
        var carrier = await AddAsync("c", Internet.Forwarding);
        Uplink = await internet.AttachAsync(carrier, "wan");
        await carrier.IpAsync(OutsideLines());
        await Veth.LinkAsync(carrier, "lan", home, "wan");
        await carrier.IpAsync($"""
            addr add {Uplink.CarrierGateway}/24 dev lan
            link set lan up

            """);
        await carrier.NftAsync(RouterRules.ForCarrier());
        await home.IpAsync($"""
            addr add {Uplink.CarrierCustomer}/24 dev wan
            link set wan up
            route add default via {Uplink.CarrierGateway}

            """);
    }

    private string OutsideLines() => Lines(
        $"""
        addr add {Uplink.IPv4}/30 dev wan
        link set wan up
        route add default via {Uplink.IPv4Gateway}

        """,
        $"""
        addr add {Uplink.IPv6}/64 dev wan nodad
        link set wan up
        route add default via {Uplink.IPv6Gateway}

        """);

    private string InsideLines() => Lines(
        $"""
        addr add {InnerGateway}/24 dev lan
        link set lan up

        """,
        $"""
        addr add {Uplink.IPv6Router}/64 dev lan nodad
        link set lan up

        """);

    private string HostLines() => Lines(
        $"""
        addr add {InnerAddress}/24 dev {HostDevice}
        link set {HostDevice} up
        route add default via {InnerGateway}

        """,
        $"""
        addr add {Uplink.IPv6Host}/64 dev {HostDevice} nodad
        link set {HostDevice} up
        route add default via {Uplink.IPv6Router}

        """);

    private string Lines(string ipv4, string ipv6) => (Kind.HasIPv4() ? ipv4 : "") + (Kind.HasIPv6() ? ipv6 : "");

    private async Task<NetworkNamespace> AddAsync(string role, IReadOnlyList<(string Name, string Value)> parameters)
    {
        var network = await NetworkNamespace.CreateAsync(role);
        _all.Add(network);
        await network.SetAsync(parameters);
        return network;
    }
}
