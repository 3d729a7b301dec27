using KillaBeez.WebRtc.Sctp.Packet;
using KillaBeez.WebRtc.Sctp.Packet.Chunks;
using KillaBeez.WebRtc.Sctp.Packet.ErrorCauses;
using KillaBeez.WebRtc.Sctp.Packet.Parameters;
using KillaBeez.WebRtc.Sctp.Rx;
using KillaBeez.WebRtc.Sctp.Setup;

namespace KillaBeez.WebRtc.Sctp;

/// <content>
/// The four-way handshake (RFC 9260 section 5). Both sides of a WebRTC connection begin it at once, so
/// collisions are the normal case.
/// </content>
internal sealed partial class SctpAssociation
{
    private TimeSpan _setupWait;
    private bool _isInitPending;
    private bool _isCookieEchoPending;
    private bool _isCookieAckPending;
    private byte[] _peerCookie = [];

    /// <summary>The INIT that waits for its INIT-ACK; a flood of them costs one answer per poll.</summary>
    private PeerDescription? _pendingInit;

    private void StartSetupTimer(Instant now, bool isFirst)
    {
        _setupWait = isFirst
            ? SctpLimits.SetupTimeout
            : TimeSpan.FromTicks(Math.Min(_setupWait.Ticks * 2, SctpLimits.MaxBackoff.Ticks));
        _timers.Set(SctpTimer.Setup, now + _setupWait);
    }

    private void OnSetupTimeout(Instant now)
    {
        // Without a limit: whether the path is alive is for ICE to say, and SCTP must not give up before it.
        _isInitPending = State == SctpState.CookieWait;
        _isCookieEchoPending = State == SctpState.CookieEchoed;
        if (State == SctpState.CookieEchoed)
        {
            // The data that rode with the COOKIE-ECHO is as lost as the cookie, and rides with the next one.
            _sender.HandleTimeout(now);
        }

        StartSetupTimer(now, isFirst: false);
    }

    private void HandleInit(in InitChunk chunk)
    {
        if (State == SctpState.ShutdownAckSent)
        {
            // RFC 9260 section 9.2: the peer has missed our SHUTDOWN-ACK.
            _isShutdownAckPending = true;
            return;
        }

        _pendingInit = PeerDescription.Read(in chunk, _options, out _);
    }

    /// <summary>
    /// Writes the INIT-ACK. While we are setting up ourselves it repeats the tag and TSN of our own INIT
    /// (section 5.2.1); later it offers a new tag, with tie-tags that prove which association it was meant
    /// for (section 5.2.2), so that a delayed INIT cannot disturb what is established.
    /// </summary>
    private void WriteInitAck(Instant now, ref SpanWriter writer, in PeerDescription peer)
    {
        var isEarly = State is SctpState.Closed or SctpState.CookieWait or SctpState.CookieEchoed;
        var cookie = new StateCookie
        {
            CreatedAt = now,
            LocalTag = isEarly ? _localTag : NewTag(),
            LocalTieTag = isEarly ? 0 : _localTag,
            PeerTieTag = isEarly ? 0 : _peer.Tag,
            LocalPort = _options.LocalPort,
            RemotePort = _remotePort,
            Peer = peer,
        };
        Span<byte> bytes = stackalloc byte[StateCookie.SizeBytes];
        cookie.Write(bytes, _cookieKey);
        var tsn = isEarly ? _initialTsn : new Tsn(_random.NextUInt32());
        InitWriter.Write(ref writer, ChunkType.InitAck, _options, cookie.LocalTag, tsn, peer.Capabilities, bytes);
    }

    private void HandleInitAck(Instant now, in InitChunk chunk)
    {
        var peer = PeerDescription.Read(in chunk, _options, out var cookie);

        // Cookies are opaque, but those of libwebrtc's stack begin with its name.
        _isPeerDcSctp |= cookie.StartsWith("dcSCTP00"u8);
        if (State != SctpState.CookieWait)
        {
            return;
        }

        if (cookie.IsEmpty || cookie.Length > SctpLimits.MaxPeerCookieBytes)
        {
            _peer = peer;
            _missingParameter = ParameterType.StateCookie;
            Abort(SctpCloseReason.ProtocolViolation, ErrorCauseCode.MissingMandatoryParameter);
            return;
        }

        _peerCookie = cookie.ToArray();
        Adopt(peer);
        State = SctpState.CookieEchoed;
        _isInitPending = false;
        _isCookieEchoPending = true;
        ReportEstablished();
        StartSetupTimer(now, isFirst: true);
    }

