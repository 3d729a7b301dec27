namespace KillaBeez.Swarm.Signaling;

/// <summary>
/// What a <see cref="SignalGate"/> remembers of one sender: its latest ids, in the order of their times, and the time up
/// to which ids have been forgotten for want of room, before which nothing is taken any more.
/// </summary>
internal sealed class SignalSenderMemory
{
    private readonly List<Entry> _entries = [];
    private long _forgottenUpToUnixMs = -1;
    private Instant _forgottenUntil;
    private Instant _paidUntil;

    /// <summary>How many ids are remembered.</summary>
    public int Count => _entries.Count;

    /// <summary>When nothing of this sender needs to be remembered any more.</summary>
    public Instant ForgetAt { get; private set; }

    /// <summary>Whether a signal is one of those remembered, or may be one of those forgotten.</summary>
    /// <param name="now">The moment.</param>
    /// <param name="signal">The signal.</param>
    /// <param name="latestUnixMs">The latest time of a signal that can be taken now.</param>
    public bool MayHaveSeen(Instant now, SealedSignal signal, long latestUnixMs)
    {
        // What was forgotten from beyond the latest time could not pass now, and later its memory is over.
        var isForgottenTime = signal.CreatedUnixMs <= _forgottenUpToUnixMs && _forgottenUpToUnixMs <= latestUnixMs;
        if (isForgottenTime && now <= _forgottenUntil)
        {
            return true;
        }

        for (var i = PlaceAfter(signal.CreatedUnixMs) - 1; i >= 0 && _entries[i].CreatedUnixMs == signal.CreatedUnixMs; i--)
        {
            if (_entries[i].Id == signal.Id)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether one more signal is within so many in the window, with bursts of as many.</summary>
    public bool IsWithinRate(Instant now, int maximum, TimeSpan window) =>
        Instant.Max(_paidUntil, now) + (window / maximum) <= now + window;

    /// <summary>Remembers an accepted signal.</summary>
    public void Add(Instant now, SealedSignal signal, Instant forgetAt, int maximum, TimeSpan window)
    {
        _paidUntil = Instant.Max(_paidUntil, now) + (window / maximum);
        ForgetAt = forgetAt;
        _entries.Insert(PlaceAfter(signal.CreatedUnixMs), new Entry(signal.CreatedUnixMs, signal.Id, forgetAt));
        var old = 0;
        while (_entries[old].ForgetAt < now)
        {
            old++;
        }

        _entries.RemoveRange(0, old);
    }

    /// <summary>
    /// Gives up ids until so many are left. Those from beyond the latest time that can be taken now (a clock was set back)
    /// go first, and nothing is lost with them: they would pass later than they need to be remembered. Then the oldest
    /// go, and what is as old as they are is refused from then on.
    /// </summary>
    public void Trim(Instant now, int maximum, long latestUnixMs)
    {
        while (_entries.Count > maximum && _entries[^1].CreatedUnixMs > latestUnixMs)
        {
            _entries.RemoveAt(_entries.Count - 1);
        }

        if (_forgottenUpToUnixMs > latestUnixMs || _forgottenUntil < now)
        {
            _forgottenUpToUnixMs = -1;
        }

        var excess = _entries.Count - maximum;
        if (excess > 0)
        {
            for (var i = 0; i < excess; i++)
            {
                _forgottenUpToUnixMs = Math.Max(_forgottenUpToUnixMs, _entries[i].CreatedUnixMs);
                _forgottenUntil = Instant.Max(_forgottenUntil, _entries[i].ForgetAt);
            }

            _entries.RemoveRange(0, excess);
        }
    }

    /// <summary>The place behind all entries of that time and before.</summary>
    private int PlaceAfter(long createdUnixMs)
    {
        var (low, high) = (0, _entries.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_entries[middle].CreatedUnixMs <= createdUnixMs)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private readonly record struct Entry(long CreatedUnixMs, SignalId Id, Instant ForgetAt);
}
