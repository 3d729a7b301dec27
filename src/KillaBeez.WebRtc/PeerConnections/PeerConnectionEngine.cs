using KillaBeez.WebRtc.DataChannels;
using KillaBeez.WebRtc.Dtls;
using KillaBeez.WebRtc.Ice;
using KillaBeez.WebRtc.Sctp;
using KillaBeez.WebRtc.Stun;
using KillaBeez.WebRtc.Turn;

namespace KillaBeez.WebRtc.PeerConnections;

/// <summary>
/// One connection without its sockets: ICE finds the path, DTLS secures it, SCTP carries the data channels, and
/// offer and answer configure all three. Pure but for OpenSSL behind <see cref="IDtlsEngine"/>.
/// <code>
///   UDP datagram ── first byte 0-3 ── IceAgent
///                └─ 20-63, validated path ── IDtlsEngine ── fingerprint matches ── DataChannelTransport
/// </code>
/// Not a byte of SCTP is read or written before the peer's certificate has been compared with its description.
/// </summary>
internal sealed partial class PeerConnectionEngine : IDisposable
{
    private readonly PeerConnectionEngineOptions _options;
    private readonly IceAgent _ice;
    private readonly IDtlsEngine _dtls;
    private readonly EarlyDatagrams _early = new();
    private readonly Queue<PeerConnectionEvent> _events = new();
    private readonly byte[] _plaintext = new byte[PeerConnectionLimits.MaxPlaintextBytes];

    private NetworkPath? _dtlsPath;
    private NetworkPath? _lastPath;
    private bool _isPeerVerified;

    public PeerConnectionEngine(PeerConnectionEngineOptions options, IRandomSource random)
    {
        _options = options;
        _random = random;
        _ice = new IceAgent(options.Ice, random);
        _dtls = options.CreateDtls();
        Channels = new DataChannelTransport(options.Channels, random);
        _sessionId = Sdp.SdpNegotiation.NewSessionId(random);
        MaxSendMessageBytes = options.MaxMessageBytes;
    }

    /// <summary>The data channels: the owner opens, sends and closes through it and polls nothing but events from it.</summary>
    public DataChannelTransport Channels { get; }

    public PeerConnectionState State { get; private set; }

    public PeerConnectionCloseReason CloseReason { get; private set; }

    /// <summary>Why the connection failed, as a sentence for a person.</summary>
    public string? FailureReason { get; private set; }

    public NetworkPath? SelectedPath => _ice.SelectedPath;

    public IceCandidatePair? SelectedPair => _ice.Selected;

    public IceStatistics IceStatistics => _ice.Statistics;

    public string LocalUfrag => _ice.LocalCredentials.Ufrag;

    public TimeSpan? RoundTripTime => _ice.RoundTripTime;

    /// <summary>The peer's certificate (DER), empty until it has been verified.</summary>
    public ReadOnlySpan<byte> VerifiedPeerCertificate => _isPeerVerified ? _dtls.PeerCertificate : default;

    /// <summary>Whether everything there was to say has been polled after the end; the owner then disposes the engine.</summary>
    public bool IsFinished { get; private set; }

    public Instant NextTimeout => IsOver
        ? Instant.Never
        : Instant.Min(_ice.NextTimeout, Instant.Min(_dtls.NextTimeout, _isPeerVerified ? Channels.NextTimeout : Instant.Never));

    private bool IsOver => State is PeerConnectionState.Closed or PeerConnectionState.Failed;

    public bool IsValidated(NetworkPath path) => _ice.IsValidated(path);

    /// <summary>Takes a datagram from the socket; false where it is none of this connection's.</summary>
    public bool HandleDatagram(Instant now, NetworkPath path, ReadOnlySpan<byte> datagram)
    {
        if (IsOver)
        {
            return false;
        }

        switch (StunDemux.Classify(datagram))
        {
            case DatagramKind.Stun:
                var isOurs = _ice.HandleDatagram(now, path, datagram);
                HandleIceEvents(now);
                return isOurs;
            case DatagramKind.Dtls:
                if (_dtls.State == DtlsState.New || !_ice.IsValidated(path))
                {
                    // The peer may be ahead of us: its path is validated with our next check, not yet with its own.
                    _early.Add(path, datagram);
                }
                else
                {
                    HandleDtls(now, path, datagram);
                }

                return true;
            default:
                return false;
        }
    }

    /// <summary>Every datagram of a batch has been handed in: one decision about acknowledgements.</summary>
    public void EndReceiveBatch(Instant now)
    {
        if (_isPeerVerified && !IsOver)
        {
            Channels.EndReceiveBatch(now);
        }
    }

    public void HandleTimeout(Instant now)
    {
        if (IsOver)
        {
            return;
        }

        if (_ice.NextTimeout <= now)
        {
            _ice.HandleTimeout(now);
            HandleIceEvents(now);
        }

        if (_dtls.NextTimeout <= now)
        {
            _dtls.HandleTimeout(now);
            UpdateDtls(now);
        }

        if (_isPeerVerified && Channels.NextTimeout <= now)
        {
            Channels.HandleTimeout(now);
        }
    }

