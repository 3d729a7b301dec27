using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using KillaBeez.WebRtc.Mdns;

namespace KillaBeez.WebRtc.Io;

/// <summary>
/// Asks the local network for the names behind which browsers hide their addresses. Its sockets exist only while
/// somebody waits for a name. It asks from ports of its own, which responders answer directly (RFC 6762, section
/// 6.7), and listens on the common port, because some answer to the group only.
/// </summary>
internal sealed class NameResolver(IoLoop loop, SocketOptions options) : IoTask, IDatagramHandler, IDisposable
{
    private static readonly TransportAddress Group4 = TransportAddress.From(IPAddress.Parse("224.0.0.251"), IoLimits.MdnsPort);
    private static readonly IPAddress Group6 = IPAddress.Parse("ff02::fb");

    private readonly MdnsResolver _resolver = new();
    private readonly Dictionary<string, HashSet<ConnectionDriver>> _waiting = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<(DatagramSocket Socket, TransportAddress Group)> _askers = [];
    private readonly List<DatagramSocket> _listeners = [];
    private readonly byte[] _query = new byte[MdnsResolver.MinTransmitBytes];

    public override Instant NextTimeout => _resolver.NextTimeout;

    /// <summary>IO thread: the connection is told what the name stands for, or that nobody says.</summary>
    public void Resolve(Instant now, string name, ConnectionDriver connection)
    {
        if (!_waiting.TryGetValue(name, out var connections))
        {
            connections = [];
            _waiting.Add(name, connections);
        }

        connections.Add(connection);
        OpenSockets();
        _resolver.Resolve(now, name);
        Drain(now);
    }

    /// <summary>IO thread: the connection is gone.</summary>
    public void Forget(ConnectionDriver connection)
    {
        foreach (var (name, connections) in _waiting.ToArray())
        {
            if (connections.Remove(connection) && connections.Count == 0)
            {
                _waiting.Remove(name);
            }
        }

        CloseIfIdle();
    }

    public bool HandleDatagram(Instant now, DatagramSocket socket, TransportAddress from, ReadOnlySpan<byte> datagram)
    {
        // RFC 6762, section 6: an answer that does not come from this port is none.
        if (from.Port == IoLimits.MdnsPort)
        {
            _resolver.HandleDatagram(now, datagram);
            Drain(now);
        }

        return true;
    }

    public override void HandleTimeout(Instant now)
    {
        _resolver.HandleTimeout(now);
        Drain(now);
    }

    public void Dispose()
    {
        foreach (var (socket, _) in _askers)
        {
            loop.Sockets.Close(socket);
        }

        _listeners.ForEach(loop.Sockets.Close);
        _askers.Clear();
        _listeners.Clear();
    }

    private void Drain(Instant now)
    {
        while (_resolver.TryPollTransmit(now, _query, out var written))
        {
            foreach (var (socket, group) in _askers)
            {
                // Lost where there is no multicast: the question is repeated, and the peer finds us anyway.
                socket.Send(_query.AsSpan(0, written), written, group);
            }
        }

        while (_resolver.TryPollEvent(out var e))
        {
            if (_waiting.Remove(e.Name, out var connections))
            {
                foreach (var connection in connections)
                {
                    connection.NameResolved(now, e.Name, e.Address);
                }
            }
        }

        CloseIfIdle();
        loop.Schedule(this);
    }

    private void CloseIfIdle()
    {
        if (_waiting.Count == 0)
        {
            Dispose();
        }
    }

    private void OpenSockets()
    {
        if (_askers.Count > 0)
        {
            return;
        }

        var interfaces = NetworkInterface.GetAllNetworkInterfaces()
            .Where(i => i.OperationalStatus is OperationalStatus.Up or OperationalStatus.Unknown)
            .Where(i => options.AllowLoopback || i.NetworkInterfaceType != NetworkInterfaceType.Loopback)
            .ToList();
        foreach (var properties in interfaces.Select(i => i.GetIPProperties()))
        {
            foreach (var address in properties.UnicastAddresses.Select(a => a.Address).Where(a => a.AddressFamily == AddressFamily.InterNetwork))
            {
                TryOpen(() => Ask4(address));
            }
        }

        var indexes6 = interfaces.Where(i => i.Supports(NetworkInterfaceComponent.IPv6))
            .Select(i => i.GetIPProperties().GetIPv6Properties().Index).ToList();
        indexes6.ForEach(index => TryOpen(() => Ask6(index)));
        TryOpen(() => Listen4(interfaces));
        TryOpen(() => Listen6(indexes6));
    }

    private void Ask4(IPAddress address)
    {
        var socket = NewSocket(AddressFamily.InterNetwork);
        socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastInterface, address.GetAddressBytes());
        _askers.Add((Use(socket, new IPEndPoint(address, 0)), Group4));
    }

    private void Ask6(int index)
    {
        var socket = NewSocket(AddressFamily.InterNetworkV6);
        socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.MulticastInterface, index);
        _askers.Add((Use(socket, new IPEndPoint(IPAddress.IPv6Any, 0)), TransportAddress.From(new IPAddress(Group6.GetAddressBytes(), index), IoLimits.MdnsPort)));
    }

    private void Listen4(List<NetworkInterface> interfaces)
    {
        var socket = NewSocket(AddressFamily.InterNetwork);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        foreach (var address in interfaces.SelectMany(i => i.GetIPProperties().UnicastAddresses).Select(a => a.Address))
        {
            if (address.AddressFamily == AddressFamily.InterNetwork)
            {
                TryOpen(() => socket.SetSocketOption(
                    SocketOptionLevel.IP, SocketOptionName.AddMembership, new MulticastOption(Group4.Address, address)));
            }
        }

        _listeners.Add(Use(socket, new IPEndPoint(IPAddress.Any, IoLimits.MdnsPort)));
    }

    private void Listen6(List<int> indexes)
    {
        var socket = NewSocket(AddressFamily.InterNetworkV6);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        foreach (var index in indexes)
        {
            TryOpen(() => socket.SetSocketOption(
                SocketOptionLevel.IPv6, SocketOptionName.AddMembership, new IPv6MulticastOption(Group6, index)));
        }

        _listeners.Add(Use(socket, new IPEndPoint(IPAddress.IPv6Any, IoLimits.MdnsPort)));
    }

    private static Socket NewSocket(AddressFamily family)
    {
        var socket = new Socket(family, SocketType.Dgram, ProtocolType.Udp) { Blocking = false };
        if (family == AddressFamily.InterNetworkV6)
        {
            socket.DualMode = false;
        }

        return socket;
    }

    private DatagramSocket Use(Socket socket, IPEndPoint local)
    {
        try
        {
            socket.Bind(local);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        var datagrams = DatagramSocket.Wrap(socket, options.IsPortable);
        datagrams.Handler = this;
        loop.Sockets.Poll(datagrams);
        return datagrams;
    }

    /// <summary>An interface without multicast, or a port that somebody has for himself, is no reason not to ask elsewhere.</summary>
    private static void TryOpen(Action open)
    {
        try
        {
            open();
        }
        catch (SocketException)
        {
        }
    }
}
