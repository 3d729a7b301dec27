using KillaBeez.WebRtc.Ice;
using KillaBeez.WebRtc.Sdp;

namespace KillaBeez.WebRtc.PeerConnections;

/// <content>Descriptions and candidates: what configures ICE, DTLS and SCTP.</content>
internal sealed partial class PeerConnectionEngine
{
    private readonly IRandomSource _random;
    private readonly ulong _sessionId;
    private readonly OfferAnswerMachine _signaling = new();
    private ulong _sessionVersion;
    private SdpNegotiated? _negotiated;
    private IReadOnlyList<SdpFingerprint> _remoteFingerprints = [];
    private bool _hasEndOfRemoteCandidates;
    private bool _isRestartRequested;
    private bool _isNegotiationNeeded;

    public SignalingState SignalingState => _signaling.State;

    public SessionDescription? RemoteDescription => _signaling.Remote?.Text;

    /// <summary>The fingerprints that the remote description in force names.</summary>
    public IReadOnlyList<SdpFingerprint> RemoteFingerprints => _remoteFingerprints;

    /// <summary>The largest message that may be sent, in bytes; final once offer and answer are there.</summary>
    public int MaxSendMessageBytes { get; private set; }

    /// <summary>Whether this side opens the DTLS association; null before that is negotiated.</summary>
    public bool? IsDtlsClient => _negotiated?.IsDtlsClient;

    /// <summary>The addresses that the peer's description in force or proposed names, for the choice of sockets.</summary>
    public IEnumerable<TransportAddress> RemoteAddresses =>
        _ice.RemoteCandidates.Concat(_signaling.Remote?.Content.Candidates ?? []).Where(c => c.HostName is null).Select(c => c.Address);

    /// <summary>The next offer gets new ICE credentials, so that both sides look for a path anew.</summary>
    public void RestartIce()
    {
        _isRestartRequested = true;
        RequestNegotiation();
    }

    /// <summary>A channel wants to be opened: the first one needs an association, which descriptions bring about.</summary>
    public void NoteChannelWanted()
    {
        if (_negotiated is null && !_isNegotiationNeeded)
        {
            RequestNegotiation();
        }
    }

    /// <summary>Something has to be agreed on with the peer: the owner hears it as soon as an offer can be made.</summary>
    public void RequestNegotiation()
    {
        _isNegotiationNeeded = true;
        RaiseNegotiationNeeded();
    }

    /// <exception cref="InvalidOperationException">The state does not allow it.</exception>
    public SessionDescription CreateOffer(Instant now)
    {
        _signaling.RequireCanOffer();
        if (_isRestartRequested && _ice.RemoteCredentials is not null)
        {
            _ice.Restart(now);
        }

        _isRestartRequested = false;
        _isNegotiationNeeded = false;
        return _signaling.NoteCreated(SdpType.Offer, SdpNegotiation.CreateOffer(LocalParameters()));
    }

    /// <exception cref="InvalidOperationException">There is no remote offer.</exception>
    public SessionDescription CreateAnswer(Instant now)
    {
        var offer = _signaling.RequireOffer();
        if (_ice.RemoteCredentials is { } known && known != offer.IceCredentials)
        {
            // The peer restarts ICE (RFC 8839, section 4.4.1.1.1): the answer has new credentials too.
            _ice.Restart(now);
        }

        return _signaling.NoteCreated(SdpType.Answer, SdpNegotiation.CreateAnswer(offer, LocalParameters()));
    }

    /// <summary>Sets the description made last, or takes an offer back.</summary>
    /// <exception cref="InvalidOperationException">The state does not allow it.</exception>
    /// <exception cref="ArgumentException">It is not the description made last.</exception>
    public void SetLocalDescription(Instant now, SessionDescription description)
    {
        var outcome = _signaling.SetLocal(description);
        TakeRole(now, description.Type, IceRole.Controlling);
        if (outcome != OfferAnswerOutcome.RolledBack && _options.TrickleCandidates)
        {
            SignalCandidates();
        }

        if (outcome == OfferAnswerOutcome.Complete && !TryApply(now, out var error))
        {
            Fail(now, PeerConnectionCloseReason.ProtocolViolation, error);
        }

        RaiseNegotiationNeeded();
    }

    /// <summary>Sets what the peer has sent; false where that is no usable description.</summary>
    /// <exception cref="InvalidOperationException">The state does not allow it.</exception>
    public bool TrySetRemoteDescription(Instant now, SessionDescription description, out string error)
    {
        DataChannelSessionDescription? content = null;
        error = string.Empty;
        if (description.Type != SdpType.Rollback)
        {
            if (!SdpParser.TryParse(description.Sdp, out content, out var parseError))
            {
                error = $"The peer's description cannot be used ({parseError}).";
                return false;
            }

            if (!IsSameAssociation(content!))
            {
                error = "The peer's description names another certificate than the one it is connected with.";
                return false;
            }

            if (_negotiated is { } established && content!.SctpPort != established.RemoteSctpPort)
            {
                // RFC 8841: the ports belong to the association, and a connection has one.
                error = $"The peer's SCTP port was {established.RemoteSctpPort} and cannot become {content.SctpPort}.";
                return false;
            }
        }

        if (description.Type == SdpType.Answer)
        {
            _signaling.RequireCanTakeAnswer();
            if (!CanNegotiate(_signaling.PendingLocal!.Content, content!, isOfferer: true, out _, out error))
            {
                return false;
            }
        }

        var outcome = _signaling.SetRemote(description, content);
        TakeRole(now, description.Type, IceRole.Controlled);
        if (outcome == OfferAnswerOutcome.Complete && !TryApply(now, out error))
        {
            return false;
        }

        RaiseNegotiationNeeded();
        return true;
    }

