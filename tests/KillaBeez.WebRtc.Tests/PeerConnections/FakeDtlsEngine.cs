using KillaBeez.WebRtc.Dtls;

namespace KillaBeez.WebRtc.Tests.PeerConnections;

/// <summary>
/// DTLS without cryptography, for tests under virtual time: three messages that are repeated when lost and carry
/// the certificates, then records that add as many bytes as AES-GCM does.
/// <code>
///   client                      server
///     Hello(certificate)  ──────▶
///     ◀──────  Reply(certificate)
///     Finished            ──────▶
/// </code>
/// </summary>
internal sealed class FakeDtlsEngine(byte[] certificate) : IDtlsEngine
{
    private const byte Handshake = 22;
    private const byte ApplicationData = 23;
    private const byte Alert = 21;
    private const byte Hello = 1;
    private const byte Reply = 2;
    private const byte Finished = 20;
    private const int FirstTimeoutMs = 50;
    private const int LastTimeoutMs = 3000;

    private readonly Queue<byte[]> _outgoing = new();
    private readonly Queue<byte[]> _received = new();
    private DtlsRole _role;
    private byte[] _peer = [];
    private int _timeoutMs = FirstTimeoutMs;

    public DtlsState State { get; private set; }

    public string? FailureReason { get; private set; }

    public ReadOnlySpan<byte> PeerCertificate => State is DtlsState.New or DtlsState.Handshaking ? default : _peer;

    public Instant NextTimeout { get; private set; } = Instant.Never;

    /// <summary>Records of application data that were handed to the owner.</summary>
    public int RecordsRead { get; private set; }

    public void Start(Instant now, DtlsRole role, TimeSpan? roundTripTime)
    {
        Assert.Equal(DtlsState.New, State);
        _role = role;
        State = DtlsState.Handshaking;
        if (role == DtlsRole.Client)
        {
            Send(Hello, certificate);
            NextTimeout = now.AddMs(_timeoutMs);
        }
    }

    public void HandleDatagram(Instant now, ReadOnlySpan<byte> datagram)
    {
        if (State is not (DtlsState.Handshaking or DtlsState.Connected) || datagram.Length < 2)
        {
            return;
        }

        switch (datagram[0])
        {
            case Handshake:
                HandleHandshake(now, datagram[1], datagram[2..]);
                break;
            case ApplicationData when _peer.Length > 0 && datagram.Length > DtlsLimits.RecordOverheadBytes:
                Complete();
                _received.Enqueue(datagram[DtlsLimits.RecordOverheadBytes..].ToArray());
                break;
            case Alert when State == DtlsState.Connected:
                State = DtlsState.Closed;
                NextTimeout = Instant.Never;
                break;
        }
    }

    public void HandleTimeout(Instant now)
    {
        if (now < NextTimeout || State != DtlsState.Handshaking)
        {
            return;
        }

        Send(_role == DtlsRole.Client ? Hello : Reply, certificate);
        _timeoutMs = Math.Min(_timeoutMs * 2, LastTimeoutMs);
        NextTimeout = now.AddMs(_timeoutMs);
    }

    public bool TryPollTransmit(Span<byte> destination, out int written)
    {
        written = 0;
        if (!_outgoing.TryDequeue(out var datagram))
        {
            return false;
        }

        datagram.CopyTo(destination);
        written = datagram.Length;
        return true;
    }

    public bool TryReadApplicationData(Span<byte> destination, out int written)
    {
        written = 0;
        if (State != DtlsState.Connected || !_received.TryDequeue(out var plaintext))
        {
            return false;
        }

        RecordsRead++;
        plaintext.CopyTo(destination);
        written = plaintext.Length;
        return true;
    }

    public bool TryWriteApplicationData(ReadOnlySpan<byte> plaintext, Span<byte> datagram, out int written)
    {
        written = 0;
        if (State != DtlsState.Connected)
        {
            return false;
        }

        datagram[..DtlsLimits.RecordOverheadBytes].Clear();
        datagram[0] = ApplicationData;
        plaintext.CopyTo(datagram[DtlsLimits.RecordOverheadBytes..]);
        written = plaintext.Length + DtlsLimits.RecordOverheadBytes;
        return true;
    }

    public void Close(Instant now)
    {
        if (State == DtlsState.Connected)
        {
            _outgoing.Enqueue([Alert, 0]);
        }

        State = State == DtlsState.Failed ? State : DtlsState.Closed;
        NextTimeout = Instant.Never;
    }

    public void Dispose()
    {
    }

    private void HandleHandshake(Instant now, byte type, ReadOnlySpan<byte> body)
    {
        switch (type)
        {
            case Hello when _role == DtlsRole.Server:
                _peer = body.ToArray();
                Send(Reply, certificate);
                if (State == DtlsState.Handshaking)
                {
                    NextTimeout = now.AddMs(_timeoutMs);
                }

                break;
            case Reply when _role == DtlsRole.Client:
                _peer = body.ToArray();
                Send(Finished, []);
                Complete();
                break;
            case Finished when _role == DtlsRole.Server && _peer.Length > 0:
                Complete();
                break;
        }
    }

    private void Complete()
    {
        if (State == DtlsState.Handshaking)
        {
            State = DtlsState.Connected;
            NextTimeout = Instant.Never;
        }
    }

    private void Send(byte type, ReadOnlySpan<byte> body) => _outgoing.Enqueue([Handshake, type, .. body]);
}
