using System.Net;

namespace KillaBeez.NatLab.Topology;

/// <summary>
/// A site's link to the internet, made of addresses for documentation (RFC 5737, RFC 3849): four of 203.0.113.0/24, a
/// network 2001:db8:0:N::/64 for the link and one 2001:db8:1:N::/64 behind it.
/// </summary>
/// <param name="Number">0 to <see cref="Most"/> - 1.</param>
internal readonly record struct Uplink(int Number)
{
    public const int Most = 64;

    /// <summary>The interface at the internet's end.</summary>
    public string InternetDevice => $"up{Number}";

    public IPAddress IPv4Gateway => new([203, 0, 113, (byte)((4 * Number) + 1)]);

    /// <summary>The site's public address.</summary>
    public IPAddress IPv4 => new([203, 0, 113, (byte)((4 * Number) + 2)]);

    public IPAddress IPv6Gateway => IPAddress.Parse($"2001:db8:0:{Number:x}::1");

    public IPAddress IPv6 => IPAddress.Parse($"2001:db8:0:{Number:x}::2");

    /// <summary>The router's address towards its hosts.</summary>
    public IPAddress IPv6Router => IPAddress.Parse($"2001:db8:1:{Number:x}::1");

    /// <summary>A host's address.</summary>
    public IPAddress IPv6Host => IPAddress.Parse($"2001:db8:1:{Number:x}::10");

    /// <summary>The address that a host may move to.</summary>
    public IPAddress IPv6OtherHost => IPAddress.Parse($"2001:db8:1:{Number:x}::77");

    public string IPv6Network => $"2001:db8:1:{Number:x}::/64";

    /// <summary>Where a carrier that translates addresses puts the routers of its customers (RFC 6598).</summary>
    public IPAddress CarrierGateway => new([100, 64, (byte)Number, 1]);

    public IPAddress CarrierCustomer => new([100, 64, (byte)Number, 2]);
}
