namespace KillaBeez.Swarm.Signaling;

/// <summary>How much a <see cref="SignalGate"/> remembers.</summary>
internal sealed record SignalGateLimits
{
    /// <summary>Ids of strangers remembered at once; when full, new strangers are refused rather than old ids forgotten.</summary>
    public int MaximumRemembered { get; init; } = 65_536;

    /// <summary>Ids remembered of one sender, and the signals of one that are accepted within <see cref="RateWindow"/>.</summary>
    public int MaximumPerSender { get; init; } = 1_024;

    /// <summary>What a stranger may have of <see cref="MaximumPerSender"/> however many strangers there are.</summary>
    public int MinimumPerStranger { get; init; } = 8;

    /// <summary>
    /// A stranger may have one part in so many of what is free: n busy strangers leave this many parts of n + this many
    /// to the next one.
    /// </summary>
    public int StrangerShareDivisor { get; init; } = 16;

    /// <summary>Keys that have room of their own: those that are connected, called or known.</summary>
    public int MaximumFriends { get; init; } = 2_048;

    /// <summary>What <see cref="MaximumPerSender"/> is counted over.</summary>
    public TimeSpan RateWindow { get; init; } = TimeSpan.FromMinutes(1);
}
