namespace KillaBeez.WebRtc.Sctp.Tx;

/// <summary>
/// Slow start and congestion avoidance of RFC 9260 section 7.2. A departure: slow start grows by all bytes
/// acknowledged instead of at most one packet per SACK, so that fewer SACKs do not mean slower growth.
/// </summary>
internal sealed class NewRenoCongestionControl(int packetBytes) : ICongestionControl
{
    private long _threshold = CongestionLimits.MaxWindowBytes;
    private long _partialBytesAcknowledged;
    private long _windowBeforeLoss;
    private long _thresholdBeforeLoss;

    public long WindowBytes { get; private set; } = (long)CongestionLimits.InitialWindowPackets * packetBytes;

    public bool IsSlowStart => WindowBytes < _threshold;

    public void SetPacketBytes(int bytes) => packetBytes = bytes;

    public void OnAcknowledged(Instant now, long bytes, TimeSpan smoothedRtt)
    {
        if (IsSlowStart)
        {
            WindowBytes = Math.Min(WindowBytes + bytes, CongestionLimits.MaxWindowBytes);
            return;
        }

        _partialBytesAcknowledged += bytes;
        if (_partialBytesAcknowledged >= WindowBytes)
        {
            _partialBytesAcknowledged -= WindowBytes;
            WindowBytes = Math.Min(WindowBytes + packetBytes, CongestionLimits.MaxWindowBytes);
        }
    }

    public void OnRttSample(TimeSpan rtt, bool isNewRound)
    {
    }

    public bool OnLoss(Instant now, double lossShare)
    {
        _windowBeforeLoss = WindowBytes;
        _thresholdBeforeLoss = _threshold;
        _threshold = Math.Max(WindowBytes / 2, (long)CongestionLimits.MinWindowAfterLossPackets * packetBytes);
        WindowBytes = _threshold;
        _partialBytesAcknowledged = 0;
        return true;
    }

    public void OnSpuriousLoss()
    {
        WindowBytes = Math.Max(WindowBytes, _windowBeforeLoss);
        _threshold = Math.Max(_threshold, _thresholdBeforeLoss);
    }

    public void OnTimeout()
    {
        _threshold = Math.Max(WindowBytes / 2, (long)CongestionLimits.MinWindowAfterLossPackets * packetBytes);
        WindowBytes = (long)CongestionLimits.WindowAfterTimeoutPackets * packetBytes;
        _partialBytesAcknowledged = 0;
        _windowBeforeLoss = 0;
    }
}
