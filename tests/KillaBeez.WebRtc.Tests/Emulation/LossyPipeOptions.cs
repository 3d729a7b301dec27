namespace KillaBeez.WebRtc.Tests.Emulation;

/// <summary>What one direction of a path does to datagrams.</summary>
internal sealed record LossyPipeOptions
{
    /// <summary>The share of datagrams that are lost, 0 to 1.</summary>
    public double Loss { get; init; }

    /// <summary>The share that arrive twice.</summary>
    public double Duplication { get; init; }

    /// <summary>The share that are held back by <see cref="ReorderingDelay"/> and overtaken.</summary>
    public double Reordering { get; init; }

    public TimeSpan ReorderingDelay { get; init; } = TimeSpan.FromMilliseconds(5);

    /// <summary>The one-way delay.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>A uniformly random addition to the delay; large values reorder.</summary>
    public TimeSpan Jitter { get; init; }

    /// <summary>The rate of the bottleneck; null for none.</summary>
    public long? BytesPerSecond { get; init; }

    /// <summary>What may wait before the bottleneck; the rest is dropped at the tail.</summary>
    public int QueueBytes { get; init; } = 256 * 1024;

    /// <summary>Larger datagrams are lost without a word.</summary>
    public int MaxDatagramBytes { get; init; } = int.MaxValue;

    public static LossyPipeOptions Perfect { get; } = new();
}
