namespace KillaBeez.TestKit;

/// <summary>How the way between two simulated nodes behaves.</summary>
public sealed record PathConditions
{
    /// <summary>The time a message takes one way; not negative.</summary>
    public TimeSpan Latency { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>Up to this much is added to each message's time, at random; order is kept.</summary>
    public TimeSpan Jitter { get; init; } = TimeSpan.FromMilliseconds(5);

    /// <summary>
    /// How often a link on this path dies by itself: the mean time to its death, or null for never.
    /// </summary>
    public TimeSpan? MeanLinkLife { get; init; }

    /// <summary>What part of the attempts to open a link fail, 0 to 1.</summary>
    public double AttemptFailures { get; init; }

    /// <summary>How long an end needs to notice that nothing comes through any more.</summary>
    public TimeSpan SilenceLimit { get; init; } = TimeSpan.FromSeconds(10);
}
