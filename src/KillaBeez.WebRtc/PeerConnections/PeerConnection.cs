using KillaBeez.WebRtc.Io;
using KillaBeez.WebRtc.Sdp;

namespace KillaBeez.WebRtc.PeerConnections;

/// <summary>
/// A connection to one peer that carries data channels (W3C WebRTC's RTCPeerConnection without media). Descriptions
/// travel to the peer by whatever the application uses for signalling. Methods may be called from any thread.
/// Events are raised one after the other on the endpoint's IO thread: handlers must return soon and never wait for
/// anything that this endpoint does.
/// </summary>
public sealed class PeerConnection : IAsyncDisposable
{
    private readonly ConnectionDriver _driver;
    private readonly byte[] _localFingerprint;
    private volatile SessionDescription? _localDescription;
    private volatile SessionDescription? _remoteDescription;
    private volatile byte[]? _remoteFingerprint;
    private volatile string? _failureReason;
    private volatile Exception? _failure;
    private volatile int _state;
    private volatile int _signalingState;
    private volatile int _closeReason;
    private volatile int _gatheringState;
    private bool _hasGatheringStateChanged;

    internal PeerConnection(IoLoop loop, PeerConnectionEngineOptions engineOptions, PeerConnectionOptions options)
    {
        _localFingerprint = engineOptions.LocalFingerprint.ToArray();
        _driver = new ConnectionDriver(loop, new PeerConnectionEngine(engineOptions, SystemRandomSource.Instance), this, options);
    }

    /// <summary>The state has changed; read it from <see cref="ConnectionState"/>.</summary>
    public event EventHandler? ConnectionStateChanged;

    /// <summary>
    /// A candidate line ("candidate:...") is to be carried to the peer; an empty text says that it was the last.
    /// Only raised with <see cref="PeerConnectionOptions.TrickleCandidates"/>.
    /// </summary>
    public event EventHandler<string>? IceCandidateFound;

    /// <summary>
    /// An offer is to be made and carried to the peer: a first channel waits for one, <see cref="RestartIce"/> was
    /// called, or an address of this machine is gone and both sides should look for a path anew. In the last case the
    /// connection usually has moved to another path by itself.
    /// </summary>
    public event EventHandler? NegotiationNeeded;

    /// <summary><see cref="IceGatheringState"/> has changed.</summary>
    public event EventHandler? IceGatheringStateChanged;

    /// <summary>The peer has opened a channel. It is open; add its handlers here and nothing is missed.</summary>
    public event EventHandler<DataChannel>? DataChannelOpened;

    /// <summary>Where the connection stands.</summary>
    public PeerConnectionState ConnectionState => (PeerConnectionState)_state;

    /// <summary>Whether every address of this side is known.</summary>
    public IceGatheringState IceGatheringState => (IceGatheringState)_gatheringState;

    /// <summary>Where the exchange of offer and answer stands.</summary>
    public SignalingState SignalingState => (SignalingState)_signalingState;

    /// <summary>Why the connection is over; <see cref="PeerConnectionCloseReason.None"/> while it is not.</summary>
    public PeerConnectionCloseReason CloseReason => (PeerConnectionCloseReason)_closeReason;

    /// <summary>Why the connection failed, as a sentence for a person; null unless it did.</summary>
    public string? FailureReason => _failureReason;

    /// <summary>What a handler threw, where that ended the connection.</summary>
    public Exception? Failure => _failure;

    /// <summary>The local description proposed or in force, with all candidates; null before the first.</summary>
    public SessionDescription? LocalDescription => _localDescription;

    /// <summary>The peer's description proposed or in force; null before the first.</summary>
    public SessionDescription? RemoteDescription => _remoteDescription;

    /// <summary>Our certificate's fingerprint, as in descriptions: "sha-256 AB:CD:...".</summary>
    public string LocalFingerprint => SdpFingerprint.Sha256(_localFingerprint).ToString();

    /// <summary>The peer's certificate's fingerprint, once it has proved to hold the certificate; null before.</summary>
    public string? RemoteFingerprint => _remoteFingerprint is { } bytes ? SdpFingerprint.Sha256(bytes).ToString() : null;

    /// <summary>The smoothed round-trip time; null before anything has been measured.</summary>
    public TimeSpan? RoundTripTime => _driver.Counters.RoundTripTime;

