using System.Net;
using System.Net.Sockets;
using KillaBeez.NatLab.Namespaces;
using KillaBeez.NatLab.Topology;
using KillaBeez.Tests;

namespace KillaBeez.NatLab.Probes;

/// <summary>
/// Finds out how a site translates and filters, as RFC 5780 does: two server addresses with two ports each. Both ends
/// are sockets of this process, so the "responses from elsewhere" need no protocol.
/// </summary>
internal sealed class NatProbe : IDisposable
{
    private const int RoundTrips = 4;

    private readonly Socket _first;
    private readonly Socket _samePlaceOtherPort;
    private readonly Socket _otherPlace;
    private readonly NetworkNamespace _host;
    private readonly IPAddress _hostAddress;

    public NatProbe(Internet internet, Site site, AddressFamily family)
    {
        var isIPv6 = family == AddressFamily.InterNetworkV6;
        var here = isIPv6 ? Internet.FirstServerIPv6 : Internet.FirstServer;
        var there = isIPv6 ? Internet.SecondServerIPv6 : Internet.SecondServer;
        _first = internet.Network.OpenSocket(new IPEndPoint(here, 0), ProtocolType.Udp);
        _samePlaceOtherPort = internet.Network.OpenSocket(new IPEndPoint(here, 0), ProtocolType.Udp);
        _otherPlace = internet.Network.OpenSocket(new IPEndPoint(there, 0), ProtocolType.Udp);
        _host = site.Host;
        _hostAddress = (isIPv6 ? site.IPv6 : site.IPv4) ?? throw new ArgumentException("The site does not have this family.", nameof(family));
    }

    public async Task<NatBehaviour> RunAsync()
    {
        using var host = _host.OpenSocket(new IPEndPoint(_hostAddress, 0), ProtocolType.Udp);
        var first = await SeenAtAsync(_first, host);
        var mapping =
            !Equals(first, await SeenAtAsync(_samePlaceOtherPort, host)) ? Dependence.AddressAndPort
            : !Equals(first, await SeenAtAsync(_otherPlace, host)) ? Dependence.Address
            : Dependence.Independent;
        var own = (IPEndPoint)host.LocalEndPoint!;
        return new NatBehaviour(!first.Address.Equals(own.Address), first.Port == own.Port, mapping, await FilteringAsync());
    }

    public void Dispose()
    {
        _first.Dispose();
        _samePlaceOtherPort.Dispose();
        _otherPlace.Dispose();
    }

    /// <summary>With a mapping of its own, which has let out datagrams to one endpoint only.</summary>
    private async Task<Dependence> FilteringAsync()
    {
        using var host = _host.OpenSocket(new IPEndPoint(_hostAddress, 0), ProtocolType.Udp);
        var mapped = await SeenAtAsync(_first, host);
        await _otherPlace.SendToAsync("A"u8.ToArray(), mapped);
        await _samePlaceOtherPort.SendToAsync("B"u8.ToArray(), mapped);

        // What was going to arrive has arrived once later datagrams have gone there and back several times.
        var arrived = new HashSet<char>();
        for (var trip = 0; trip < RoundTrips; trip++)
        {
            await SeenAtAsync(_first, host);
            await _first.SendToAsync("."u8.ToArray(), mapped);
            char got;
            while ((got = (char)await ReceiveAsync(host)) != '.')
            {
                arrived.Add(got);
            }
        }

        return arrived.Contains('A') ? Dependence.Independent : arrived.Contains('B') ? Dependence.Address : Dependence.AddressAndPort;
    }

    /// <summary>The endpoint that a datagram of the host comes from at a server.</summary>
    private static async Task<IPEndPoint> SeenAtAsync(Socket server, Socket host)
    {
        await host.SendToAsync("?"u8.ToArray(), server.LocalEndPoint!);
        using var bound = new CancellationTokenSource(Patience.Bound);
        var received = await server.ReceiveFromAsync(new byte[16], server.LocalEndPoint!, bound.Token);
        return (IPEndPoint)received.RemoteEndPoint;
    }

    private static async Task<byte> ReceiveAsync(Socket socket)
    {
        using var bound = new CancellationTokenSource(Patience.Bound);
        var buffer = new byte[16];
        await socket.ReceiveAsync(buffer, bound.Token);
        return buffer[0];
    }
}
