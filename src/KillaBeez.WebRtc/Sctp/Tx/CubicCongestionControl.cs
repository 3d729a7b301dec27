namespace KillaBeez.WebRtc.Sctp.Tx;

/// <summary>
/// CUBIC (RFC 9438) in bytes, with the delay-based exit from slow start of HyStart++ (RFC 9406) without its
/// conservative phase: when the smallest round-trip time of a round lies clearly above that of the round
/// before, a queue is building and slow start ends before it overflows. A departure on request: few losses
/// without a queue do not shrink the window.
/// </summary>
internal sealed class CubicCongestionControl(int packetBytes, bool toleratesRandomLoss) : ICongestionControl
{
    private const double C = 0.4;
    private const double Beta = 0.7;
    private const double RenoGrowth = 3 * (1 - Beta) / (1 + Beta);
    private const int MinSamplesPerRound = 8;

    /// <summary>Losses up to this share are not congestion while no queue builds; BBR version 2 uses the same.</summary>
    private const double ToleratedLossShare = 0.02;

    private static readonly TimeSpan MinQueueDelay = TimeSpan.FromMilliseconds(2);

    private static readonly TimeSpan MinRttRise = TimeSpan.FromMilliseconds(4);
    private static readonly TimeSpan MaxRttRise = TimeSpan.FromMilliseconds(16);

    private long _threshold = CongestionLimits.MaxWindowBytes;
    private double _maxWindow;
    private double _renoWindow;
    private double _secondsToMax;
    private Instant _epochStart = Instant.Never;
    private TimeSpan _minRtt = TimeSpan.MaxValue;
    private TimeSpan _roundMinRtt = TimeSpan.MaxValue;
    private TimeSpan _lastRoundMinRtt = TimeSpan.MaxValue;
    private int _roundSamples;
    private long _windowBeforeLoss;
    private long _thresholdBeforeLoss;
    private double _maxWindowBeforeLoss;

    public long WindowBytes { get; private set; } = (long)CongestionLimits.InitialWindowPackets * packetBytes;

    public bool IsSlowStart => WindowBytes < _threshold;

    /// <summary>
    /// Whether packets come through as fast as ever. A loss then is no full queue but a bad radio link, and
    /// backing off would only give the link away: at 1 % loss and 50 ms the classic rule holds any path to 2 Mbit/s.
    /// </summary>
    private bool HasNoQueue
    {
        get
        {
            var rtt = _roundMinRtt != TimeSpan.MaxValue ? _roundMinRtt : _lastRoundMinRtt;
            var slack = _minRtt / 8 > MinQueueDelay ? _minRtt / 8 : MinQueueDelay;
            return rtt != TimeSpan.MaxValue && rtt <= _minRtt + slack;
        }
    }

    public void SetPacketBytes(int bytes) => packetBytes = bytes;

    public void OnAcknowledged(Instant now, long bytes, TimeSpan smoothedRtt)
    {
        if (IsSlowStart)
        {
            WindowBytes = Math.Min(WindowBytes + bytes, CongestionLimits.MaxWindowBytes);
            return;
        }

        if (_epochStart == Instant.Never)
        {
            StartEpoch(now);
        }

        var seconds = (now - _epochStart + smoothedRtt).TotalSeconds - _secondsToMax;
        var target = _maxWindow + (C * seconds * seconds * seconds * packetBytes);
        _renoWindow += RenoGrowth * bytes * packetBytes / WindowBytes;

        // RFC 9438 section 4.4: the target lies within one window and one and a half.
        target = Math.Clamp(Math.Max(target, _renoWindow), WindowBytes, 1.5 * WindowBytes);
        var growth = (target - WindowBytes) * bytes / WindowBytes;
        WindowBytes = Math.Min(WindowBytes + (long)growth, CongestionLimits.MaxWindowBytes);
    }

    public void OnRttSample(TimeSpan rtt, bool isNewRound)
    {
        if (isNewRound)
        {
            _lastRoundMinRtt = _roundMinRtt;
            _roundMinRtt = TimeSpan.MaxValue;
            _roundSamples = 0;
        }

        _roundMinRtt = rtt < _roundMinRtt ? rtt : _roundMinRtt;
        _minRtt = rtt < _minRtt ? rtt : _minRtt;
        _roundSamples++;
        if (!IsSlowStart || _roundSamples < MinSamplesPerRound || _lastRoundMinRtt == TimeSpan.MaxValue)
        {
            return;
        }

        var rise = TimeSpan.FromTicks(Math.Clamp(_lastRoundMinRtt.Ticks / 8, MinRttRise.Ticks, MaxRttRise.Ticks));
        if (_roundMinRtt >= _lastRoundMinRtt + rise)
        {
            _threshold = WindowBytes;
            _maxWindow = WindowBytes;
            _epochStart = Instant.Never;
        }
    }

    public bool OnLoss(Instant now, double lossShare)
    {
        if (toleratesRandomLoss && lossShare <= ToleratedLossShare && HasNoQueue)
        {
            return false;
        }

        _windowBeforeLoss = WindowBytes;
        _thresholdBeforeLoss = _threshold;
        _maxWindowBeforeLoss = _maxWindow;

        // Fast convergence, RFC 9438 section 4.7: a window that shrinks makes room for newcomers.
        _maxWindow = WindowBytes < _maxWindow ? WindowBytes * (1 + Beta) / 2 : WindowBytes;
        _threshold = Math.Max((long)(WindowBytes * Beta), (long)CongestionLimits.MinWindowAfterLossPackets * packetBytes);
        WindowBytes = _threshold;
        _epochStart = Instant.Never;
        return true;
    }

    public void OnSpuriousLoss()
    {
        if (_windowBeforeLoss > WindowBytes)
        {
            WindowBytes = _windowBeforeLoss;
            _threshold = _thresholdBeforeLoss;
            _maxWindow = _maxWindowBeforeLoss;
            _epochStart = Instant.Never;
        }
    }

    public void OnTimeout()
    {
        _maxWindow = Math.Max(_maxWindow, WindowBytes);
        _threshold = Math.Max((long)(WindowBytes * Beta), (long)CongestionLimits.MinWindowAfterLossPackets * packetBytes);
        WindowBytes = (long)CongestionLimits.WindowAfterTimeoutPackets * packetBytes;
        _epochStart = Instant.Never;
        _windowBeforeLoss = 0;
    }

    private void StartEpoch(Instant now)
    {
        _epochStart = now;
        _maxWindow = Math.Max(_maxWindow, WindowBytes);
        _renoWindow = WindowBytes;
        _secondsToMax = Math.Cbrt((_maxWindow - WindowBytes) / packetBytes / C);
    }
}
