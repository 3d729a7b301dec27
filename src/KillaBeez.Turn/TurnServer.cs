using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using KillaBeez.Turn.Io;

namespace KillaBeez.Turn;

/// <summary>
/// A STUN and TURN server (RFC 8489, RFC 8656): it tells clients their public address, and relays for those that nothing
/// else lets through. Over UDP, TCP and TLS, relaying UDP. What it relays is encrypted between the peers; it sees
/// addresses and sizes only. Thread-safe.
/// </summary>
public sealed class TurnServer : IAsyncDisposable
{
    private readonly ServerSockets _sockets;
    private readonly ServerLoop _loop;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _tasks = [];
    private bool _isDisposed;

    private TurnServer(TurnServerOptions options, ServerSockets sockets)
    {
        _sockets = sockets;
        _loop = new ServerLoop(options, sockets, SystemRandomSource.Instance);
        UdpEndPoints = [.. sockets.Udp.Select(s => s.LocalAddress.ToIPEndPoint())];
        TcpEndPoints = [.. sockets.Tcp.Select(s => (IPEndPoint)s.LocalEndPoint!)];
        TlsEndPoints = [.. sockets.Tls.Select(s => (IPEndPoint)s.LocalEndPoint!)];
    }

    /// <summary>Where it listens over UDP, with the ports that the system chose.</summary>
    public IReadOnlyList<IPEndPoint> UdpEndPoints { get; }

    /// <summary>Where it listens over TCP.</summary>
    public IReadOnlyList<IPEndPoint> TcpEndPoints { get; }

    /// <summary>Where it listens over TLS.</summary>
    public IReadOnlyList<IPEndPoint> TlsEndPoints { get; }

    /// <summary>Opens the sockets and serves until <see cref="DisposeAsync"/>.</summary>
    /// <param name="options">What to serve.</param>
    /// <param name="cancellationToken">Cancels the start, not the server.</param>
    /// <exception cref="ArgumentException">An option is out of its range, or one is missing that another needs.</exception>
    /// <exception cref="SocketException">An address cannot be listened on.</exception>
    public static Task<TurnServer> StartAsync(TurnServerOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        cancellationToken.ThrowIfCancellationRequested();
        options = WithRelayAddresses(options);
        var sockets = ServerSockets.Open(options);
        try
        {
            var server = new TurnServer(options, sockets);
            server.Start(options);
            return Task.FromResult(server);
        }
        catch
        {
            sockets.Dispose();
            throw;
        }
    }

    /// <summary>What is in use and what has been counted.</summary>
    public TurnServerStatistics GetStatistics() => _loop.GetStatistics();

    /// <summary>
    /// Stops: takes nothing more in, gives streams a second for what is on its way to them, and closes all sockets.
    /// Allocations end without a word; clients notice at their next refresh.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        var streams = _loop.BeginStop();
        await _stop.CancelAsync().ConfigureAwait(false);
        _sockets.Dispose();
        await Task.WhenAny(
            Task.WhenAll(streams.Select(s => s.Writing)),
            Task.Delay(TimeSpan.FromMilliseconds(TurnServerLimits.StopMs), TimeProvider.System)).ConfigureAwait(false);
        await Task.WhenAll(_loop.CloseAll()).ConfigureAwait(false);
        await Task.WhenAll(_tasks).ConfigureAwait(false);
        _stop.Dispose();
    }

    /// <summary>Without relay addresses, relay sockets are bound where clients come in.</summary>
    private static TurnServerOptions WithRelayAddresses(TurnServerOptions options)
    {
        if (options.StunOnly || options.RelayAddresses.Count > 0)
        {
            return options;
        }

        var addresses = options.Listen.Concat(options.ListenTls)
            .Select(e => e.Address)
            .Where(a => !a.Equals(IPAddress.Any) && !a.Equals(IPAddress.IPv6Any))
            .DistinctBy(a => a.AddressFamily)
            .ToList();
        return addresses.Count > 0
            ? options with { RelayAddresses = addresses }
            : throw new ArgumentException(
                "The server listens on all addresses of the machine: say which of them relayed data leaves from.", nameof(options));
    }

    private void Start(TurnServerOptions options)
    {
        _tasks.Add(_loop.TickAsync(_stop.Token));
        _tasks.AddRange(_sockets.Udp.Select(_loop.PumpListenerAsync));
        _tasks.AddRange(_sockets.Tcp.Select(s => _loop.AcceptAsync(s, tls: null)));
        if (options.TlsCertificate is { } certificate)
        {
            var tls = new SslServerAuthenticationOptions
            {
                // Offline: fetching intermediate certificates from the network is not this program's business.
                ServerCertificateContext = SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true),
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                ClientCertificateRequired = false,
                AllowRenegotiation = false,
            };
            _tasks.AddRange(_sockets.Tls.Select(s => _loop.AcceptAsync(s, tls)));
        }
    }
}
