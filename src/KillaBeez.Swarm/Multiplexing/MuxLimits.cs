namespace KillaBeez.Swarm.Multiplexing;

/// <summary>
/// Everything a peer can make one multiplexer keep or do is bounded here. Both sides of the swarm use the same
/// defaults, so that a side that keeps its own limits (<see cref="MuxEngine.TryOpen"/> does) is not refused.
/// </summary>
internal sealed record MuxLimits
{
    /// <summary>The credit that both directions of every substream begin with, in bytes; fixed by yamux.</summary>
    public const int InitialWindowBytes = 256 * 1024;

    /// <summary>The largest session frame (session design, section 2.2: frame-max), in bytes.</summary>
    public const int SessionFrameBytes = 65_408;

    /// <summary>The longest type of a substream, in bytes of UTF-8; the shortest is 1.</summary>
    public const int TypeBytes = 255;

    /// <summary>The longest metadata of a substream, in bytes.</summary>
    public const int MetadataBytes = 4096;

    /// <summary>The longest text of a refusal, in bytes of UTF-8; longer ones are cut.</summary>
    public const int RefusalTextBytes = 255;

    public static MuxLimits Default { get; } = new();

    /// <summary>How far a substream's receive window may grow, in bytes.</summary>
    public int MaxWindowBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>
    /// Windows grow only while their sum stays within this, and a substream whose data would bring the unread
    /// bytes of all substreams above it is reset, in bytes.
    /// </summary>
    public long ReceiveBudgetBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Bytes written to one substream that wait to be sent.</summary>
    public int SendQueueBytes { get; init; } = 256 * 1024;

    /// <summary>Bytes written to all substreams that wait to be sent.</summary>
    public int TotalSendQueueBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>Substreams opened by the peer that exist at a time; the next ones are reset.</summary>
    public int RemoteSubstreams { get; init; } = 1024;

    /// <summary>Substreams opened by this side that exist at a time.</summary>
    public int LocalSubstreams { get; init; } = 1024;

    /// <summary>Substreams that may be opened at once after a quiet time.</summary>
    public int OpenBurst { get; init; } = 2048;

    /// <summary>Substreams that may be opened in the long run, per second.</summary>
    public int OpensPerSecond { get; init; } = 1000;

    /// <summary>Opens answered by a reset for a limit's sake; more at once than this is a violation.</summary>
    public int RefusalBurst { get; init; } = 2048;

    /// <summary>Opens answered by a reset for a limit's sake in the long run, per second.</summary>
    public int RefusalsPerSecond { get; init; } = 200;

    /// <summary>Resets the peer may send at once; more is a violation (opening and resetting at once costs the receiver most).</summary>
    public int ResetBurst { get; init; } = 2048;

    /// <summary>Resets the peer may send in the long run, per second.</summary>
    public int ResetsPerSecond { get; init; } = 1000;

    /// <summary>Ping questions the peer may send at once; more is a violation.</summary>
    public int PingBurst { get; init; } = 64;

    /// <summary>Ping questions the peer may send in the long run, per second.</summary>
    public int PingsPerSecond { get; init; } = 20;

    /// <summary>Pings of this side that wait for their answers.</summary>
    public int PendingPings { get; init; } = 16;

    /// <summary>Resets and ping answers that wait to be sent; a peer that causes more without reading is in violation.</summary>
    public int PendingControlFrames { get; init; } = 8192;

    /// <summary>Time for a substream's preamble to arrive after its first frame.</summary>
    public TimeSpan PreambleTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Time without a byte from the peer after which a substream is reset that this side has finished writing and reads no more.</summary>
    public TimeSpan HalfClosedTimeout { get; init; } = TimeSpan.FromMinutes(5);
}
