namespace KillaBeez.Turn.Engine;

/// <summary>The time of day as the owner last told it, moved on by the engine's own clock; credentials end by it.</summary>
internal sealed class WallTime
{
    private Instant _at;
    private long _unixMs;

    public void Set(Instant now, DateTimeOffset utc)
    {
        _at = now;
        _unixMs = utc.ToUnixTimeMilliseconds();
    }

    public long UnixSecondsAt(Instant now) => (_unixMs + ((now - _at).Ticks / TimeSpan.TicksPerMillisecond)) / 1000;
}
