namespace KillaBeez.WebRtc.Sctp.Tx;

/// <summary>
/// The smoothed round-trip time and the retransmission timeout of RFC 9260 section 6.3.1. The owner feeds it
/// by Karn's rule: only what was sent once.
/// </summary>
internal sealed class RttEstimator
{
    private TimeSpan _variation;
    private TimeSpan _rtoFloor = SctpLimits.MinRtoForeignStack;

    /// <summary>The smoothed round-trip time, or null before the first sample.</summary>
    public TimeSpan? Smoothed { get; private set; }

    public TimeSpan Latest { get; private set; }

    /// <summary>The smallest sample of the association.</summary>
    public TimeSpan Min { get; private set; } = TimeSpan.MaxValue;

    /// <summary>The timeout without back-off.</summary>
    public TimeSpan Rto { get; private set; } = SctpLimits.InitialRto;

    public void SetRtoFloor(TimeSpan floor) => _rtoFloor = floor;

    /// <summary>Forgets the path; the floor is the peer's and stays.</summary>
    public void Reset()
    {
        _variation = TimeSpan.Zero;
        Smoothed = null;
        Latest = TimeSpan.Zero;
        Min = TimeSpan.MaxValue;
        Rto = SctpLimits.InitialRto;
    }

    public void AddSample(TimeSpan rtt)
    {
        Latest = rtt;
        Min = rtt < Min ? rtt : Min;
        if (Smoothed is not { } smoothed)
        {
            Smoothed = rtt;
            _variation = rtt / 2;
        }
        else
        {
            _variation = (_variation * 0.75) + ((smoothed - rtt).Duration() * 0.25);
            Smoothed = (smoothed * 0.875) + (rtt * 0.125);
        }

        var rto = Smoothed.Value + (_variation * 4);
        Rto = rto < _rtoFloor ? _rtoFloor : rto > SctpLimits.MaxRto ? SctpLimits.MaxRto : rto;
    }

    /// <summary>The timeout after so many expiries in a row; doubled each time up to the cap on back-off.</summary>
    public TimeSpan BackedOff(int expiries)
    {
        if (expiries == 0 || Rto >= SctpLimits.MaxBackoff)
        {
            return Rto;
        }

        var backedOff = Rto * (1 << Math.Min(expiries, 10));
        return backedOff > SctpLimits.MaxBackoff ? SctpLimits.MaxBackoff : backedOff;
    }
}
