#pragma warning disable RS0030 // This is where the clock that engines are handed comes from.
using System.Diagnostics;

namespace KillaBeez.WebRtc.Io;

/// <summary>The machine's monotonic clock as <see cref="Instant"/>, counted from the start of the process.</summary>
internal static class MonotonicClock
{
    private static readonly long Origin = Stopwatch.GetTimestamp();

    public static Instant Now => Instant.FromElapsed(Stopwatch.GetElapsedTime(Origin));
}
