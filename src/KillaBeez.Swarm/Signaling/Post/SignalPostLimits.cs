namespace KillaBeez.Swarm.Signaling.Post;

/// <summary>Every bound and pause of a <see cref="SignalPost"/>.</summary>
internal sealed record SignalPostLimits
{
    public static SignalPostLimits Default { get; } = new();

    /// <summary>Signals that are kept at once, those of all calls together; one more is undeliverable, and its sender hears that.</summary>
    public int Signals { get; init; } = 4_096;

    /// <summary>Signals of one call that are kept: a description and its candidates.</summary>
    public int SignalsPerCall { get; init; } = 64;

    /// <summary>Connected peers that are asked to carry where gossip names none: they may have met the receiver since.</summary>
    public int GuessedCarriers { get; init; } = 3;

    /// <summary>
    /// How long an offer waits for its answer before it takes the next way too. A way that has taken a signal has said
    /// nothing yet: its exchange may be stopped, its peer dead.
    /// </summary>
    public TimeSpan NextWayAfter { get; init; } = TimeSpan.FromMilliseconds(400);

    /// <summary>Where every way has refused an awaited call, all are tried again after this; doubled each time.</summary>
    public TimeSpan FirstRetry { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest pause between two such tries.</summary>
    public TimeSpan LongestRetry { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How many answers a way can owe: one that begins to answer is believed again soon.</summary>
    public int Doubt { get; init; } = 4;
}
