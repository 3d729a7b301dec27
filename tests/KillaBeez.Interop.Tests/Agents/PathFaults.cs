namespace KillaBeez.Interop.Tests.Agents;

/// <summary>What a path does to datagrams, in either direction.</summary>
internal sealed record PathFaults
{
    public static readonly PathFaults TwoPercentLoss = new() { Loss = 0.02 };

    public static readonly PathFaults Disorder = new()
    {
        Delay = TimeSpan.FromMilliseconds(5),
        LateShare = 0.01,
        Lateness = TimeSpan.FromMilliseconds(3),
        DuplicateShare = 0.01,
    };

    /// <summary>The share that is lost, 0 to 1.</summary>
    public double Loss { get; init; }

    /// <summary>How long each takes.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>The share that takes longer, 0 to 1, so that later ones overtake it.</summary>
    public double LateShare { get; init; }

    /// <summary>How much longer.</summary>
    public TimeSpan Lateness { get; init; }

    /// <summary>The share that arrives twice, 0 to 1.</summary>
    public double DuplicateShare { get; init; }
}
