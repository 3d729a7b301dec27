using System.Net;
using System.Net.Sockets;
using KillaBeez.WebRtc.Ice;
using KillaBeez.WebRtc.Io.Gathering;
using KillaBeez.WebRtc.Io.Streams;

namespace KillaBeez.WebRtc.Io;

/// <summary>
/// The endpoint's sockets. Nearly always one set serves every connection. But DTLS 1.2 records name no
/// association: two connections between the same two sockets could not be told apart. So an answering side looks
/// at the offer's candidates and, where a living connection of a set already leads to one of them, or waits for an
/// answer that may, takes the next set.
/// </summary>
internal sealed class SocketSets : IDisposable
{
    private readonly IoLoop _loop;
    private readonly SocketOptions _options;
    private readonly List<SocketSet> _sets = [];
    private readonly List<DatagramSocket> _polled = [];
    private List<IPEndPoint> _addresses;

    /// <exception cref="KillaBeezException">Nothing, or not everything asked for, can be bound (LinkFailed).</exception>
    public SocketSets(IoLoop loop, SocketOptions options)
    {
        _loop = loop;
        _options = options;
        _addresses = [.. options.Addresses];
        _ = Open(Instant.Zero, usePorts: true);
    }

    /// <summary>Every socket that is waited for, for the poller.</summary>
    public IReadOnlyList<DatagramSocket> Polled => _polled;

    public IReadOnlyList<SocketSet> All => _sets;

    /// <summary>The UDP ports of the first set. From any thread.</summary>
    public IReadOnlyList<IPEndPoint> LocalEndPoints { get; private set; } = [];

    public SocketSet Primary => _sets[0];

    /// <summary>The set for a connection that offers: it cannot know its peer yet, so the peer makes the difference.</summary>
    public SocketSet AcquireForOffer(ConnectionDriver connection)
    {
        Primary.Users.Add(connection);
        return Primary;
    }

    /// <summary>The set for a connection that answers an offer with these candidates.</summary>
    public SocketSet AcquireForAnswer(Instant now, ConnectionDriver connection, IReadOnlyCollection<TransportAddress> remote)
    {
        var set = _sets.FirstOrDefault(s => !s.Users.Any(u => u != connection && u.MayLeadTo(remote)));
        if (set is null)
        {
            if (_sets.Count >= IoLimits.MaxSocketSets)
            {
                throw new KillaBeezException(
                    KillaBeezError.LimitExceeded, $"The endpoint already has {IoLimits.MaxSocketSets} connections to the same peer.");
            }

            set = Open(now, usePorts: false);
            set.Gatherer.Start(now);
        }

        set.Users.Add(connection);
        return set;
    }

    /// <summary>Gives a set back; all but the first are closed with their last user.</summary>
    public void Release(ConnectionDriver connection, SocketSet set)
    {
        set.Users.Remove(connection);
        if (set == Primary || set.Users.Count > 0)
        {
            return;
        }

        _sets.Remove(set);
        set.Gatherer.Dispose();
        foreach (var socket in set.Sockets)
        {
            Close(socket);
        }
    }

    /// <summary>A socket is to be waited for.</summary>
    public void Poll(DatagramSocket socket) => _polled.Add(socket);

    /// <summary>A socket is about to be closed.</summary>
    public void Close(TransportSocket socket)
    {
        _loop.Forget(socket);
        if (socket is DatagramSocket datagram)
        {
            _polled.Remove(datagram);
        }

        socket.IsClosed = true;
        socket.Dispose();
    }

