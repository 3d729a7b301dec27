using System.Globalization;

namespace KillaBeez.Swarm.Signaling;

/// <summary>How far clocks are apart, in words for people.</summary>
internal static class ClockText
{
    private const long MinuteMs = 60_000;
    private const long HourMs = 60 * MinuteMs;
    private const long DayMs = 24 * HourMs;

    /// <summary>A length of time without its sign, as in "40 s", "12 min", "1 h 5 min" or "3 days".</summary>
    public static string Length(long differenceMs)
    {
        var length = differenceMs == long.MinValue ? long.MaxValue : Math.Abs(differenceMs);
        return length switch
        {
            < 2 * MinuteMs => string.Create(CultureInfo.InvariantCulture, $"{(length + 500) / 1000} s"),
            < 2 * HourMs => string.Create(CultureInfo.InvariantCulture, $"{(length + (MinuteMs / 2)) / MinuteMs} min"),
            < 2 * DayMs => string.Create(CultureInfo.InvariantCulture, $"{length / HourMs} h {length % HourMs / MinuteMs} min"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{length / DayMs} days"),
        };
    }

    /// <summary>As in "12 min ahead of", "12 min behind" or "level with".</summary>
    public static string Ahead(long differenceMs) => differenceMs switch
    {
        > 0 when Length(differenceMs) != "0 s" => $"{Length(differenceMs)} ahead of",
        < 0 when Length(differenceMs) != "0 s" => $"{Length(differenceMs)} behind",
        _ => "level with",
    };

    /// <summary>How far clocks of two nodes may be apart.</summary>
    public static string Limit => Length(SignalLimits.ClockSkewMs);
}
