namespace KillaBeez.WebRtc.Stun;

/// <summary>
/// When a request to a server is sent again and when it has failed (RFC 8489, sections 6.2.1 and 6.2.2). Over
/// datagrams at 0, 0.5, 1.5, 3.5, 7.5, 15.5 ... seconds, and failed eight seconds after the last; over a stream once,
/// and failed after 39.5 seconds, since the stream repeats what is lost.
/// </summary>
internal sealed class StunRequestSchedule
{
    /// <summary>RTO (RFC 8489, section 6.2.1: at least 500 ms).</summary>
    public const int FirstTimeoutMs = 500;

    /// <summary>Rm: the wait behind the last send, in first timeouts (RFC 8489, section 6.2.1).</summary>
    public const int FinalWaitTimeouts = 16;

    /// <summary>Ti (RFC 8489, section 6.2.2).</summary>
    public const int StreamTimeoutMs = 39_500;

    private readonly int _maxSends;
    private readonly int _finalWaitMs;
    private int _timeoutMs = FirstTimeoutMs;
    private int _sends;

    private StunRequestSchedule(int maxSends, int finalWaitMs)
    {
        _maxSends = maxSends;
        _finalWaitMs = finalWaitMs;
    }

    /// <summary>The request is to be written now.</summary>
    public bool IsDue { get; private set; } = true;

    /// <summary>When <see cref="TryExpire"/> is to be called.</summary>
    public Instant Deadline { get; private set; } = Instant.Never;

    public static StunRequestSchedule OverDatagrams(int maxSends) => new(maxSends, FirstTimeoutMs * FinalWaitTimeouts);

    public static StunRequestSchedule OverStream() => new(1, StreamTimeoutMs);

    public void OnSent(Instant now)
    {
        IsDue = false;
        _sends++;
        if (_sends >= _maxSends)
        {
            Deadline = now.AddMs(_finalWaitMs);
            return;
        }

        Deadline = now.AddMs(_timeoutMs);
        _timeoutMs *= 2;
    }

    /// <summary>At the deadline: true where no answer can be expected any more, else the next send is due.</summary>
    public bool TryExpire(Instant now)
    {
        if (now < Deadline)
        {
            return false;
        }

        Deadline = Instant.Never;
        IsDue = _sends < _maxSends;
        return !IsDue;
    }
}
