namespace KillaBeez.Swarm.Calls;

/// <summary>How patient a <see cref="CallEngine"/> is. Both sides may have different values.</summary>
internal sealed record CallOptions
{
    public static CallOptions Default { get; } = new();

    public CallLimits Limits { get; init; } = CallLimits.Default;

    /// <summary>Time for the local transport to make an offer or an answer.</summary>
    public TimeSpan PrepareTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time for an answer to arrive, repeats of the offer included.</summary>
    public TimeSpan OfferTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time for the link to open once both descriptions were exchanged.</summary>
    public TimeSpan LinkTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The first repeat of an unanswered offer; each further one waits twice as long.</summary>
    public TimeSpan FirstResend { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The wait before the second attempt of a call; doubles for each further one. 50 to 150 % of it are waited.</summary>
    public TimeSpan FirstBackoff { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Offers made for one call before it fails, each with a call id of its own.</summary>
    public int Attempts { get; init; } = 3;
}

/// <summary>What a peer can make one <see cref="CallEngine"/> keep or do.</summary>
internal sealed record CallLimits
{
    public static CallLimits Default { get; } = new();

    /// <summary>Offers of the peer that are answered at a time; a further one takes the place of the oldest.</summary>
    public int Answering { get; init; } = 2;

    /// <summary>Remote candidates that wait for the answer they belong to, and local ones kept for repeats.</summary>
    public int CandidatesPerAttempt { get; init; } = 32;

    /// <summary>Ids of calls that are over, so that late signals cannot bring them back.</summary>
    public int RememberedCalls { get; init; } = 32;

    /// <summary>Signals that may cause work (a new transport, a repeated answer) at once.</summary>
    public int SignalBurst { get; init; } = 20;

    /// <summary>Signals that may cause work in the long run, per second.</summary>
    public int SignalsPerSecond { get; init; } = 2;
}
