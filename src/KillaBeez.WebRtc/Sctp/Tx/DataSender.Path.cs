namespace KillaBeez.WebRtc.Sctp.Tx;

/// <content>What depends on the path: the packet size, whether large packets get through, and a change of path.</content>
internal sealed partial class DataSender
{
    private const int BlackHoleRounds = 3;

    private uint _highestAckedLarge;
    private uint _largeRoundStart;
    private int _largeLossRounds;
    private uint _pathStart;

    /// <summary>
    /// Whether larger packets than the base size were lost in three rounds in a row, and none of them arrived since.
    /// A round is a loss with its recovery, or a T3 timeout.
    /// </summary>
    public bool AreLargePacketsLost => _largeLossRounds >= BlackHoleRounds;

    /// <summary>
    /// The size of packets from now on, in bytes. Chunks are never larger than the base size allows, a larger packet
    /// has several; so whatever is outstanding can be sent again when the size falls back.
    /// </summary>
    public void SetPacketSize(int packetBytes)
    {
        _packetBytes = packetBytes - Packet.SctpPacketHeader.SizeBytes;
        _congestion.SetPacketBytes(_packetBytes);
        Queue.TurnBytes = _packetBytes - _chunkHeaderBytes;
        _largeLossRounds = 0;
        _largeRoundStart = _nextPacketNumber;
    }

    /// <summary>
    /// The packets take another path: window and round-trip time are as at the beginning (RFC 9260 section 6.4.1
    /// keeps them per destination). What the old path lost says nothing about the new one, and is found by a probe
    /// at once.
    /// </summary>
    public void ResetPath(Instant now)
    {
        _congestion = CreateCongestionControl();
        Rtt.Reset();
        _pacer.Reset();
        _losses = default;
        _reorderingPackets = MinReorderingPackets;
        _timeoutsInRow = 0;
        _probesInRow = 0;
        _retransmittedInRecovery = 0;
        _pathStart = _recoveryStart = _roundEnd = _nextPacketNumber;
        _lossAt = Instant.Never;
        RestartTimers(now);
        if (_flightBytes > 0)
        {
            OnProbeTimeout(now);
        }
    }

    private ICongestionControl CreateCongestionControl() => _options.CongestionControl == CongestionControlKind.NewReno
        ? new NewRenoCongestionControl(_packetBytes)
        : new CubicCongestionControl(_packetBytes, _options.ToleratesRandomLoss);

    private void NoteLargeArrived(in OutstandingChunk chunk)
    {
        if (chunk.Has(ChunkState.InLargePacket) && IsAtOrAfter(chunk.PacketNumber, _highestAckedLarge))
        {
            _highestAckedLarge = chunk.PacketNumber;
            _largeLossRounds = 0;
        }
    }

    private void NoteLargeLost(in OutstandingChunk chunk)
    {
        if (chunk.Has(ChunkState.InLargePacket)
            && IsAtOrAfter(chunk.PacketNumber, _highestAckedLarge)
            && IsAtOrAfter(chunk.PacketNumber, _largeRoundStart))
        {
            _largeLossRounds++;
            _largeRoundStart = _nextPacketNumber;
        }
    }
}