    private void HandleCookieEcho(Instant now, uint packetTag, ReadOnlySpan<byte> bytes)
    {
        if (!StateCookie.TryOpen(bytes, _cookieKey, out var cookie)
            || packetTag != cookie.LocalTag
            || cookie.LocalPort != _options.LocalPort
            || cookie.RemotePort != _remotePort)
        {
            return;
        }

        var isLocalTag = cookie.LocalTag == _localTag;
        var isPeerTag = cookie.Peer.Tag == _peer.Tag;
        if (now - cookie.CreatedAt > SctpLimits.CookieLifetime && !(isLocalTag && isPeerTag))
        {
            _staleCookieFrom = cookie.Peer.Tag;
            return;
        }

        // The table of RFC 9260 section 5.2.4.
        if (isLocalTag && isPeerTag && State != SctpState.Closed)
        {
            // D: the usual end of a collision, or a repetition because our COOKIE-ACK was lost.
            Establish(now);
            _isCookieAckPending = true;
        }
        else if (isLocalTag && State is SctpState.Closed or SctpState.CookieWait or SctpState.CookieEchoed)
        {
            // B, or the first association: what the cookie says is the newest of the peer.
            Adopt(cookie.Peer);
            Establish(now);
            _isCookieAckPending = true;
        }
        else if (!isLocalTag && !isPeerTag && cookie.LocalTieTag == _localTag && cookie.PeerTieTag == _peer.Tag)
        {
            // A: the peer has lost its association. Over DTLS it has then lost its keys as well, so this cannot
            // be an innocent restart, and nothing of the old association can be trusted to be in order.
            Abort(SctpCloseReason.PeerRestarted, ErrorCauseCode.UserInitiatedAbort);
        }

        // C, and everything else: silence.
    }

    private void HandleCookieAck(Instant now)
    {
        if (State == SctpState.CookieEchoed)
        {
            Establish(now);
        }
    }

    /// <summary>The peer found our cookie too old: begin again (RFC 9260 section 5.2.6).</summary>
    private void HandleStaleCookie(Instant now)
    {
        if (State == SctpState.CookieEchoed)
        {
            State = SctpState.CookieWait;
            _isCookieEchoPending = false;
            _isInitPending = true;
            StartSetupTimer(now, isFirst: true);
        }
    }

    private void Adopt(in PeerDescription peer)
    {
        // In CookieEchoed data may have come already; it stays if this is still the same peer.
        if (_receiver is null
            || _peer.Tag != peer.Tag
            || _peer.InitialTsn != peer.InitialTsn
            || _peer.Can(PeerCapabilities.Interleaving) != peer.Can(PeerCapabilities.Interleaving))
        {
            _receiver?.Reassembler.Clear(_receiver.Tracker.Cumulative);
            _receiver = new Receiver(_options, in peer, _window, _events);
        }

        _peer = peer;
        _sender.SetPeer(
            peer.WindowBytes,
            peer.Can(PeerCapabilities.OwnStack),
            peer.Can(PeerCapabilities.PartialReliability),
            peer.Can(PeerCapabilities.Interleaving));
    }

    private void ReportEstablished()
    {
        _isEstablishedEventPending |= !_isEstablishedReported;
        _isEstablishedReported = true;
    }

    private void Establish(Instant now)
    {
        if (State is not (SctpState.Closed or SctpState.CookieWait or SctpState.CookieEchoed))
        {
            return;
        }

        State = SctpState.Established;
        _timers.Clear(SctpTimer.Setup);
        _isInitPending = false;
        _isCookieEchoPending = false;
        _peerCookie = [];
        ReportEstablished();
        ScheduleHeartbeat(now);
        if (_isShutdownWanted)
        {
            Shutdown(now);
        }
    }
}
