namespace KillaBeez;

/// <summary>
/// A moment on a monotonic clock, in microseconds since an arbitrary origin. Engines receive it as
/// <c>now</c> and never read a clock; only differences between instants of one clock have a meaning.
/// </summary>
/// <param name="Microseconds">Microseconds since the clock's origin.</param>
public readonly record struct Instant(long Microseconds) : IComparable<Instant>
{
    /// <summary>The origin of the clock.</summary>
    public static Instant Zero => default;

    /// <summary>Later than every moment that can occur; used for "no deadline".</summary>
    public static Instant Never => new(long.MaxValue);

    /// <summary>The instant that lies <paramref name="elapsed"/> after the origin.</summary>
    public static Instant FromElapsed(TimeSpan elapsed) => new(elapsed.Ticks / TimeSpan.TicksPerMicrosecond);

    /// <summary>The time since the origin.</summary>
    public TimeSpan SinceOrigin => new(Microseconds * TimeSpan.TicksPerMicrosecond);

    /// <summary>This instant moved by a number of milliseconds; stays <see cref="Never"/> if it is.</summary>
    public Instant AddMs(double milliseconds) => Add((long)(milliseconds * 1000));

    private Instant Add(long microseconds) =>
        Microseconds == long.MaxValue ? this : new Instant(Microseconds + microseconds);

    /// <inheritdoc/>
    public int CompareTo(Instant other) => Microseconds.CompareTo(other.Microseconds);

    /// <summary>The earlier of two instants.</summary>
    public static Instant Min(Instant a, Instant b) => a.Microseconds <= b.Microseconds ? a : b;

    /// <summary>The later of two instants.</summary>
    public static Instant Max(Instant a, Instant b) => a.Microseconds >= b.Microseconds ? a : b;

    /// <summary>The instant <paramref name="span"/> later.</summary>
    public static Instant operator +(Instant at, TimeSpan span) => at.Add(span.Ticks / TimeSpan.TicksPerMicrosecond);

    /// <summary>The instant <paramref name="span"/> earlier.</summary>
    public static Instant operator -(Instant at, TimeSpan span) => at.Add(-span.Ticks / TimeSpan.TicksPerMicrosecond);

    /// <summary>The time from <paramref name="b"/> to <paramref name="a"/>.</summary>
    public static TimeSpan operator -(Instant a, Instant b) => new((a.Microseconds - b.Microseconds) * TimeSpan.TicksPerMicrosecond);

    /// <summary>Whether <paramref name="a"/> is before <paramref name="b"/>.</summary>
    public static bool operator <(Instant a, Instant b) => a.Microseconds < b.Microseconds;

    /// <summary>Whether <paramref name="a"/> is after <paramref name="b"/>.</summary>
    public static bool operator >(Instant a, Instant b) => a.Microseconds > b.Microseconds;

    /// <summary>Whether <paramref name="a"/> is not after <paramref name="b"/>.</summary>
    public static bool operator <=(Instant a, Instant b) => a.Microseconds <= b.Microseconds;

    /// <summary>Whether <paramref name="a"/> is not before <paramref name="b"/>.</summary>
    public static bool operator >=(Instant a, Instant b) => a.Microseconds >= b.Microseconds;

    /// <inheritdoc/>
    public override string ToString() => this == Never ? "never" : $"{Microseconds / 1000.0:0.###}ms";
}
