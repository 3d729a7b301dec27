using System.Runtime.InteropServices;
using KillaBeez.WebRtc.Dtls.OpenSsl;

namespace KillaBeez.WebRtc.Dtls;

/// <summary>
/// DTLS 1.2 by OpenSSL.
/// <code>
///   New ── Start ── Handshaking ── finished, EMS ── Connected ── close_notify ── Closed
///                        │                              │
///                        └─ alert, 30 s, no EMS ─ Failed ─ fatal alert ─┘
/// </code>
/// OpenSSL's retransmission timer reads the system clock; the times reported here follow it.
/// </summary>
internal sealed unsafe class OpenSslDtlsEngine : IDtlsEngine
{
    private const int RecordHeaderBytes = 13;
    private const int ContentTypeApplicationData = 23;

    private readonly SslHandle _handle;
    private readonly nint _ssl;
    private readonly DatagramBioState* _bio;

    private byte[] _peerCertificate = [];
    private Instant _handshakeDeadline = Instant.Never;
    private byte* _datagram;
    private int _datagramCapacity;
    private bool _mayHoldRecords;

    internal OpenSslDtlsEngine(DtlsContext context)
    {
        _handle = SslHandle.Create(context.Handle);
        _ssl = _handle.Pointer;
        _bio = _handle.State;
    }

    public DtlsState State { get; private set; }

    public string? FailureReason { get; private set; }

    public ReadOnlySpan<byte> PeerCertificate => _peerCertificate;

    public Instant NextTimeout { get; private set; } = Instant.Never;

    /// <summary>The negotiated suite by OpenSSL's name, for diagnostics; null before the handshake is done.</summary>
    public string? CipherSuite { get; private set; }

    public void Start(Instant now, DtlsRole role, TimeSpan? roundTripTime)
    {
        if (State != DtlsState.New)
        {
            throw new InvalidOperationException("The DTLS handshake has already been started.");
        }

        State = DtlsState.Handshaking;
        _handshakeDeadline = now.AddMs(DtlsLimits.HandshakeLimitMs);
        _bio->FirstTimeoutUs = FirstTimeoutUs(roundTripTime);
        NativeMethods.DTLS_set_timer_cb(_ssl, &DtlsTimer.Next);
        NativeMethods.SSL_ctrl(_ssl, NativeMethods.CtrlSetMtu, new CLong(DtlsLimits.HandshakeMtuBytes), null);
        if (role == DtlsRole.Client)
        {
            NativeMethods.SSL_set_connect_state(_ssl);
        }
        else
        {
            NativeMethods.SSL_set_accept_state(_ssl);
        }

        ContinueHandshake(now);
    }

    public void HandleDatagram(Instant now, ReadOnlySpan<byte> datagram)
    {
        if (State is not (DtlsState.Handshaking or DtlsState.Connected) || datagram.Length > DtlsLimits.MaxDatagramBytes)
        {
            return;
        }

        if (_datagramCapacity < datagram.Length)
        {
            _datagram = (byte*)NativeMemory.Realloc(_datagram, (nuint)datagram.Length);
            _datagramCapacity = datagram.Length;
        }

        datagram.CopyTo(new Span<byte>(_datagram, _datagramCapacity));
        _bio->Incoming = _datagram;
        _bio->IncomingBytes = datagram.Length;
        _mayHoldRecords = true;
        if (State == DtlsState.Handshaking)
        {
            ContinueHandshake(now);
        }
    }

    public void HandleTimeout(Instant now)
    {
        if (now < NextTimeout)
        {
            return;
        }

        if (State == DtlsState.Handshaking && now >= _handshakeDeadline)
        {
            Fail($"The DTLS handshake was not finished within {DtlsLimits.HandshakeLimitMs / 1000} s.");
            return;
        }

        OpenSslErrors.Clear();
        var result = NativeMethods.SSL_ctrl(_ssl, NativeMethods.CtrlDtlsHandleTimeout, new CLong(0), null);
        if (result.Value < 0)
        {
            Fail($"The DTLS handshake failed: {OpenSslErrors.Take() ?? "too many retransmissions"}.");
            return;
        }

        UpdateTimeout(now);
    }

    public bool TryPollTransmit(Span<byte> destination, out int written)
    {
        if (!_bio->HasQueued)
        {
            written = 0;
            return false;
        }

        return _bio->TryDequeue(destination, out written);
    }

    public bool TryReadApplicationData(Span<byte> destination, out int written)
    {
        written = 0;
        if (State != DtlsState.Connected || !_mayHoldRecords)
        {
            return false;
        }

        var singleRecord = IsSingleApplicationRecord();
        int result;
        OpenSslErrors.Clear();
        fixed (byte* buffer = destination)
        {
            result = NativeMethods.SSL_read(_ssl, buffer, destination.Length);
        }

        if (result > 0)
        {
            // Spares the second SSL_read that would only say "want read": by far the most datagrams are one record.
            _mayHoldRecords = !singleRecord;
            written = result;
            return true;
        }

        _mayHoldRecords = false;
        HandleReadResult(NativeMethods.SSL_get_error(_ssl, result));
        return false;
    }

