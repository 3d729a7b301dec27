namespace KillaBeez.Cli.Bench.Link;

/// <summary>What <c>bench link</c> measures between two processes on loopback, over one data channel.</summary>
internal sealed record BenchLinkOptions
{
    public const int LeastMessageBytes = 1;
    public const int MostMessageBytes = 262_144;

    /// <summary>One throughput run for each size.</summary>
    public IReadOnlyList<int> MessageBytes { get; init; } = [16 * 1024, 64 * 1024];

    /// <summary>How long each throughput run sends.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>64-byte messages sent there and back, one after the other, and timed.</summary>
    public int RoundTrips { get; init; } = 2000;

    /// <summary>Connections set up for the median set-up time.</summary>
    public int SetUps { get; init; } = 10;
}
