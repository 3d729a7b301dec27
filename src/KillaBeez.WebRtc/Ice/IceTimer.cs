namespace KillaBeez.WebRtc.Ice;

/// <summary>The deadlines of an agent besides those of its transactions.</summary>
internal enum IceTimer
{
    /// <summary>The wait for a better pair than the best valid one is over.</summary>
    Nomination,

    /// <summary>The selected pair's next check.</summary>
    Consent,

    /// <summary>The selected pair's consent ends.</summary>
    ConsentExpiry,

    /// <summary>The selected pair may count as silent or disconnected now.</summary>
    Liveness,

    /// <summary>A working pair that is not selected is due for a check.</summary>
    Backup,

    /// <summary>The agent may have failed to find a path.</summary>
    Failure,
}
