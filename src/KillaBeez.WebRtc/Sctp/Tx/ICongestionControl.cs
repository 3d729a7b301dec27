namespace KillaBeez.WebRtc.Sctp.Tx;

/// <summary>
/// How many bytes, headers included, may be in flight. The sender reports what happens to its packets; it
/// reports at most one loss per round trip.
/// </summary>
internal interface ICongestionControl
{
    /// <summary>The congestion window in bytes.</summary>
    long WindowBytes { get; }

    bool IsSlowStart { get; }

    /// <summary>What chunks may take of a packet from now on, in bytes; the window stays.</summary>
    void SetPacketBytes(int bytes);

    /// <summary>Bytes newly acknowledged while the window was the limit.</summary>
    void OnAcknowledged(Instant now, long bytes, TimeSpan smoothedRtt);

    /// <summary>A round-trip time; <paramref name="isNewRound"/> where a window of data has gone round since the last.</summary>
    void OnRttSample(TimeSpan rtt, bool isNewRound);

    /// <summary>
    /// Something sent in this round was lost; <paramref name="lossShare"/> is the share of recent chunks that
    /// were. False where the loss is not taken as a sign of congestion and the window stays as it is.
    /// </summary>
    bool OnLoss(Instant now, double lossShare);

    /// <summary>The last loss was none: the packet had only been overtaken.</summary>
    void OnSpuriousLoss();

    /// <summary>Nothing came back for a whole retransmission timeout.</summary>
    void OnTimeout();
}
