namespace KillaBeez.Swarm.Healing;

/// <summary>Every bound and pause of a <see cref="HealingEngine"/>.</summary>
internal sealed record HealingLimits
{
    public static HealingLimits Default { get; } = new();

    /// <summary>Lost peers that are kept; above, the one that was lost first is forgotten.</summary>
    public int Lost { get; init; } = 1_024;

    /// <summary>Calls under way at once, so that a node that comes back to a large swarm does not call all of it in one moment.</summary>
    public int CallsAtOnce { get; init; } = 8;

    /// <summary>The pause before the first call; doubled with each that fails. All pauses are drawn between half of this and three halves.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest pause where the peer is known and no path to it was found: the network may be back at any moment, and nobody tells.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The longest pause where nobody knows the peer, or it has taken its leave: its node is down.</summary>
    public TimeSpan LongestPauseOfAbsent { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>After this time without a word a call counts as failed.</summary>
    public TimeSpan CallLimit { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>Within this time after a sign that the network is back everybody lost is called.</summary>
    public TimeSpan HurryWithin { get; init; } = TimeSpan.FromSeconds(1);
}
