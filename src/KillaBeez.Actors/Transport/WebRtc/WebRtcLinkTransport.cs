using System.Collections.Concurrent;
using KillaBeez.WebRtc.PeerConnections;

namespace KillaBeez.Actors.Transport.WebRtc;

/// <summary>Makes links of WebRTC data channels; all of a node's connections share one endpoint.</summary>
internal sealed class WebRtcLinkTransport : ILinkTransport
{
    private readonly RtcEndpoint _endpoint;
    private readonly ConcurrentDictionary<WebRtcLinkAttempt, bool> _attempts = new();

    private readonly PeerConnectionOptions _connectionOptions;
    private readonly Lock _failuresLock = new();
    private readonly Dictionary<string, string> _earlyFailures = [];
    private Action<string, string>? _reportFailure;

    private WebRtcLinkTransport(RtcEndpoint endpoint, PeerConnectionOptions connectionOptions)
    {
        _endpoint = endpoint;
        _connectionOptions = connectionOptions;
        endpoint.IceServerFailed += (_, e) => OnServerFailed(e);
    }

    public static WebRtcLinkTransport Start(SwarmOptions options)
    {
        var endpoint = RtcEndpoint.Start(new RtcEndpointOptions
        {
            AllowLoopback = options.AllowLoopback,
            IceServers = [.. options.IceServers],
            TcpPort = options.TcpPort,
        });
        return new WebRtcLinkTransport(endpoint, new PeerConnectionOptions
        {
            IceTransportPolicy = options.RelayOnly ? IceTransportPolicy.Relay : IceTransportPolicy.All,
        });
    }

    public ILinkAttempt Offer(ILinkAttemptObserver observer) => Begin(offer: null, observer);

    public ILinkAttempt Answer(string offer, ILinkAttemptObserver observer) => Begin(offer, observer);

    public void SetIceServers(IReadOnlyList<IceServer> servers) => _endpoint.SetIceServers(servers);

    public void ReportServerFailures(Action<string, string> report)
    {
        lock (_failuresLock)
        {
            _reportFailure = report;
            foreach (var (server, reason) in _earlyFailures)
            {
                report(server, reason);
            }

            _earlyFailures.Clear();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var attempt in _attempts.Keys)
        {
            attempt.Close();
        }

        await Task.WhenAll(_attempts.Keys.Select(attempt => attempt.Completion)).ConfigureAwait(false);
        await _endpoint.DisposeAsync().ConfigureAwait(false);
    }

    internal void Forget(WebRtcLinkAttempt attempt) => _attempts.TryRemove(attempt, out _);

    /// <summary>Servers fail while the node that is to report it is still being made.</summary>
    private void OnServerFailed(IceServerFailedEventArgs e)
    {
        lock (_failuresLock)
        {
            if (_reportFailure is { } report)
            {
                report(e.Server, e.Reason);
            }
            else
            {
                _earlyFailures[e.Server] = e.Reason;
            }
        }
    }

    private WebRtcLinkAttempt Begin(string? offer, ILinkAttemptObserver observer)
    {
        var attempt = new WebRtcLinkAttempt(this, _endpoint.CreatePeerConnection(_connectionOptions), offer, observer);
        _attempts.TryAdd(attempt, true);
        attempt.Begin();
        return attempt;
    }
}
