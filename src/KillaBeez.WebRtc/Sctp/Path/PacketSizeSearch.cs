namespace KillaBeez.WebRtc.Sctp.Path;

/// <summary>
/// Finds the largest packet that the path carries (RFC 8899) by probes that carry no data: a HEARTBEAT filled up
/// with PAD. Begins with the size that most paths carry and halves the interval where that fails.
/// </summary>
/// <remarks>
/// <code>
///  Idle --Begin--> Searching --ceiling passes, or the interval is small--> Settled --10 min--> Searching
///                      ^                                                     |
///                      +----------- a pause &lt;----- large packets are lost ---+
/// </code>
/// A lost probe is no sign of congestion. One that comes back late still counts.
/// </remarks>
internal sealed class PacketSizeSearch
{
    private readonly int _baseBytes;
    private int _ceilingBytes;

    /// <summary>The smallest size known not to pass, or just above the ceiling.</summary>
    private int _failedBytes;
    private int _probeBytes;
    private int _tries;
    private ulong _nonce;
    private bool _hasBegun;
    private Instant _lastBlackHole = Instant.Never;

    public PacketSizeSearch(int basePacketBytes, int ceilingBytes)
    {
        _baseBytes = PacketBytes = basePacketBytes;
        _ceilingBytes = Math.Max(basePacketBytes, ceilingBytes & ~3);
    }

    /// <summary>The size for packets now, in bytes.</summary>
    public int PacketBytes { get; private set; }

    /// <summary>When the search goes on; never while it rests.</summary>
    public Instant NextTimeout { get; private set; } = Instant.Never;

    /// <summary>Whether a probe of <see cref="ProbeBytes"/> is to be sent.</summary>
    public bool IsProbeDue { get; private set; }

    public int ProbeBytes => _probeBytes;

    /// <summary>Whether the search waits for the first <see cref="Begin"/> on this path.</summary>
    public bool IsIdle => !_hasBegun;

    /// <summary>There is enough to send that larger packets are worth some probes.</summary>
    public void Begin()
    {
        if (!_hasBegun)
        {
            _hasBegun = true;
            SearchUpwards();
        }
    }

    /// <summary>Another path: back to the base size, and what passes has to be found again.</summary>
    public void Restart(int ceilingBytes)
    {
        _ceilingBytes = Math.Max(_baseBytes, ceilingBytes & ~3);
        PacketBytes = _baseBytes;
        _hasBegun = false;
        _lastBlackHole = Instant.Never;
        Rest();
    }

    /// <summary>The probe leaves now. Returns the number by which its answer is known.</summary>
    public ulong NoteSent(Instant now, TimeSpan patience, IRandomSource random)
    {
        if (_nonce == 0)
        {
            // All probes of one size have the same number, so that an answer may be late.
            _nonce = random.NextUInt64() | 1;
        }

        IsProbeDue = false;
        _tries++;
        NextTimeout = now + patience;
        return _nonce;
    }

    public void HandleTimeout(Instant now)
    {
        if (NextTimeout > now)
        {
            return;
        }

        NextTimeout = Instant.Never;
        if (_probeBytes == 0)
        {
            SearchUpwards();
        }
        else if (_tries < SctpLimits.MaxProbesPerSize)
        {
            IsProbeDue = true;
        }
        else
        {
            _failedBytes = _probeBytes;
            ProbeNext(now);
        }
    }

    /// <summary>Takes the answer to a HEARTBEAT; true where it is to the probe, which has passed then.</summary>
    public bool TryTakeAnswer(Instant now, ulong nonce)
    {
        if (_probeBytes == 0 || nonce != _nonce)
        {
            return false;
        }

        PacketBytes = _probeBytes;
        ProbeNext(now);
        return true;
    }

    /// <summary>
    /// Large packets are lost and others are not, or nothing comes back. The second can be an outage, so the search
    /// soon begins again; but not twice within the long pause.
    /// </summary>
    public void NoteBlackHole(Instant now)
    {
        PacketBytes = _baseBytes;
        var isFirst = _lastBlackHole == Instant.Never || now - _lastBlackHole > SctpLimits.SizeSearchPause;
        _lastBlackHole = now;
        Rest();
        NextTimeout = now + (isFirst ? SctpLimits.SizeSearchShortPause : SctpLimits.SizeSearchPause);
    }

    private void SearchUpwards()
    {
        _failedBytes = _ceilingBytes + 4;
        Probe(_ceilingBytes);
    }

    private void ProbeNext(Instant now)
    {
        var next = Math.Max(((PacketBytes + _failedBytes) / 2) & ~3, _baseBytes + SctpLimits.MinSizeGainBytes);
        if (_failedBytes - PacketBytes <= SctpLimits.SizeSearchStepBytes || next >= _failedBytes)
        {
            Rest();
            NextTimeout = PacketBytes < _ceilingBytes ? now + SctpLimits.SizeSearchPause : Instant.Never;
            return;
        }

        Probe(next);
    }

    private void Probe(int bytes)
    {
        if (bytes < _baseBytes + SctpLimits.MinSizeGainBytes)
        {
            Rest();
            return;
        }

        _probeBytes = bytes;
        _tries = 0;
        _nonce = 0;
        IsProbeDue = true;
        NextTimeout = Instant.Never;
    }

    private void Rest()
    {
        _probeBytes = 0;
        _nonce = 0;
        IsProbeDue = false;
        NextTimeout = Instant.Never;
    }
}
