using System.Globalization;

namespace KillaBeez.Cli.Bench.Agents;

/// <summary>The text messages by which one end of a channel steers the other.</summary>
internal static class AgentText
{
    /// <summary>Count the bytes of the binary messages that follow.</summary>
    public const string Sink = "sink";

    /// <summary>Send the binary messages that follow back.</summary>
    public const string Echo = "echo";

    private const string End = "end";
    private const string DonePrefix = "done:";

    /// <summary>No more binary messages: say how many bytes there were.</summary>
    public static ReadOnlySpan<byte> EndBytes => "end"u8;

    public static bool IsEnd(string text) => text == End;

    public static string Done(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{DonePrefix}{bytes}");

    public static bool TryParseDone(string text, out long bytes)
    {
        bytes = 0;
        return text.StartsWith(DonePrefix, StringComparison.Ordinal)
            && long.TryParse(text.AsSpan(DonePrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out bytes);
    }
}
