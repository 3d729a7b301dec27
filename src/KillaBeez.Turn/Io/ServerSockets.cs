using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using KillaBeez.Turn.Peers;
using KillaBeez.WebRtc;
using KillaBeez.WebRtc.Io;

namespace KillaBeez.Turn.Io;

/// <summary>The sockets that a server listens on, all of them or none.</summary>
internal sealed class ServerSockets : IDisposable
{
    private readonly List<DatagramSocket> _udp = [];
    private readonly List<Socket> _tcp = [];
    private readonly List<Socket> _tls = [];

    public IReadOnlyList<DatagramSocket> Udp => _udp;

    public IReadOnlyList<Socket> Tcp => _tcp;

    public IReadOnlyList<Socket> Tls => _tls;

    /// <exception cref="SocketException">An address cannot be listened on.</exception>
    public static ServerSockets Open(TurnServerOptions options)
    {
        var sockets = new ServerSockets();
        try
        {
            foreach (var endPoint in options.Listen)
            {
                sockets.ListenOn(endPoint, options.ListenTcp);
            }

            foreach (var endPoint in options.ListenTls)
            {
                sockets._tls.Add(ListenTcp(endPoint));
            }

            return sockets;
        }
        catch
        {
            sockets.Dispose();
            throw;
        }
    }

    /// <summary>The addresses that clients must not reach through the server.</summary>
    public OwnAddresses FindOwnAddresses(TurnServerOptions options)
    {
        var machine = NetworkInterface.GetAllNetworkInterfaces()
            .SelectMany(i => i.GetIPProperties().UnicastAddresses)
            .Select(a => TransportAddress.From(a.Address, 0))
            .Concat(options.ExternalAddresses.Concat(options.RelayAddresses).Select(a => TransportAddress.From(a, 0)))
            .ToList();
        var relays = options.RelayAddresses
            .Select(a => options.ExternalAddresses.FirstOrDefault(e => e.AddressFamily == a.AddressFamily) ?? a)
            .Select(a => TransportAddress.From(a, 0));
        var endPoints = _udp.Select(s => s.LocalAddress.ToIPEndPoint())
            .Concat(_tcp.Concat(_tls).Select(s => (IPEndPoint)s.LocalEndPoint!));
        return new OwnAddresses(machine, relays, endPoints.SelectMany(e => Expand(e, machine)));
    }

    public void Dispose()
    {
        foreach (var socket in _udp)
        {
            socket.Dispose();
        }

        foreach (var socket in _tcp.Concat(_tls))
        {
            socket.Dispose();
        }
    }

    private static IEnumerable<TransportAddress> Expand(IPEndPoint endPoint, List<TransportAddress> machine) =>
        endPoint.Address.Equals(IPAddress.Any) || endPoint.Address.Equals(IPAddress.IPv6Any)
            ? machine.Select(a => TransportAddress.From(a.Address, endPoint.Port))
            : [TransportAddress.From(endPoint)];

    /// <summary>UDP, and TCP on the same port, which where the system chooses may take more than one try.</summary>
    private void ListenOn(IPEndPoint endPoint, bool withTcp)
    {
        for (var attempt = 1; ; attempt++)
        {
            var udp = DatagramSocket.Bind(endPoint.Address, endPoint.Port);
            try
            {
                if (withTcp)
                {
                    _tcp.Add(ListenTcp(new IPEndPoint(endPoint.Address, udp.LocalAddress.Port)));
                }

                _udp.Add(udp);
                return;
            }
            catch (SocketException) when (endPoint.Port == 0 && attempt < TurnServerLimits.MaxListenAttempts)
            {
                udp.Dispose();
            }
            catch
            {
                udp.Dispose();
                throw;
            }
        }
    }

    private static Socket ListenTcp(IPEndPoint endPoint)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (endPoint.AddressFamily == AddressFamily.InterNetworkV6)
            {
                socket.DualMode = false;
            }

            socket.Bind(endPoint);
            socket.Listen(TurnServerLimits.StreamBacklog);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