    /// <summary>SHA-256 of our certificate, 32 bytes.</summary>
    internal ReadOnlyMemory<byte> LocalFingerprintBytes => _localFingerprint;

    /// <summary>SHA-256 of the peer's verified certificate, 32 bytes; empty before.</summary>
    internal ReadOnlyMemory<byte> RemoteFingerprintBytes => _remoteFingerprint;

    internal ConnectionDriver Driver => _driver;

    /// <summary>
    /// Makes a channel. Before the first offer this is what makes the offer worth sending; later it needs no
    /// new one. It is usable once <see cref="DataChannel.Opened"/> is raised; where its id is taken already, or the
    /// connection has 1,024 channels, <see cref="DataChannel.Closed"/> is raised instead.
    /// </summary>
    /// <param name="label">Any text of at most 65,535 bytes of UTF-8.</param>
    /// <param name="init">How it behaves; null for ordered and reliable.</param>
    /// <exception cref="ArgumentException">The options contradict each other, or a text is too long.</exception>
    /// <exception cref="KillaBeezException">The connection is closed (Closed).</exception>
    public DataChannel CreateDataChannel(string label, DataChannelInit? init = null)
    {
        ArgumentNullException.ThrowIfNull(label);
        init ??= new DataChannelInit();
        init.Validate(label);
        var channel = new DataChannel(_driver, label, init, _driver.Options);
        Post(now => _driver.OpenChannel(now, channel, init));
        return channel;
    }

