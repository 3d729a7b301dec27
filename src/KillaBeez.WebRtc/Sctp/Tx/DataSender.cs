using KillaBeez.WebRtc.Sctp.Packet.Chunks;

namespace KillaBeez.WebRtc.Sctp.Tx;

/// <summary>Counters of a sender since the association began.</summary>
internal readonly record struct SendStatistics
{
    public long PayloadBytesSent { get; init; }

    public long PacketsSent { get; init; }

    public long ChunksRetransmitted { get; init; }

    public long Timeouts { get; init; }

    public long CongestionEvents { get; init; }

    public long MessagesAbandoned { get; init; }
}

/// <summary>
/// The sending half of an association: fragments messages, keeps what is outstanding until the peer's
/// cumulative TSN has passed it, detects losses, and obeys the congestion window and the peer's a_rwnd.
/// </summary>
/// <remarks>
/// Two departures from RFC 9260, both in DataSender.Recovery.cs: packets are numbered in the order of sending
/// and a packet is lost when one sent three (or more, after reordering was seen) packets later has arrived,
/// as in RFC 9002 section 6.1, which also finds lost retransmissions; and a probe precedes the T3 timeout, as
/// in RFC 8985 section 7.
/// </remarks>
internal sealed partial class DataSender
{
    private readonly MessageSlab _messages = new();
    private readonly TsnRing<OutstandingChunk> _ring = new(32);

    /// <summary>What chunks may take of a packet; windows and flight are counted in bytes of chunks.</summary>
    private int _packetBytes;

    /// <summary>What chunks may take of a packet of the base size; no chunk is larger.</summary>
    private readonly int _basePacketBytes;
    private readonly SctpOptions _options;
    private readonly Pacer _pacer = new();
    private Instant _paceAt = Instant.Never;
    private ICongestionControl _congestion;
    private bool _isPeerOwnStack;
    private bool _peerForwardsTsn;
    private bool _isInterleaving;
    private int _chunkHeaderBytes = DataChunk.HeaderBytes;
    private int _maxOutstandingChunks = SctpLimits.MaxOutstandingChunksToForeignStack;

    private Tsn _cumulativeAck;
    private Tsn _nextTsn;
    private long _flightBytes;
    private long _flightPayload;
    private uint _peerWindow;
    private uint _nextPacketNumber = 1;
    private int _burstLeft = SctpLimits.MaxBurstPackets;
    private SendStatistics _statistics;

    public DataSender(SctpOptions options, Queue<SctpEvent> events, Tsn initialTsn)
    {
        _options = options;
        _basePacketBytes = _packetBytes = options.MaxPacketBytes - Packet.SctpPacketHeader.SizeBytes;
        _nextTsn = initialTsn;
        _cumulativeAck = initialTsn.Previous;
        _advancedAck = _cumulativeAck;
        Queue = new SendQueue(_messages, events);
        _congestion = CreateCongestionControl();
    }

    public SendQueue Queue { get; }

    public RttEstimator Rtt { get; } = new();

    public SendStatistics Statistics => _statistics;

    public long CongestionWindowBytes => _congestion.WindowBytes;

    public long FlightBytes => _flightBytes;

    public uint PeerWindowBytes => _peerWindow;

    public int MessageCount => _messages.Count;

    /// <summary>The TSN of the last chunk made.</summary>
    public Tsn LastAssignedTsn => _nextTsn.Previous;

    public Tsn CumulativeAck => _cumulativeAck;

    /// <summary>Whether every chunk sent is acknowledged and nothing waits.</summary>
    public bool IsIdle => OutstandingCount == 0 && Queue.IsEmpty;

    public int OutstandingCount => _nextTsn.DistanceFrom(_cumulativeAck) - 1;

    public Instant NextTimeout
    {
        get
        {
            var first = Instant.Min(Instant.Min(_retransmitAt, _probeAt), _paceAt);
            return Instant.Min(first, Instant.Min(_lossAt, IsForwardTsnWanted ? _forwardTsnAt : Instant.Never));
        }
    }

    /// <summary>What the peer has said of itself in INIT or INIT-ACK.</summary>
    public void SetPeer(uint windowBytes, bool isOwnStack, bool forwardsTsn, bool interleaves)
    {
        _peerWindow = windowBytes;
        _isPeerOwnStack = isOwnStack;
        _peerForwardsTsn = forwardsTsn;
        _isInterleaving = interleaves;
        _chunkHeaderBytes = interleaves ? IDataChunk.HeaderBytes : DataChunk.HeaderBytes;
        Queue.Interleaves = interleaves;
        Queue.TurnBytes = _packetBytes - _chunkHeaderBytes;
        Queue.MaxBegunBytes = windowBytes / 2;
        _maxOutstandingChunks = isOwnStack
            ? SctpLimits.MaxOutstandingChunksToOwnStack
            : SctpLimits.MaxOutstandingChunksToForeignStack;
        Rtt.SetRtoFloor(isOwnStack ? SctpLimits.MinRtoOwnStack : SctpLimits.MinRtoForeignStack);
    }

    public void Enqueue(ushort streamId, uint payloadProtocol, ReadOnlySpan<byte> payload, bool isUnordered, bool isCounted, Reliability reliability)
    {
        Queue.Enqueue(streamId, payloadProtocol, payload, isUnordered, isCounted, reliability);
        AllowBurst(0);
    }

    public void HandleTimeout(Instant now)
    {
        if (_paceAt <= now)
        {
            _paceAt = Instant.Never;
            AllowBurst(0);
        }

        if (_lossAt <= now)
        {
            DetectLosses(now);
            AllowBurst(0);
        }

        if (_probeAt <= now)
        {
            OnProbeTimeout(now);
        }

        if (_retransmitAt <= now)
        {
            OnRetransmitTimeout(now);
        }
    }

    /// <summary>Returns every buffer and stops every timer.</summary>
    public void Clear()
    {
        _messages.Clear();
        _retransmitAt = _probeAt = _lossAt = _paceAt = Instant.Never;
        _forwardTsnAt = Instant.Never;
        _advancedAck = _cumulativeAck;
        _cumulativeAck = _nextTsn.Previous;
        _lostCount = 0;
    }

    private int WireBytes(int payloadBytes) => _chunkHeaderBytes + Packet.Tlv.Padded(payloadBytes);

    /// <summary>
    /// Lets packets leave after an event: twice what was acknowledged, so that slow start can double, and never
    /// fewer than the burst limit. A foreign peer gets no more than the burst limit at once.
    /// </summary>
    private void AllowBurst(int packetsAcknowledged)
    {
        var allowed = _isPeerOwnStack
            ? SctpLimits.MaxBurstPackets + (2 * packetsAcknowledged)
            : SctpLimits.MaxBurstPackets;
        _burstLeft = Math.Max(_burstLeft, allowed);
    }

    private void FreeIfDone(int index)
    {
        ref var message = ref _messages[index];
        if (message.OutstandingChunks > 0 || !message.IsFullyAssigned)
        {
            return;
        }

        Queue.Free(index);
    }
}
