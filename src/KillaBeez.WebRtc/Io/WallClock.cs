#pragma warning disable RS0030 // The wall clock is read here only, for the dates in certificates.
namespace KillaBeez.WebRtc.Io;

/// <summary>The time of day.</summary>
internal static class WallClock
{
    public static DateTimeOffset UtcNow => DateTimeOffset.UtcNow;
}