    /// <summary>Makes an offer; set it with <see cref="SetLocalDescriptionAsync"/> and carry it to the peer.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="InvalidOperationException">The peer's offer waits for an answer.</exception>
    /// <exception cref="KillaBeezException">The connection is closed (Closed).</exception>
    public async Task<SessionDescription> CreateOfferAsync(CancellationToken cancellationToken = default)
    {
        await GatherAsync(cancellationToken).ConfigureAwait(false);
        return await InvokeAsync(now => _driver.CreateOffer(now), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Answers the peer's offer; set it with <see cref="SetLocalDescriptionAsync"/> and carry it to the peer.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="InvalidOperationException">No offer waits for an answer.</exception>
    /// <exception cref="KillaBeezException">The connection is closed (Closed).</exception>
    public async Task<SessionDescription> CreateAnswerAsync(CancellationToken cancellationToken = default)
    {
        await GatherAsync(cancellationToken).ConfigureAwait(false);
        return await InvokeAsync(now => _driver.Engine.CreateAnswer(now), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sets what was made last, unchanged, or takes a local offer back.</summary>
    /// <param name="description">The description.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="InvalidOperationException">The signaling state does not allow it.</exception>
    /// <exception cref="ArgumentException">It is not what was made last.</exception>
    /// <exception cref="KillaBeezException">The connection is closed (Closed).</exception>
    public Task SetLocalDescriptionAsync(SessionDescription description, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(description);
        return InvokeAsync(
            now =>
            {
                _driver.Engine.SetLocalDescription(now, description);
                return true;
            },
            cancellationToken);
    }

    /// <summary>
    /// Sets what the peer has sent. An offer that comes while a local one is open takes the local one back; which
    /// side gives way is for the application to decide.
    /// </summary>
    /// <param name="description">The description.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="InvalidOperationException">The signaling state does not allow it.</exception>
    /// <exception cref="KillaBeezException">It is malformed, or names another certificate (ProtocolViolation); or the connection is closed (Closed).</exception>
    public Task SetRemoteDescriptionAsync(SessionDescription description, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(description);
        return InvokeAsync(
            now =>
            {
                if (!_driver.TrySetRemoteDescription(now, description, out var error))
                {
                    throw new KillaBeezException(KillaBeezError.ProtocolViolation, error);
                }

                return true;
            },
            cancellationToken);
    }

    /// <summary>Adds a candidate of the peer, before or after its description.</summary>
    /// <param name="candidate">The line, with or without "a="; null or empty: there are no more.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="KillaBeezException">The line is malformed (ProtocolViolation); or the connection is closed (Closed).</exception>
    public Task AddIceCandidateAsync(string? candidate, CancellationToken cancellationToken = default) => InvokeAsync(
        now =>
        {
            if (!_driver.Engine.TryAddIceCandidate(now, candidate))
            {
                throw new KillaBeezException(KillaBeezError.ProtocolViolation, "The peer's ICE candidate is malformed.");
            }

            return true;
        },
        cancellationToken);

    /// <summary>Makes the next offer ask for a new path; the connection stays up on the old one meanwhile.</summary>
    /// <exception cref="KillaBeezException">The connection is closed (Closed).</exception>
    public void RestartIce() => Post(now => _driver.Run(now, _ => _driver.Engine.RestartIce()));

    /// <summary>The connection's numbers at this moment.</summary>
    public PeerConnectionStats GetStats() => _driver.Counters.Snapshot();

    /// <summary>
    /// Closes the connection and all its channels; the peer is told. Completes when its sockets and memory are given
    /// back. Safe to call twice.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (_driver.Loop.Post(now => _driver.Close(now)))
        {
            await _driver.Finished.ConfigureAwait(false);
        }
    }

    internal void NoteFailure(Exception e) => _failure ??= e;

    /// <summary>IO thread: makes what has changed visible, and the state last, so that who sees it sees the rest.</summary>
    internal void Publish(PeerConnectionEngine engine)
    {
        _signalingState = (int)engine.SignalingState;
        _localDescription = engine.LocalDescription;
        PublishGathering(engine);
        _remoteDescription = engine.RemoteDescription;
        _failureReason = engine.FailureReason;
        _closeReason = (int)engine.CloseReason;
        if (_remoteFingerprint is null && !engine.VerifiedPeerCertificate.IsEmpty)
        {
            _remoteFingerprint = System.Security.Cryptography.SHA256.HashData(engine.VerifiedPeerCertificate);
        }
    }

    internal void RaiseStateChanged(PeerConnectionState state)
    {
        _state = (int)state;
        ConnectionStateChanged?.Invoke(this, EventArgs.Empty);
    }

    internal void RaiseCandidate(string candidate) => IceCandidateFound?.Invoke(this, candidate);

    internal void RaiseGatheringStateChanged()
    {
        if (_hasGatheringStateChanged)
        {
            _hasGatheringStateChanged = false;
            IceGatheringStateChanged?.Invoke(this, EventArgs.Empty);
        }
    }

    internal void RaiseNegotiationNeeded() => NegotiationNeeded?.Invoke(this, EventArgs.Empty);

    internal void RaiseChannelOpened(DataChannel channel) => DataChannelOpened?.Invoke(this, channel);

    /// <summary>A description that carries every candidate has to wait until they are known.</summary>
    private async Task GatherAsync(CancellationToken cancellationToken)
    {
        if (_driver.Options.TrickleCandidates || _driver.Loop.Servers.Count == 0)
        {
            return;
        }

        var gathered = await InvokeAsync(_driver.GatheredAsync, cancellationToken).ConfigureAwait(false);
        await gathered.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private void PublishGathering(PeerConnectionEngine engine)
    {
        var state = engine.HasEndOfLocalCandidates ? IceGatheringState.Complete
            : engine.LocalDescription is not null ? IceGatheringState.Gathering
            : IceGatheringState.New;
        _hasGatheringStateChanged |= (int)state != _gatheringState;
        _gatheringState = (int)state;
    }

    private void Post(Action<Instant> command)
    {
        ThrowIfClosed();
        if (!_driver.Loop.Post(command))
        {
            throw Closed();
        }
    }

    private Task<T> InvokeAsync<T>(Func<Instant, T> command, CancellationToken cancellationToken)
    {
        ThrowIfClosed();
        var completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var posted = _driver.Loop.Post(now =>
        {
            if (_driver.IsFinished || ConnectionState == PeerConnectionState.Closed)
            {
                completion.TrySetException(Closed());
                return;
            }

            try
            {
                T result = default!;
                _driver.Run(now, at => result = command(at));
                completion.TrySetResult(result);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                // The caller's to handle: the IO thread belongs to everybody.
                completion.TrySetException(e);
            }
        });
        if (!posted)
        {
            completion.TrySetException(Closed());
        }

        return completion.Task.WaitAsync(cancellationToken);
    }

    private void ThrowIfClosed()
    {
        if (ConnectionState is PeerConnectionState.Closed or PeerConnectionState.Failed)
        {
            throw Closed();
        }
    }

    private KillaBeezException Closed() => new(
        KillaBeezError.Closed, FailureReason is { } reason ? $"The connection has failed: {reason}" : "The connection is closed.");
}
