using Akka.Streams.Dsl;

namespace KillaBeez.Streams;

/// <summary>
/// Stages that go by the time of the actor system's scheduler. Akka.Streams' own of these names read the clock of the machine,
/// so that they are of no use in a simulation.
/// </summary>
public static class SwarmStages
{
    /// <summary>
    /// Lets so many bytes a second through, after a burst at once. Schedulers are coarse, Akka.NET's by 10 ms: a burst that holds
    /// what passes in 50 ms keeps the rate.
    /// </summary>
    /// <param name="bytesPerSecond">How many in the long run.</param>
    /// <param name="burstBytes">How many at once after a quiet time.</param>
    public static Flow<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>, NotUsed> Throttle(long bytesPerSecond, long burstBytes) =>
        Throttle<ReadOnlyMemory<byte>>(bytesPerSecond, burstBytes, static bytes => bytes.Length);

    /// <summary>
    /// Lets elements through by what they cost: so much a second, after a burst at once. An element that costs more than the
    /// burst passes when the burst is full, and those after it wait the longer.
    /// </summary>
    /// <param name="costPerSecond">How much in the long run.</param>
    /// <param name="burst">How much at once after a quiet time.</param>
    /// <param name="cost">What an element costs; not negative.</param>
    /// <typeparam name="T">The elements.</typeparam>
    public static Flow<T, T, NotUsed> Throttle<T>(long costPerSecond, long burst, Func<T, long> cost)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(costPerSecond);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(burst);
        ArgumentNullException.ThrowIfNull(cost);
        return Flow.FromGraph(new ThrottleStage<T>(costPerSecond, burst, cost));
    }

    /// <summary>Fails with a <see cref="TimeoutException"/> where no element passes for a time.</summary>
    /// <param name="timeout">How long.</param>
    /// <typeparam name="T">The elements.</typeparam>
    public static Flow<T, T, NotUsed> IdleTimeout<T>(TimeSpan timeout)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero);
        return Flow.FromGraph(new IdleTimeoutStage<T>(timeout));
    }
}
