namespace KillaBeez.Streams;

/// <summary>How <see cref="SwarmStreams.Bind"/> takes substreams.</summary>
public sealed record SubstreamBindOptions
{
    /// <summary>
    /// How long an offered substream waits until its flow is materialised, from when it came; then it is refused with
    /// <see cref="SwarmStreamCodes.NotAccepted"/>. It passes on the actor system's scheduler. 10 s.
    /// </summary>
    public TimeSpan AcceptTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How many substreams may wait until the stream pulls them; more are refused with
    /// <see cref="SwarmStreamCodes.Backlogged"/>. 100.
    /// </summary>
    public int Backlog { get; init; } = 100;

    /// <summary>The longest element that comes out of the flows, in bytes. 64 KiB.</summary>
    public int MaxElementBytes { get; init; } = SubstreamStreams.DefaultMaxElementBytes;

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(AcceptTimeout, TimeSpan.Zero, nameof(AcceptTimeout));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Backlog, nameof(Backlog));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(MaxElementBytes, nameof(MaxElementBytes));
    }
}