    /// <summary>The next datagram to send. Call until false.</summary>
    /// <param name="now">The time.</param>
    /// <param name="destination">At least 2,048 bytes.</param>
    /// <param name="written">The datagram's length.</param>
    /// <param name="path">The socket to send from and the address to send to.</param>
    public bool TryPollTransmit(Instant now, Span<byte> destination, out int written, out NetworkPath path)
    {
        if (!IsOver && _ice.TryPollTransmit(now, destination, out written, out path))
        {
            return true;
        }

        written = 0;
        path = default;
        if (CloseReason != PeerConnectionCloseReason.IceFailed && (_ice.SelectedPath ?? _dtlsPath) is { } secured)
        {
            path = secured;
            if (_dtls.TryPollTransmit(destination, out written)
                || TryPollChannels(now, destination, out written)
                || TryPollCloseNotify(now, destination, out written))
            {
                return true;
            }
        }

        if (IsOver && !IsFinished)
        {
            _ice.Close(now);
            IsFinished = true;
        }

        return false;
    }

    public bool TryPollEvent(out PeerConnectionEvent e) => _events.TryDequeue(out e);

    /// <summary>What happened to the channels; the owner of a message's payload is who polls it.</summary>
    public bool TryPollChannelEvent(Instant now, out DataChannelEvent e)
    {
        if (!Channels.TryPollEvent(out e))
        {
            return false;
        }

        if (e.Kind == DataChannelEventKind.Closed && !IsOver)
        {
            OnChannelsClosed(now, e);
        }

        return true;
    }

    /// <summary>Ends the connection: ABORT and close_notify are still to be polled, then <see cref="IsFinished"/> is true.</summary>
    public void Close(Instant now) => End(now, PeerConnectionState.Closed, PeerConnectionCloseReason.Local, null);

    /// <summary>Ends the connection because of something above it.</summary>
    public void Fail(Instant now, PeerConnectionCloseReason reason, string message) =>
        End(now, PeerConnectionState.Failed, reason, message);

    public void Dispose()
    {
        _early.Dispose();
        _dtls.Dispose();
        while (Channels.TryPollEvent(out var e))
        {
            e.Payload.Dispose();
        }
    }

    private void HandleIceEvents(Instant now)
    {
        while (_ice.TryPollEvent(out var e))
        {
            switch (e.Kind)
            {
                case IceEventKind.StateChanged when e.State == IceState.Failed:
                    Fail(now, PeerConnectionCloseReason.IceFailed, "No path to the peer was found, or it has been silent for too long.");
                    return;
                case IceEventKind.SelectedPathChanged when e.Path is { } path:
                    OnPathSelected(now, path);
                    break;
                case IceEventKind.LocalCandidateFound when IsSignallingCandidates:
                    Signal(e.Candidate!.ToString());
                    break;
                case IceEventKind.NameToResolve:
                    _events.Enqueue(new PeerConnectionEvent(PeerConnectionEventKind.NameToResolve, State, e.Name));
                    break;
            }
        }

        StartDtlsIfReady(now);
        ReplayEarly(now);
        UpdateState();
    }

    /// <summary>What has been learnt about one path says nothing about another (RFC 9260, section 7.2.1; RFC 8899).</summary>
    private void OnPathSelected(Instant now, NetworkPath path)
    {
        if (_lastPath == path)
        {
            return;
        }

        _lastPath = path;
        var largest = path.Remote.IsIPv6 ? SctpLimits.MaxProbedPacketBytesIPv6 : SctpLimits.MaxProbedPacketBytes;
        var isRelayed = _ice.Selected is { Local.Type: IceCandidateType.Relayed };
        Channels.OnPathChanged(now, isRelayed ? largest - ChannelData.HeaderBytes : largest);
    }

    private void OnChannelsClosed(Instant now, in DataChannelEvent e)
    {
        if (e.Reason is SctpCloseReason.ProtocolViolation or SctpCloseReason.LimitExceeded or SctpCloseReason.PeerRestarted)
        {
            Fail(now, PeerConnectionCloseReason.ProtocolViolation, $"The peer broke the rules of the data channels ({e.Reason}).");
        }
        else
        {
            End(now, PeerConnectionState.Closed, PeerConnectionCloseReason.Remote, null);
        }
    }

    private void End(Instant now, PeerConnectionState state, PeerConnectionCloseReason reason, string? message)
    {
        if (IsOver)
        {
            return;
        }

        State = state;
        CloseReason = reason;
        FailureReason = message;
        _signaling.Close();
        if (_isPeerVerified)
        {
            // SHUTDOWN would wait for what is in flight; WebRTC ends associations with ABORT and close_notify.
            Channels.Abort(now);
        }

        _events.Enqueue(new PeerConnectionEvent(PeerConnectionEventKind.StateChanged, state, null));
    }

    private void UpdateState()
    {
        if (IsOver)
        {
            return;
        }

        var state = _ice.State switch
        {
            IceState.New when _dtls.State == DtlsState.New => PeerConnectionState.New,
            IceState.Disconnected => PeerConnectionState.Disconnected,
            IceState.Connected or IceState.Completed when _isPeerVerified => PeerConnectionState.Connected,
            _ => PeerConnectionState.Connecting,
        };
        if (state != State)
        {
            State = state;
            _events.Enqueue(new PeerConnectionEvent(PeerConnectionEventKind.StateChanged, state, null));
        }
    }
}
