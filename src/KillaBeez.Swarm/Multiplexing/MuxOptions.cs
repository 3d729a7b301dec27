namespace KillaBeez.Swarm.Multiplexing;

/// <summary>How a <see cref="MuxEngine"/> behaves.</summary>
internal sealed record MuxOptions
{
    public static MuxOptions Default { get; } = new();

    public MuxLimits Limits { get; init; } = MuxLimits.Default;

    /// <summary>
    /// The most a substream sends before the next one has its turn, in bytes. Smaller is fairer and costs more headers.
    /// </summary>
    public int QuantumBytes { get; init; } = 16 * 1024;

    /// <summary>
    /// A window doubles when half of it was consumed within so many round trips: then the window, not the reader,
    /// is what holds the sender back.
    /// </summary>
    public int GrowWithinRoundTrips { get; init; } = 2;

    /// <summary>The round trip is measured again when a window is granted and the last measurement is older than this.</summary>
    public TimeSpan RoundTripMaxAge { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>Why a substream cannot be opened.</summary>
internal enum MuxOpenError
{
    None,

    /// <summary>The session is over, or its substream numbers are used up.</summary>
    Closed,

    PeerIsGoingAway,

    /// <summary><see cref="MuxLimits.LocalSubstreams"/> exist.</summary>
    TooManySubstreams,

    /// <summary>Faster than <see cref="MuxLimits.OpensPerSecond"/>.</summary>
    OpenRateExceeded,
}

/// <summary>Counts of what was dropped or refused, for metrics.</summary>
internal record struct MuxStatistics
{
    /// <summary>Frames for substreams that are over: normal in small numbers, since frames cross.</summary>
    public long IgnoredFrames { get; set; }

    /// <summary>Substreams of the peer that were reset for a limit's sake.</summary>
    public long RefusedOpens { get; set; }

    public long ResetsReceived { get; set; }

    public long DataBytesSent { get; set; }

    public long DataBytesReceived { get; set; }
}
