using KillaBeez.WebRtc.Sctp.Packet.ErrorCauses;
using KillaBeez.WebRtc.Sctp.Path;
using KillaBeez.WebRtc.Sctp.Resets;
using KillaBeez.WebRtc.Sctp.Rx;
using KillaBeez.WebRtc.Sctp.Setup;
using KillaBeez.WebRtc.Sctp.Tx;

namespace KillaBeez.WebRtc.Sctp;

/// <summary>The states of RFC 9260 section 4.</summary>
internal enum SctpState
{
    Closed,
    CookieWait,
    CookieEchoed,
    Established,
    ShutdownPending,
    ShutdownSent,
    ShutdownReceived,
    ShutdownAckSent,
}

internal enum SctpTimer
{
    /// <summary>T1-init and T1-cookie: repeats INIT or COOKIE-ECHO.</summary>
    Setup,

    /// <summary>T2: repeats SHUTDOWN or SHUTDOWN-ACK.</summary>
    Shutdown,

    /// <summary>Cuts a shutdown short.</summary>
    ShutdownGuard,

    Heartbeat,
}

/// <summary>
/// One SCTP association over a DTLS connection (RFC 8261, RFC 9260): a state machine without clock or socket.
/// </summary>
/// <remarks>
/// <code>
///            Connect: INIT                 INIT-ACK: COOKIE-ECHO
///  Closed ----------------> CookieWait ----------------------> CookieEchoed
///    |                          |                                  |
///    | COOKIE-ECHO              | COOKIE-ECHO (collision)          | COOKIE-ACK, or COOKIE-ECHO
///    +------------------------> Established &lt;---------------------+
///                                 |      |
///                        Shutdown |      | SHUTDOWN
///                  ShutdownPending      ShutdownReceived
///            all acknowledged |            | all acknowledged
///                  ShutdownSent ------> ShutdownAckSent
///                             |            |
///                             +-> Closed &lt;-+      ABORT leads from everywhere to Closed
/// </code>
/// </remarks>
internal sealed partial class SctpAssociation
{
    private readonly SctpOptions _options;
    private readonly IRandomSource _random;
    private readonly Queue<SctpEvent> _events = new();
    private readonly TimerTable<SctpTimer> _timers = new();
    private readonly DataSender _sender;
    private readonly OutgoingResets _outgoingResets;
    private readonly ReceiveWindow _window;
    private readonly PacketSizeSearch _sizeSearch;
    private readonly byte[] _cookieKey = new byte[StateCookie.KeyBytes];
    private readonly Tsn _initialTsn;
    private readonly uint _localTag;
    private ushort _remotePort;
    private PeerDescription _peer;
    private Receiver? _receiver;
    private bool _isEstablishedEventPending;
    private bool _isEstablishedReported;
    private bool _isOver;