    /// <summary>
    /// Follows the machine's addresses: sockets of addresses that are gone are closed, those that have come get one.
    /// An endpoint that was told its addresses keeps them.
    /// </summary>
    public void Update(Instant now, IReadOnlyList<IPAddress> present)
    {
        if (_options.IsExplicit)
        {
            return;
        }

        var gone = _addresses.Where(known => !present.Contains(known.Address)).Select(e => e.Address).ToHashSet();
        var come = present.Where(address => !_addresses.Exists(known => known.Address.Equals(address))).ToList();
        if (gone.Count == 0 && come.Count == 0)
        {
            return;
        }

        _addresses = [.. present.Select(address => new IPEndPoint(address, 0))];
        foreach (var set in _sets)
        {
            // What has come first: a connection that loses its path finds the new one there.
            come.ForEach(address => AddHost(now, set, address, 0));
            foreach (var socket in set.Sockets.Where(s => s is not RelaySocket && gone.Contains(s.LocalAddress.Address)).ToArray())
            {
                set.Remove(now, socket);
                Close(socket);
            }

            set.Gatherer.Follow(now, gone);
        }

        PublishLocalEndPoints();
    }

    public void Dispose()
    {
        foreach (var set in _sets)
        {
            set.Gatherer.Dispose();
            foreach (var socket in set.Sockets)
            {
                socket.IsClosed = true;
                socket.Dispose();
            }
        }
    }

    private SocketSet Open(Instant now, bool usePorts)
    {
        var set = new SocketSet { Gatherer = new Gatherer(_loop, _options) };
        set.Gatherer.Set = set;
        SocketException? lastError = null;
        foreach (var address in _addresses)
        {
            lastError = AddHost(now, set, address.Address, usePorts ? address.Port : 0) ?? lastError;
        }

        if (set.Sockets.Count == 0 || (_options.IsExplicit && lastError is not null))
        {
            foreach (var socket in set.Sockets)
            {
                Close(socket);
            }

            throw new KillaBeezException(
                KillaBeezError.LinkFailed,
                $"No socket could be bound to {string.Join(", ", _addresses)}: {lastError?.Message ?? "this machine has no network address"}.",
                lastError);
        }

        if (_options.TcpPort is { } port && !set.Sockets.Any(socket => socket is TcpListenerSocket))
        {
            foreach (var socket in set.Sockets)
            {
                Close(socket);
            }

            throw new KillaBeezException(KillaBeezError.LinkFailed, $"TCP port {port} cannot be bound: {lastError?.Message}.", lastError);
        }

        _sets.Add(set);
        PublishLocalEndPoints();
        return set;
    }

    private void PublishLocalEndPoints() => LocalEndPoints =
        [.. Primary.Sockets.Where(socket => socket is DatagramSocket).Select(socket => socket.LocalAddress.ToIPEndPoint())];

    /// <summary>Opens what one address of this machine gets; returns why not, where it gets nothing.</summary>
    private SocketException? AddHost(Instant now, SocketSet set, IPAddress address, int port)
    {
        try
        {
            var index = set.Sockets.Count(s => s is DatagramSocket && s.LocalAddress.IsIPv6 == (address.AddressFamily == AddressFamily.InterNetworkV6));
            var socket = DatagramSocket.Bind(address, port, _options.IsPortable);
            var preference = IcePriority.LocalPreference(socket.LocalAddress.IsIPv6, index);
            _polled.Add(socket);
            set.Add(now, socket, IceCandidate.Host(socket.LocalAddress, preference));
            AddTcp(now, set, TransportAddress.From(address, 0), preference);
            return null;
        }
        catch (SocketException e)
        {
            return e;
        }
    }

    private void AddTcp(Instant now, SocketSet set, TransportAddress address, ushort preference)
    {
        if (_options.ConnectsOverTcp)
        {
            var connector = new TcpConnectorSocket(_loop, address);
            set.Add(now, connector, IceCandidate.TcpActive(connector.LocalAddress, preference));
        }

        if (_options.TcpPort is { } port)
        {
            var isPrimary = _sets.Count == 0 || set == Primary;
            var listener = TcpListenerSocket.Listen(_loop, address.WithPort((ushort)(isPrimary ? port : 0)).AsTcp());
            set.Add(now, listener, IceCandidate.TcpPassive(listener.LocalAddress, preference));
        }
    }
}