    public bool TryWriteApplicationData(ReadOnlySpan<byte> plaintext, Span<byte> datagram, out int written)
    {
        written = 0;
        if (State != DtlsState.Connected)
        {
            return false;
        }

        if (datagram.Length < plaintext.Length + DtlsLimits.RecordOverheadBytes)
        {
            throw new ArgumentException("The datagram has no room for the record.", nameof(datagram));
        }

        int result;
        OpenSslErrors.Clear();
        fixed (byte* source = plaintext)
        fixed (byte* target = datagram)
        {
            _bio->Direct = target;
            _bio->DirectCapacity = datagram.Length;
            _bio->DirectBytes = 0;
            result = NativeMethods.SSL_write(_ssl, source, plaintext.Length);
            _bio->Direct = null;
        }

        if (result > 0)
        {
            written = _bio->DirectBytes;
            return written > 0;
        }

        var error = NativeMethods.SSL_get_error(_ssl, result);
        if (error is not (NativeMethods.ErrorWantRead or NativeMethods.ErrorWantWrite))
        {
            Fail($"DTLS could not seal a record: {OpenSslErrors.Take() ?? "no reason given"}.");
        }

        return false;
    }

    public void Close(Instant now)
    {
        if (State is DtlsState.Closed or DtlsState.Failed)
        {
            return;
        }

        if (State == DtlsState.Connected)
        {
            OpenSslErrors.Clear();

            // The result only says whether the peer's close_notify is there too; nobody waits for it.
            _ = NativeMethods.SSL_shutdown(_ssl);
        }

        State = DtlsState.Closed;
        NextTimeout = Instant.Never;
    }

    public void Dispose()
    {
        if (!_handle.IsClosed)
        {
            _handle.Dispose();
            NativeMemory.Free(_datagram);
            _datagram = null;
            State = State == DtlsState.Failed ? DtlsState.Failed : DtlsState.Closed;
            NextTimeout = Instant.Never;
        }
    }

    private static uint FirstTimeoutUs(TimeSpan? roundTripTime)
    {
        var milliseconds = roundTripTime is { } rtt
            ? Math.Clamp(2 * rtt.TotalMilliseconds, DtlsLimits.MinRetransmitMs, DtlsLimits.MaxFirstRetransmitMs)
            : DtlsLimits.DefaultFirstRetransmitMs;
        return (uint)(milliseconds * 1000);
    }

    private void ContinueHandshake(Instant now)
    {
        OpenSslErrors.Clear();
        var result = NativeMethods.SSL_do_handshake(_ssl);
        if (result == 1)
        {
            FinishHandshake();
        }
        else
        {
            var error = NativeMethods.SSL_get_error(_ssl, result);
            if (error is not (NativeMethods.ErrorWantRead or NativeMethods.ErrorWantWrite))
            {
                Fail($"The DTLS handshake failed: {OpenSslErrors.Take() ?? "the peer closed it"}.");
                return;
            }
        }

        UpdateTimeout(now);
    }

    private void FinishHandshake()
    {
        _peerCertificate = ReadPeerCertificate();
        if (_peerCertificate.Length == 0)
        {
            Fail("The peer presented no certificate.");
            return;
        }

        // Without it the master secret is not bound to the handshake (RFC 7627); every WebRTC peer negotiates it.
        if (NativeMethods.SSL_ctrl(_ssl, NativeMethods.CtrlGetExtmsSupport, new CLong(0), null).Value != 1)
        {
            Fail("The peer does not support the extended master secret.");
            return;
        }

        NativeMethods.SSL_ctrl(_ssl, NativeMethods.CtrlSetMtu, new CLong(DtlsLimits.ApplicationMtuBytes), null);
        CipherSuite = Marshal.PtrToStringUTF8((nint)NativeMethods.SSL_CIPHER_get_name(NativeMethods.SSL_get_current_cipher(_ssl)));
        State = DtlsState.Connected;
    }

    private byte[] ReadPeerCertificate()
    {
        var certificate = NativeMethods.SSL_get1_peer_certificate(_ssl);
        if (certificate == 0)
        {
            return [];
        }

        try
        {
            var length = NativeMethods.i2d_X509(certificate, null);
            var der = new byte[Math.Max(length, 0)];
            fixed (byte* start = der)
            {
                var cursor = start;
                return NativeMethods.i2d_X509(certificate, &cursor) == der.Length ? der : [];
            }
        }
        finally
        {
            NativeMethods.X509_free(certificate);
        }
    }

    private bool IsSingleApplicationRecord()
    {
        if (_bio->Incoming is null)
        {
            return false;
        }

        var reader = new SpanReader(new ReadOnlySpan<byte>(_bio->Incoming, _bio->IncomingBytes));
        return reader.TryReadByte(out var contentType)
            && reader.TrySkip(RecordHeaderBytes - 1 - sizeof(ushort))
            && reader.TryReadUInt16(out var length)
            && contentType == ContentTypeApplicationData
            && reader.Remaining == length;
    }

    private void HandleReadResult(int error)
    {
        switch (error)
        {
            case NativeMethods.ErrorWantRead:
            case NativeMethods.ErrorWantWrite:
                break;
            case NativeMethods.ErrorZeroReturn:
                State = DtlsState.Closed;
                NextTimeout = Instant.Never;
                break;
            default:
                Fail($"The DTLS association failed: {OpenSslErrors.Take() ?? "no reason given"}.");
                break;
        }
    }

    private void UpdateTimeout(Instant now)
    {
        if (State is not (DtlsState.Handshaking or DtlsState.Connected))
        {
            NextTimeout = Instant.Never;
            return;
        }

        NextTimeout = State == DtlsState.Handshaking ? _handshakeDeadline : Instant.Never;
        if (DtlsTimer.TryGetRemaining(_ssl, out var remaining))
        {
            NextTimeout = Instant.Min(NextTimeout, now + remaining);
        }
    }

    private void Fail(string reason)
    {
        State = DtlsState.Failed;
        FailureReason = reason;
        NextTimeout = Instant.Never;
        OpenSslErrors.Clear();
    }
}
