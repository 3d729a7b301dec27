namespace KillaBeez.WebRtc.Sctp.Tx;

/// <summary>
/// Spreads a window over its round trip, so that it does not arrive at a bottleneck as one burst (RFC 9002 section
/// 7.7): a token bucket that fills a little faster than the window is acknowledged.
/// </summary>
/// <remarks>
/// Not below a round trip of 2 ms: timers are no finer than about 1 ms, so there the bucket would always be full,
/// or would hold up what could leave.
/// </remarks>
internal sealed class Pacer
{
    private const double Gain = 1.25;
    private const double SlowStartGain = 2;

    /// <summary>A sender that is woken late makes up for this much.</summary>
    private const double MaxCatchUpMicroseconds = 10_000;

    /// <summary>A timer is not worth less.</summary>
    private const double MinWaitMicroseconds = 1_000;

    private static readonly TimeSpan MinPacedRtt = TimeSpan.FromMilliseconds(2);

    private double _bytesPerMicrosecond;
    private double _credit;
    private double _maxCredit;
    private Instant _filledAt;
    private bool _isPacing;

    /// <summary>
    /// Brings the bucket up to date. <paramref name="isIdle"/>: nothing is in flight, so no more may leave at once
    /// than into a path of which nothing is known.
    /// </summary>
    public void Update(Instant now, ICongestionControl congestion, RttEstimator rtt, int packetBytes, bool isIdle)
    {
        if (rtt.Smoothed is not { } smoothed || rtt.Min < MinPacedRtt)
        {
            _isPacing = false;
            return;
        }

        var burst = (double)CongestionLimits.InitialWindowPackets * packetBytes;
        var elapsed = _isPacing ? (now - _filledAt).TotalMicroseconds : double.MaxValue;
        if (elapsed > 0)
        {
            _bytesPerMicrosecond = congestion.WindowBytes * (congestion.IsSlowStart ? SlowStartGain : Gain) / smoothed.TotalMicroseconds;
            _maxCredit = Math.Max(burst, _bytesPerMicrosecond * MaxCatchUpMicroseconds);
            _credit = Math.Min(_maxCredit, _credit + (elapsed * _bytesPerMicrosecond));
            _filledAt = now;
            _isPacing = true;
        }

        if (isIdle)
        {
            _credit = Math.Min(_credit, burst);
        }
    }

    /// <summary>Whether a packet may leave now; the last one may take more than there is.</summary>
    public bool MaySend => !_isPacing || _credit > 0;

    /// <summary>When the next packets may leave: once there is credit again, and not before a timer is worth it.</summary>
    public Instant NextSend =>
        _filledAt + TimeSpan.FromMicroseconds(Math.Max(MinWaitMicroseconds, Math.Ceiling((1 - _credit) / _bytesPerMicrosecond)));

    public void NoteSent(int bytes) => _credit -= bytes;

    /// <summary>Another path.</summary>
    public void Reset()
    {
        _isPacing = false;
        _credit = 0;
    }
}
