using System.Net;
using KillaBeez.WebRtc.DataChannels;
using KillaBeez.WebRtc.Dtls;
using KillaBeez.WebRtc.Ice;
using KillaBeez.WebRtc.Io;
using KillaBeez.WebRtc.Io.Gathering;
using KillaBeez.WebRtc.Sctp;

namespace KillaBeez.WebRtc.PeerConnections;

/// <summary>
/// The sockets of this process and the one thread that runs everything behind them: any number of connections
/// share it. An idle endpoint takes hardly any processor time: it reads the list of the machine's addresses every three seconds.
/// </summary>
public sealed class RtcEndpoint : IAsyncDisposable
{
    /// <summary>Connections made later get a new certificate; it is valid for 30 days.</summary>
    private static readonly TimeSpan CertificateAge = TimeSpan.FromDays(1);

    private readonly RtcEndpointOptions _options;
    private readonly IoLoop _loop;
    private readonly Lock _lock = new();
    private DtlsContext _context;
    private Instant _contextMadeAt;
    private bool _disposed;

    private RtcEndpoint(RtcEndpointOptions options, IoLoop loop, DtlsContext context)
    {
        _options = options;
        _loop = loop;
        _context = context;
        _contextMadeAt = MonotonicClock.Now;
        loop.ServerFailed = RaiseServerFailed;
    }

    /// <summary>
    /// A STUN or TURN server could not be used; a lost relay is asked for again by itself. Raised on the endpoint's IO
    /// thread: handlers must return soon and not throw.
    /// </summary>
    public event EventHandler<IceServerFailedEventArgs>? IceServerFailed;

    /// <summary>The UDP addresses and ports of this machine that new connections use.</summary>
    public IReadOnlyList<IPEndPoint> LocalEndPoints => _loop.Sockets.LocalEndPoints;

    /// <summary>Datagrams from unknown senders that belonged to no connection and were dropped.</summary>
    public long UnroutableDatagrams => _loop.Counters.DatagramsUnroutable;

    internal IoCounters Counters => _loop.Counters;

    /// <summary>For tests: the machine's addresses are these now, without its interfaces having changed.</summary>
    internal void UpdateAddresses(IReadOnlyList<IPAddress> present) => _loop.Post(now => _loop.Sockets.Update(now, present));

    /// <summary>Opens the sockets and starts the thread.</summary>
    /// <param name="options">Which sockets; null for every usable address.</param>
    /// <exception cref="ArgumentException">An ICE server's URL cannot be understood, or a TURN server lacks credentials.</exception>
    /// <exception cref="KillaBeezException">OpenSSL is missing (NativeLibraryMissing), or no address can be bound (LinkFailed).</exception>
    public static RtcEndpoint Start(RtcEndpointOptions? options = null)
    {
        options ??= new RtcEndpointOptions();
        var servers = ServerUrl.ParseAll(options.IceServers);
        var context = DtlsContext.Create(WallClock.UtcNow);
        try
        {
            var isExplicit = options.BindAddresses.Count > 0;
            IReadOnlyList<IPEndPoint> addresses = isExplicit
                ? options.BindAddresses
                : [.. LocalAddresses.Enumerate(options.AllowLoopback).Select(address => new IPEndPoint(address, 0))];
            var sockets = new SocketOptions
            {
                Addresses = addresses,
                IsExplicit = isExplicit,
                IsPortable = options.IsPortable,
                WatchesNetwork = options.WatchesNetwork && !isExplicit,
                AllowLoopback = options.AllowLoopback,
                TcpPort = options.TcpPort,
                ConnectsOverTcp = options.ConnectOverTcp,
                Servers = servers,
                AcceptsAnyServerCertificate = options.AcceptAnyServerCertificate,
            };
            var loop = new IoLoop(sockets, IoPoller.Create(options.IsPortable));
            var endpoint = new RtcEndpoint(options, loop, context);
            loop.Start(options.Name);
            return endpoint;
        }
        catch
        {
            context.Dispose();
            throw;
        }
    }

    /// <summary>Makes a connection that uses this endpoint's sockets and thread.</summary>
    /// <param name="options">How it behaves; null for the defaults.</param>
    /// <exception cref="ObjectDisposedException">The endpoint is closed.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public PeerConnection CreatePeerConnection(PeerConnectionOptions? options = null)
    {
        options ??= new PeerConnectionOptions();
        options.Validate();
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            RenewCertificate();
            var context = _context;
            var connection = new PeerConnection(_loop, EngineOptions(options, context), options);
            _loop.Post(_ => _loop.Add(connection.Driver));
            return connection;
        }
    }

    /// <summary>
    /// Replaces the STUN and TURN servers; also how time-limited credentials are renewed. What is reached at a server
    /// that stays goes on; what was reached at others ends, and connections that used it look for another path.
    /// </summary>
    /// <param name="servers">All of them.</param>
    /// <exception cref="ArgumentException">A URL cannot be understood, or a TURN server lacks credentials.</exception>
    public void SetIceServers(IReadOnlyList<IceServer> servers)
    {
        ArgumentNullException.ThrowIfNull(servers);
        _loop.UseServers(ServerUrl.ParseAll(servers));
    }

    /// <summary>Closes every connection, tells the peers, ends the thread and closes the sockets. Safe to call twice.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _disposed = true;
        }

        await _loop.StopAsync().ConfigureAwait(false);
        _context.Dispose();
    }

    private PeerConnectionEngineOptions EngineOptions(PeerConnectionOptions options, DtlsContext context) => new()
    {
        Ice = IceOptions.Default with
        {
            AllowLoopback = _options.AllowLoopback,
            RemoteFilter = options.RemoteFilter,
            Policy = options.IceTransportPolicy == IceTransportPolicy.Relay ? IcePolicy.Relay : IcePolicy.All,
        },
        Channels = new DataChannelTransportOptions
        {
            Sctp = new SctpOptions
            {
                MaxReceiveMessageBytes = options.MaxMessageBytes,
                ReceiveWindowBytes = options.ReceiveWindowBytes,
                ToleratesRandomLoss = options.ToleratesRandomLoss,
            },
            MaxSendMessageBytes = options.MaxMessageBytes,
        },
        LocalFingerprint = context.Certificate.Sha256,
        CreateDtls = context.CreateEngine,
        MaxMessageBytes = options.MaxMessageBytes,
        TrickleCandidates = options.TrickleCandidates,
    };

    private void RaiseServerFailed(ServerUrl server, string reason)
    {
        try
        {
            IceServerFailed?.Invoke(this, new IceServerFailedEventArgs($"{server.Host}:{server.Port}", reason));
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // A handler's failure: every connection of the endpoint lives on this thread.
            System.Diagnostics.Trace.TraceError($"A handler of {nameof(IceServerFailed)} has failed: {e}");
        }
    }

    private void RenewCertificate()
    {
        var now = MonotonicClock.Now;
        if (now - _contextMadeAt >= CertificateAge)
        {
            // Associations hold their own reference to the old context, so it may go at once.
            _context.Dispose();
            _context = DtlsContext.Create(WallClock.UtcNow);
            _contextMadeAt = now;
        }
    }
}
