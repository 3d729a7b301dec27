using KillaBeez.WebRtc.Dtls;
using KillaBeez.WebRtc.Ice;

namespace KillaBeez.WebRtc.PeerConnections;

/// <content>The DTLS association: its start, its gate, and what passes through it.</content>
internal sealed partial class PeerConnectionEngine
{
    private void StartDtlsIfReady(Instant now)
    {
        if (_dtls.State == DtlsState.New
            && _negotiated is { } negotiated
            && _ice.State is IceState.Connected or IceState.Completed)
        {
            _dtls.Start(now, negotiated.IsDtlsClient ? DtlsRole.Client : DtlsRole.Server, _ice.RoundTripTime);
            UpdateDtls(now);
        }
    }

    private void ReplayEarly(Instant now)
    {
        if (_dtls.State == DtlsState.New)
        {
            return;
        }

        for (var count = _early.Count; count > 0 && _early.TryTake(out var path, out var datagram); count--)
        {
            using (datagram)
            {
                if (_ice.IsValidated(path))
                {
                    HandleDtls(now, path, datagram.Span);
                }
                else
                {
                    _early.Add(path, datagram.Span);
                }
            }
        }
    }

    private void HandleDtls(Instant now, NetworkPath path, ReadOnlySpan<byte> datagram)
    {
        // Until ICE has selected a path, answer where the peer speaks from: that path has been validated.
        _dtlsPath = path;
        _dtls.HandleDatagram(now, datagram);
        if (_dtls.State == DtlsState.Connected && !VerifyPeer(now))
        {
            return;
        }

        var isAuthentic = false;
        while (_dtls.TryReadApplicationData(_plaintext, out var bytes))
        {
            isAuthentic = true;
            Channels.HandlePacket(now, _plaintext.AsSpan(0, bytes));
        }

        if (isAuthentic)
        {
            _ice.NoteAuthenticTraffic(now, path);
        }

        UpdateDtls(now);
    }

    private void UpdateDtls(Instant now)
    {
        switch (_dtls.State)
        {
            case DtlsState.Connected:
                VerifyPeer(now);
                break;
            case DtlsState.Failed when !IsOver:
                Fail(now, PeerConnectionCloseReason.DtlsFailed, _dtls.FailureReason ?? "The DTLS association failed.");
                break;
            case DtlsState.Closed when !IsOver:
                End(now, PeerConnectionState.Closed, PeerConnectionCloseReason.Remote, null);
                break;
        }

        UpdateState();
    }

    /// <summary>The gate: false, and the connection fails, unless the certificate is one that the description named.</summary>
    private bool VerifyPeer(Instant now)
    {
        if (_isPeerVerified || IsOver)
        {
            return _isPeerVerified;
        }

        foreach (var fingerprint in _remoteFingerprints)
        {
            if (fingerprint.IsTrusted && fingerprint.Matches(_dtls.PeerCertificate))
            {
                _isPeerVerified = true;
                Channels.Start(now, _negotiated!.IsDtlsClient);
                return true;
            }
        }

        Fail(
            now,
            PeerConnectionCloseReason.FingerprintMismatch,
            "The peer's certificate does not have the fingerprint that its description names: somebody may sit between the two sides.");
        return false;
    }

    private bool TryPollChannels(Instant now, Span<byte> destination, out int written)
    {
        written = 0;
        if (!_isPeerVerified || _dtls.State != DtlsState.Connected || !Channels.TryPollTransmit(now, _plaintext, out var bytes))
        {
            return false;
        }

        if (_dtls.TryWriteApplicationData(_plaintext.AsSpan(0, bytes), destination, out written))
        {
            return true;
        }

        UpdateDtls(now);
        return false;
    }

    /// <summary>After the end, when the last SCTP packet has been polled.</summary>
    private bool TryPollCloseNotify(Instant now, Span<byte> destination, out int written)
    {
        written = 0;
        if (!IsOver)
        {
            return false;
        }

        _dtls.Close(now);
        return _dtls.TryPollTransmit(destination, out written);
    }
}
