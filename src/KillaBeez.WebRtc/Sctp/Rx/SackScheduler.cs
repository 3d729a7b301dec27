namespace KillaBeez.WebRtc.Sctp.Rx;

/// <summary>
/// When a SACK leaves (RFC 9260 section 6.2). To a foreign peer at least one per two packets, and one per
/// packet while it may be in slow start, because most stacks grow their window per SACK; several SACKs of one
/// receive batch are kept apart for it. Between two of our own stacks one per receive batch is enough, because
/// this sender grows by bytes acknowledged.
/// </summary>
internal sealed class SackScheduler(bool isPeerOwnStack)
{
    private const int SlowStartPackets = 1_024;
    private const int OwnStackMaxPackets = 64;

    private readonly Tsn[] _owed = new Tsn[SctpLimits.MaxOwedSacks];
    private int _owedHead;
    private int _owedCount;
    private int _packetsSinceSack;
    private int _everyPacketLeft = SlowStartPackets;
    private bool _isImmediate;

    /// <summary>When a delayed SACK is due.</summary>
    public Instant Deadline { get; private set; } = Instant.Never;

    /// <summary>Whether a SACK should leave even without data to carry it.</summary>
    public bool IsDue => _owedCount > 0;

    /// <summary>Whether something has arrived that no SACK has reported; data that leaves now carries it along.</summary>
    public bool IsOwed => _owedCount > 0 || _packetsSinceSack > 0;

    /// <summary>
    /// Notes a packet with data. <paramref name="isImmediate"/>: it was the first, a duplicate, left or found a
    /// gap, or carried the I bit.
    /// </summary>
    public void OnDataPacket(Instant now, Tsn cumulative, bool isImmediate, bool hasGap)
    {
        _packetsSinceSack++;
        _isImmediate |= isImmediate;
        if (hasGap)
        {
            _everyPacketLeft = 0;
        }

        var isSlowStart = _everyPacketLeft > 0;
        if (isSlowStart)
        {
            _everyPacketLeft--;
        }

        var isDue = isPeerOwnStack
            ? _packetsSinceSack >= OwnStackMaxPackets
            : _isImmediate || isSlowStart || _packetsSinceSack >= 2;
        if (isDue)
        {
            Owe(cumulative);
        }
        else if (Deadline == Instant.Never)
        {
            Deadline = now + SctpLimits.AckDelay;
        }
    }

    public void OnBatchEnd(Tsn cumulative)
    {
        if (isPeerOwnStack && (_isImmediate || _packetsSinceSack >= 2))
        {
            Owe(cumulative);
        }
    }

    /// <summary>A SACK is wanted now: the delay is over, or the window has opened again.</summary>
    public void Demand(Tsn cumulative) => Owe(cumulative);

    /// <summary>
    /// The cumulative TSN of the next SACK, and whether it is the newest, which alone reports gaps and
    /// duplicates.
    /// </summary>
    public Tsn Take(Tsn current, out bool isNewest)
    {
        Deadline = Instant.Never;
        isNewest = _owedCount <= 1;
        if (isNewest)
        {
            Reset();
            return current;
        }

        var cumulative = _owed[_owedHead];
        _owedHead = (_owedHead + 1) % _owed.Length;
        _owedCount--;
        return cumulative;
    }

    /// <summary>The newest SACK rides with data; older ones are pointless then.</summary>
    public void TakeNewest() => Reset();

    private void Reset()
    {
        Deadline = Instant.Never;
        _owedCount = 0;
        _packetsSinceSack = 0;
        _isImmediate = false;
    }

    private void Owe(Tsn cumulative)
    {
        _packetsSinceSack = 0;
        _isImmediate = false;
        Deadline = Instant.Never;
        if (_owedCount < _owed.Length)
        {
            _owed[(_owedHead + _owedCount) % _owed.Length] = cumulative;
            _owedCount++;
        }
    }
}
