using KillaBeez.Swarm.CipherSessions;
using KillaBeez.WebRtc;
using KillaBeez.WebRtc.PeerConnections;

namespace KillaBeez.Actors.Transport.WebRtc;

/// <summary>
/// One WebRTC connection with one data channel in it, from offer or answer to its end. Owns the connection.
/// </summary>
internal sealed class WebRtcLinkAttempt : ILinkAttempt
{
    /// <summary>The label of the data channel that carries everything between two nodes.</summary>
    public const string ChannelLabel = "killabeez";

    private static readonly TimeSpan _drainLimit = TimeSpan.FromSeconds(1);

    private readonly WebRtcLinkTransport _transport;
    private readonly PeerConnection _connection;
    private readonly string? _offer;
    private readonly ILinkAttemptObserver _observer;
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private DataChannelLink? _link;
    private int _isClosing;
    private int _isReported;

    public WebRtcLinkAttempt(WebRtcLinkTransport transport, PeerConnection connection, string? offer, ILinkAttemptObserver observer)
    {
        _transport = transport;
        _connection = connection;
        _offer = offer;
        _observer = observer;
    }

    /// <summary>Done when the connection has given back everything.</summary>
    public Task Completion => _completion.Task;

    public void Begin()
    {
        _connection.ConnectionStateChanged += (_, _) => OnConnectionState();
        if (_offer is null)
        {
            Take(_connection.CreateDataChannel(ChannelLabel));
            Observe(OfferAsync());
        }
        else
        {
            _connection.DataChannelOpened += (_, channel) => OnRemoteChannel(channel);
            Observe(AnswerAsync());
        }
    }

    public void AcceptAnswer(string answer) =>
        Observe(_connection.SetRemoteDescriptionAsync(new SessionDescription(SdpType.Answer, answer)));

    public void AddCandidate(string candidate) => Observe(_connection.AddIceCandidateAsync(candidate));

    public void Close()
    {
        if (Interlocked.Exchange(ref _isClosing, 1) == 0)
        {
            Observe(CloseAsync());
        }
    }

    /// <summary>The data channel is open; called once, on the endpoint's thread.</summary>
    internal void OnChannelOpened(DataChannelLink link)
    {
        if (Interlocked.Exchange(ref _isReported, 1) == 0)
        {
            var (local, remote) = (_connection.LocalFingerprintBytes, _connection.RemoteFingerprintBytes);
            _observer.OnOpened(link, _offer is null
                ? CipherPrologue.ForWebRtc(local.Span, remote.Span)
                : CipherPrologue.ForWebRtc(remote.Span, local.Span));
        }
    }

    private async Task OfferAsync()
    {
        var offer = await _connection.CreateOfferAsync().ConfigureAwait(false);
        await _connection.SetLocalDescriptionAsync(offer).ConfigureAwait(false);
        _observer.OnDescription(_connection.LocalDescription!.Sdp);
    }

    private async Task AnswerAsync()
    {
        await _connection.SetRemoteDescriptionAsync(new SessionDescription(SdpType.Offer, _offer!)).ConfigureAwait(false);
        var answer = await _connection.CreateAnswerAsync().ConfigureAwait(false);
        await _connection.SetLocalDescriptionAsync(answer).ConfigureAwait(false);
        _observer.OnDescription(_connection.LocalDescription!.Sdp);
    }

    private void OnRemoteChannel(DataChannel channel)
    {
        var isLink = channel is { Label: ChannelLabel, Ordered: true, MaxRetransmits: null, MaxPacketLifeTimeMs: null };
        if (isLink && _link is null)
        {
            Take(channel);
        }
        else
        {
            channel.Close();
        }
    }

    private void Take(DataChannel channel)
    {
        _link = new DataChannelLink(this, channel);
        channel.SetSink(_link);
    }

    private void OnConnectionState()
    {
        if (_connection.ConnectionState is PeerConnectionState.Failed or PeerConnectionState.Closed)
        {
            Fail(_connection.FailureReason ?? $"the connection ended: {_connection.CloseReason}");
        }
    }

    /// <summary>Before the link is open the observer hears of it, afterwards the link's sink.</summary>
    private void Fail(string reason)
    {
        if (Interlocked.Exchange(ref _isReported, 1) == 0)
        {
            _observer.OnFailed(reason);
        }
        else
        {
            _link?.End(reason);
        }
    }

    private async Task CloseAsync()
    {
        try
        {
            if (_link is { } link)
            {
                // The channel drains what is queued before it closes; a peer that is gone does not hold this up for long.
                link.CloseChannel();
                await Task.WhenAny(link.ChannelClosed, Task.Delay(_drainLimit)).ConfigureAwait(false);
            }

            await _connection.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            Fail("closed");
            _transport.Forget(this);
            _completion.TrySetResult();
        }
    }

    /// <summary>What the connection refuses ends the attempt with that reason.</summary>
    private void Observe(Task task) => _ = task.ContinueWith(
        (done, state) => ((WebRtcLinkAttempt)state!).Fail(done.Exception!.InnerException!.Message),
        this,
        CancellationToken.None,
        TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Default);
}
