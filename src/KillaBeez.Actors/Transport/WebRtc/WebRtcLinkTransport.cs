using System.Collections.Concurrent;
using KillaBeez.WebRtc.PeerConnections;

namespace KillaBeez.Actors.Transport.WebRtc;

/// <summary>Makes links of WebRTC data channels; all of a node's connections share one endpoint.</summary>
internal sealed class WebRtcLinkTransport : ILinkTransport
{
    private readonly RtcEndpoint _endpoint;
    private readonly ConcurrentDictionary<WebRtcLinkAttempt, bool> _attempts = new();

    private readonly PeerConnectionOptions _connectionOptions;

    private WebRtcLinkTransport(RtcEndpoint endpoint, PeerConnectionOptions connectionOptions)
    {
        _endpoint = endpoint;
        _connectionOptions = connectionOptions;
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

    private WebRtcLinkAttempt Begin(string? offer, ILinkAttemptObserver observer)
    {
        var attempt = new WebRtcLinkAttempt(this, _endpoint.CreatePeerConnection(_connectionOptions), offer, observer);
        _attempts.TryAdd(attempt, true);
        attempt.Begin();
        return attempt;
    }
}