    /// <summary>Takes a candidate line; null or an empty one ends the candidates. False where it is malformed.</summary>
    public bool TryAddIceCandidate(Instant now, string? line)
    {
        if (string.IsNullOrWhiteSpace(line))
        {
            _hasEndOfRemoteCandidates = true;
            ApplyEndOfCandidates(now);
            HandleIceEvents(now);
            return true;
        }

        var text = line.AsSpan().Trim();
        text = text.StartsWith("a=", StringComparison.Ordinal) ? text[2..] : text;
        if (!IceCandidateLine.TryParse(text, out var candidate, out _))
        {
            return false;
        }

        _ice.AddRemoteCandidate(now, candidate!);
        HandleIceEvents(now);
        return true;
    }

    private SdpLocalParameters LocalParameters() => new()
    {
        SessionId = _sessionId,
        SessionVersion = _sessionVersion++,
        IceCredentials = _ice.LocalCredentials,
        Fingerprints = [SdpFingerprint.Sha256(_options.LocalFingerprint.Span)],
        Candidates = _options.TrickleCandidates ? [] : _ice.LocalCandidates,
        HasEndOfCandidates = !_options.TrickleCandidates && HasEndOfLocalCandidates,
        MaxMessageSize = _options.MaxMessageBytes,
        SctpPort = _options.Channels.Sctp.LocalPort,
        Mid = _signaling.CurrentLocal?.Content.Mid ?? "0",
        EstablishedIsDtlsClient = _negotiated?.IsDtlsClient,
    };

    /// <summary>An offer can only be made in the stable state; what is needed until then is said again afterwards.</summary>
    private void RaiseNegotiationNeeded()
    {
        if (_isNegotiationNeeded && !IsOver && SignalingState == SignalingState.Stable)
        {
            _events.Enqueue(new PeerConnectionEvent(PeerConnectionEventKind.NegotiationNeeded, State, null));
        }
    }

    /// <summary>A further description must keep the certificate: another one means a new DTLS association (RFC 8842, section 5.5).</summary>
    private bool IsSameAssociation(DataChannelSessionDescription content)
    {
        if (_signaling.CurrentRemote is not { } current)
        {
            return true;
        }

        return current.Content.TlsId == content.TlsId && content.Fingerprints.Intersect(_remoteFingerprints).Any();
    }

    private bool CanNegotiate(
        DataChannelSessionDescription local,
        DataChannelSessionDescription remote,
        bool isOfferer,
        out SdpNegotiated? negotiated,
        out string error)
    {
        var possible = SdpNegotiation.TryNegotiate(local, remote, isOfferer, _options.MaxMessageBytes, out negotiated, out var reason);
        if (possible && _negotiated is { } established && established.IsDtlsClient != negotiated!.IsDtlsClient)
        {
            possible = false;
        }

        error = possible ? string.Empty : $"The two descriptions do not agree on the DTLS roles ({reason}).";
        return error.Length == 0;
    }

    /// <summary>Offer and answer are there.</summary>
    private bool TryApply(Instant now, out string error)
    {
        var local = _signaling.CurrentLocal!.Content;
        var remote = _signaling.CurrentRemote!.Content;
        if (!CanNegotiate(local, remote, _signaling.IsOfferer, out var negotiated, out error))
        {
            return false;
        }

        if (_ice.RemoteCredentials is { } known && known != remote.IceCredentials)
        {
            error = "The peer's answer restarts ICE without having been asked to.";
            return false;
        }

        if (_negotiated is null)
        {
            Channels.SetRemotePort(negotiated!.RemoteSctpPort);
        }

        _isNegotiationNeeded = _isRestartRequested;
        _negotiated = negotiated;
        _remoteFingerprints = remote.Fingerprints;
        MaxSendMessageBytes = (int)negotiated!.MaxSendMessageBytes;
        Channels.SetRemoteMaxMessageSize(remote.MaxMessageSize);
        _ice.SetRemoteCredentials(now, remote.IceCredentials, remote.IsIceLite);
        foreach (var candidate in remote.Candidates)
        {
            _ice.AddRemoteCandidate(now, candidate);
        }

        _hasEndOfRemoteCandidates |= remote.HasEndOfCandidates;
        ApplyEndOfCandidates(now);
        HandleIceEvents(now);
        return true;
    }

    /// <summary>
    /// The offerer controls (RFC 8445, section 6.1.1), from the offer on: the peer's checks may come before its
    /// answer, and to meet them in the wrong role would turn the roles round. Later exchanges keep the roles.
    /// </summary>
    private void TakeRole(Instant now, SdpType type, IceRole ofOffer)
    {
        if (type == SdpType.Offer && _negotiated is null)
        {
            _ice.SetRole(now, ofOffer);
        }
    }

    private void ApplyEndOfCandidates(Instant now)
    {
        // Before the description there is nothing to end: the agent would take it for "no candidates at all".
        if (_hasEndOfRemoteCandidates && _negotiated is not null)
        {
            _hasEndOfRemoteCandidates = false;
            _ice.SetEndOfRemoteCandidates(now);
        }
    }
}