    public SctpAssociation(SctpOptions options, IRandomSource random)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxPacketBytes, SctpLimits.MinPacketBytes);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.ReceiveWindowBytes, 2L * options.MaxReceiveMessageBytes);
        _options = options;
        _random = random;
        _remotePort = options.RemotePort;
        _localTag = NewTag();
        _initialTsn = new Tsn(options.InitialTsn ?? random.NextUInt32());
        random.Fill(_cookieKey);
        _sender = new DataSender(options, _events, _initialTsn);
        _outgoingResets = new OutgoingResets(_initialTsn, _events);
        _sizeSearch = new PacketSizeSearch(options.MaxPacketBytes, options.MaxProbedPacketBytes);
        _window = new ReceiveWindow(options.ReceiveWindowBytes, options.MaxPacketBytes);
    }

    public SctpState State { get; private set; }

    /// <summary>Whether the association has ended; a new one needs a new object.</summary>
    public bool IsOver => _isOver;

    public SctpCloseReason CloseReason { get; private set; }

    /// <summary>Whether the peer said that it is this stack.</summary>
    public bool IsPeerOwnStack => _peer.Can(PeerCapabilities.OwnStack);

    /// <summary>How many streams may be used for sending: what both sides allow.</summary>
    public int OutgoingStreamLimit => Math.Min((int)SctpLimits.AnnouncedStreams, (int)_peer.InboundStreams);

    /// <summary>Whether the peer can reset streams (RFC 6525); known once established.</summary>
    public bool CanResetStreams => _peer.Can(PeerCapabilities.StreamReset);

    /// <summary>Whether messages of different streams travel interleaved (RFC 8260): both sides have listed I-DATA.</summary>
    public bool IsInterleaving => _peer.Can(PeerCapabilities.Interleaving);

    /// <summary>Whether messages may still be queued: no shutdown has begun.</summary>
    public bool AcceptsMessages => !_isOver && !_isShutdownWanted && State <= SctpState.Established;

    public DataSender Sender => _sender;

    /// <summary>Bytes that received data occupies, and chunks that wait above a gap.</summary>
    public long ReceiveOccupiedBytes => _window.OccupiedBytes;

    public int HeldChunks => _receiver?.Reassembler.HeldCount ?? 0;

    public int QueuedEvents => _events.Count;

    public Instant NextTimeout
    {
        get
        {
            var next = _timers.Next;
            if (_isOver)
            {
                return next;
            }

            if (!IsConnected)
            {
                // Until then only the set-up timer sends anything.
                return next;
            }

            next = Instant.Min(next, Instant.Min(_sender.NextTimeout, _outgoingResets.NextTimeout));
            next = Instant.Min(next, _sizeSearch.NextTimeout);
            return Instant.Min(next, _receiver?.Sacks.Deadline ?? Instant.Never);
        }
    }

    /// <summary>The peer's port, as its description names it. Not after the set-up has begun.</summary>
    public void SetRemotePort(ushort port)
    {
        if (State != SctpState.Closed || _isOver)
        {
            throw new InvalidOperationException("The association has begun with another port.");
        }

        _remotePort = port;
    }

    /// <summary>Begins the set-up from this side. Harmless where the peer was faster.</summary>
    public void Connect(Instant now)
    {
        if (State == SctpState.Closed && !_isOver)
        {
            State = SctpState.CookieWait;
            StartSetupTimer(now, isFirst: true);
            _isInitPending = true;
        }
    }

    /// <summary>
    /// Queues a message, before or after the set-up. The caller keeps to <see cref="OutgoingStreamLimit"/>, to
    /// the peer's message size, and to a buffer limit of its own.
    /// </summary>
    public void Send(ushort streamId, uint payloadProtocol, ReadOnlySpan<byte> payload, bool isUnordered, bool isCounted, Reliability reliability)
    {
        if (payload.IsEmpty)
        {
            throw new ArgumentException("A DATA chunk without payload is forbidden.", nameof(payload));
        }

        if (AcceptsMessages)
        {
            _sender.Enqueue(streamId, payloadProtocol, payload, isUnordered, isCounted, reliability);
        }
    }

    /// <summary>Resets our outgoing stream as soon as everything queued on it is acknowledged.</summary>
    public void ResetStream(ushort streamId, bool dropUnsent)
    {
        if (_isOver)
        {
            // What the streams had queued is gone already. The caller may still be working through older events.
            return;
        }

        var stream = _sender.Queue.Stream(streamId);
        if (dropUnsent)
        {
            _sender.Queue.DropUnsent(stream);
        }

        if (stream.IsClosing)
        {
            return;
        }

        stream.IsClosing = true;
        if (stream.PendingMessages == 0)
        {
            _outgoingResets.Add(streamId);
        }
    }

    /// <summary>The application has consumed message bytes; the window opens again.</summary>
    public void ReleaseReceived(int bytes)
    {
        if (_window.Release(bytes) && _receiver is not null)
        {
            _receiver.Sacks.Demand(_receiver.Tracker.Cumulative);
        }
    }

    public bool TryPollEvent(out SctpEvent e)
    {
        if (_isEstablishedEventPending)
        {
            _isEstablishedEventPending = false;
            e = new SctpEvent { Kind = SctpEventKind.Established };
            return true;
        }

        // Data can overtake the COOKIE-ACK; nobody hears of it before the association is established.
        if (State is SctpState.CookieWait or SctpState.CookieEchoed)
        {
            e = default;
            return false;
        }

        return _events.TryDequeue(out e);
    }

    public void HandleTimeout(Instant now)
    {
        if (_isOver)
        {
            return;
        }

        while (_timers.TryTakeDue(now, out var timer))
        {
            switch (timer)
            {
                case SctpTimer.Setup:
                    OnSetupTimeout(now);
                    break;
                case SctpTimer.Shutdown:
                    OnShutdownTimeout(now);
                    break;
                case SctpTimer.ShutdownGuard:
                    Abort(now);
                    return;
                case SctpTimer.Heartbeat:
                    OnHeartbeatTimeout(now);
                    break;
            }
        }

        if (IsConnected)
        {
            _sender.HandleTimeout(now);
            CheckLargePackets(now);
            _sizeSearch.HandleTimeout(now);

            // The HEARTBEAT beside a repeated request shows whether the peer is there at all.
            _isHeartbeatPending |= _outgoingResets.HandleTimeout(now, _packetsTaken) && State == SctpState.Established;
            if (_receiver!.Sacks.Deadline <= now)
            {
                _receiver.Sacks.Demand(_receiver.Tracker.Cumulative);
            }
        }

        AfterChange(now);
    }

    /// <summary>Ends the association at once; the peer hears it by an ABORT.</summary>
    public void Abort(Instant now) => Abort(SctpCloseReason.LocalAbort, ErrorCauseCode.UserInitiatedAbort);

    private bool IsConnected => State >= SctpState.Established;

    private void Abort(SctpCloseReason reason, ErrorCauseCode cause)
    {
        if (_isOver)
        {
            return;
        }

        _abortCause = _peer.Tag != 0 ? cause : ErrorCauseCode.None;
        End(reason);
    }

    private void End(SctpCloseReason reason)
    {
        if (_isOver)
        {
            return;
        }

        _isOver = true;
        CloseReason = reason;
        State = SctpState.Closed;
        _timers.ClearAll();
        _sender.Clear();
        _outgoingResets.Clear();
        _receiver?.Reassembler.Clear(_receiver.Tracker.Cumulative);
        ClearPending();
        _events.Enqueue(new SctpEvent { Kind = SctpEventKind.Closed, Reason = reason });
    }

    /// <summary>What follows from any change: streams whose reset may go, and the next step of a shutdown.</summary>
    private void AfterChange(Instant now)
    {
        while (_sender.Queue.TryTakeDrained(out var stream))
        {
            _outgoingResets.Add(stream);
        }

        AdvanceShutdown(now);
    }

    private uint NewTag()
    {
        uint tag;
        do
        {
            tag = _random.NextUInt32();
        }
        while (tag == 0);

        return tag;
    }
}
