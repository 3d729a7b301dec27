namespace KillaBeez.WebRtc.Sctp.Tx;

/// <summary>The share of recent chunks that were lost, over a memory of about a thousand chunks.</summary>
internal struct LossMeter
{
    private const int MemoryChunks = 1_024;

    private int _arrived;
    private int _lost;

    public void Arrived()
    {
        if (++_arrived + _lost >= MemoryChunks)
        {
            _arrived /= 2;
            _lost /= 2;
        }
    }

    public void Lost() => _lost++;

    /// <summary>The share, or 1 while too little was seen to say.</summary>
    public readonly double Share => _arrived < 64 ? 1 : (double)_lost / (_arrived + _lost);
}
