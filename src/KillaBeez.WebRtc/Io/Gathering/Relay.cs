using System.Net;
using System.Net.Sockets;
using KillaBeez.WebRtc.Ice;
using KillaBeez.WebRtc.Io.Streams;
using KillaBeez.WebRtc.Turn;

namespace KillaBeez.WebRtc.Io.Gathering;

/// <summary>
/// One relayed address that a set of sockets is to have: asks for it, and asks again, ever more seldom, when it is
/// lost.
/// <code>
///   Asking --allocated--> Open --failed--> Waiting --time--> Asking
///     +-------------------failed------------^
/// </code>
/// </summary>
internal sealed class Relay
{
    /// <summary>A server may send us on, and our own address may be taken, but not for ever.</summary>
    private const int MaxFurtherTries = 3;

    private readonly IoLoop _loop;
    private readonly SocketOptions _options;
    private readonly Gatherer _gatherer;
    private readonly TransportAddress _resolved;
    private readonly bool _wantsIPv6;
    private readonly ushort _preference;
    private RelaySocket? _socket;
    private TransportAddress _server;
    private Instant _retryAt = Instant.Never;
    private int _retryMs = IoLimits.FirstRelayRetryMs;
    private int _furtherTries;
    private bool _isClosed;

    public Relay(IoLoop loop, SocketOptions options, Gatherer gatherer, ServerUrl url, TransportAddress server, bool wantsIPv6, ushort preference)
    {
        _loop = loop;
        _options = options;
        _gatherer = gatherer;
        Server = url;
        _resolved = server;
        _server = server;
        _wantsIPv6 = wantsIPv6;
        _preference = preference;
    }

    /// <summary>Whom to ask, and as whom.</summary>
    public ServerUrl Server { get; private set; }

    /// <summary>Whether the first attempt has come to an end.</summary>
    public bool IsSettled { get; private set; }

    public Instant NextTimeout => Instant.Min(_retryAt, _socket?.NextTimeout ?? Instant.Never);

    public void HandleTimeout(Instant now)
    {
        if (_socket is { } socket && socket.NextTimeout <= now)
        {
            socket.HandleTimeout(now);
        }

        if (_retryAt <= now)
        {
            Start(now);
        }
    }

    public void Start(Instant now)
    {
        _retryAt = Instant.Never;
        _furtherTries = 0;
        _server = _resolved;
        Open(now);
    }

    /// <summary>New credentials: what works goes on, what has failed is tried with them at once.</summary>
    public void UseServer(Instant now, ServerUrl server)
    {
        var isOther = server != Server;
        Server = server;
        if (isOther && _socket is null)
        {
            _retryMs = IoLimits.FirstRelayRetryMs;
            Start(now);
        }
    }

    /// <summary>The machine's addresses have changed: a relay that was reached from one that is gone is asked for anew.</summary>
    public void Follow(Instant now, IReadOnlySet<IPAddress> gone)
    {
        if (_socket is null)
        {
            Start(now);
        }
        else if (gone.Contains(_socket.Source.Address))
        {
            Drop(now);
            Start(now);
        }
    }

    /// <summary>Gives the relayed address back; the connections that use it look for another path.</summary>
    public void Drop(Instant now)
    {
        if (_socket is { } socket)
        {
            _socket = null;
            _gatherer.Set.Remove(now, socket);
            _loop.Sockets.Close(socket);
        }
    }

    public void Close()
    {
        _isClosed = true;
        _retryAt = Instant.Never;
        _socket?.Dispose();
        _socket = null;
    }

    public void Reschedule() => _gatherer.Reschedule();

    public void OnAllocated(Instant now, RelaySocket socket)
    {
        if (socket != _socket)
        {
            return;
        }

        IsSettled = true;
        _retryMs = IoLimits.FirstRelayRetryMs;
        var transport = Server.Scheme switch
        {
            ServerScheme.TurnTls => IceRelayTransport.Tls,
            ServerScheme.TurnTcp => IceRelayTransport.Tcp,
            _ => IceRelayTransport.Udp,
        };
        var candidate = IceCandidate.Relayed(
            socket.LocalAddress, socket.MappedAddress ?? socket.LocalAddress, _server, _preference, transport);
        _gatherer.Set.Add(now, socket, candidate);
        _gatherer.OnProgress(now);
    }

    public void OnAlternate(Instant now, RelaySocket socket, TransportAddress server) => TryFurther(now, socket, server);

    public void OnAddressInUse(Instant now, RelaySocket socket) => TryFurther(now, socket, _server);

    public void OnFailed(Instant now, RelaySocket socket, string reason)
    {
        if (socket != _socket)
        {
            return;
        }

        Drop(now);
        Fail(now, reason);
    }

    private void TryFurther(Instant now, RelaySocket socket, TransportAddress server)
    {
        if (socket != _socket)
        {
            return;
        }

        Drop(now);
        if (_furtherTries++ < MaxFurtherTries)
        {
            _server = server;
            Open(now);
        }
        else
        {
            Fail(now, $"The TURN server '{Server.Host}' sends us from one address to the next.");
        }
    }

    private void Open(Instant now)
    {
        if (_isClosed)
        {
            return;
        }

        try
        {
            var options = new TurnClientOptions
            {
                Server = _server,
                Username = Server.Username,
                Password = Server.Credential,
                RequestIPv6 = _wantsIPv6,
                IsAlternate = _server != _resolved,
            };
            var tlsName = Server.Scheme == ServerScheme.TurnTls ? Server.Host : null;
            var target = new StreamTarget(Source(), _server, tlsName, _options.AcceptsAnyServerCertificate);
            _socket = RelaySocket.Open(_loop, this, options, target, _options);
            _socket.Start(now);
        }
        catch (SocketException e)
        {
            Fail(now, $"No socket could be opened for the TURN server '{Server.Host}': {e.Message}");
        }

        Reschedule();
    }

    /// <summary>
    /// The address of this machine that the server is reached from. A socket bound to it tells us, unlike one bound to
    /// any address, that the address is gone. Who was told which addresses to use, uses no other.
    /// </summary>
    private TransportAddress Source()
    {
        foreach (var address in _options.IsExplicit ? _options.Addresses : [])
        {
            var local = TransportAddress.From(address.Address, 0);
            if (local.IsIPv6 == _server.IsIPv6)
            {
                return local;
            }
        }

        // Connecting a UDP socket sends nothing: it asks the routing table.
        using var asking = new Socket(_server.Family, SocketType.Dgram, ProtocolType.Udp);
        asking.Connect(_server.ToIPEndPoint());
        return TransportAddress.From((IPEndPoint)asking.LocalEndPoint!).WithPort(0);
    }

    private void Fail(Instant now, string reason)
    {
        IsSettled = true;
        _retryAt = now.AddMs(_retryMs);
        _retryMs = Math.Min(_retryMs * 2, IoLimits.MaxRelayRetryMs);
        _gatherer.OnFailed(now, Server, reason);
    }
}
