namespace KillaBeez.Swarm.Signaling.Exchange.Server;

/// <summary>
/// What the clocks of an exchange's clients say. A client's clock is kept as the Unix time that it would show at the zero
/// of the exchange's monotonic clock, so that the exchange's own wall clock may be set meanwhile.
/// </summary>
internal sealed class ExchangeClocks
{
    /// <summary>With fewer clients nobody is the majority.</summary>
    private const int MinimumClients = 3;

    /// <summary>How old the median may be: it costs a look at every client.</summary>
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    private Instant _nextAt;
    private long? _median;

    /// <summary>The Unix time at the monotonic clock's zero, by a clock that shows so much now.</summary>
    public static long AtZero(Instant now, long unixMs) => unixMs - Milliseconds(now);

    /// <summary>What a clock shows now.</summary>
    public static long At(Instant now, long unixMsAtZero) => unixMsAtZero + Milliseconds(now);

    /// <summary>What the clients' clocks show now, by their median; null where too few have told.</summary>
    public long? MedianUnixMs(Instant now, IEnumerable<long?> clocksAtZero)
    {
        if (now >= _nextAt)
        {
            _nextAt = now + s_interval;
            var told = clocksAtZero.OfType<long>().Order().ToArray();
            _median = told.Length < MinimumClients ? null : told[told.Length / 2];
        }

        return _median is { } median ? At(now, median) : null;
    }

    private static long Milliseconds(Instant now) => now.Microseconds / 1000;
}
