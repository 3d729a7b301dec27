using System.Globalization;

namespace KillaBeez.Cli.Demo;

/// <summary>The words that the plain and the terminal reporter share.</summary>
internal static class DemoText
{
    /// <summary>The line of a fact; null for one that is not worth a line.</summary>
    public static string? Line(DemoFact fact) => fact switch
    {
        DemoFact.ExchangeListens f => $"exchange at {f.Url} @ {Seconds(f.At)}s",
        DemoFact.NodeStarted f => $"peer{f.Node} is {f.Key.ToShortString()} @ {Seconds(f.At)}s",
        DemoFact.GotPeer f => $"peer{f.Node} got {f.Key.ToShortString()} @ {Seconds(f.At)}s",
        DemoFact.LostPeer f => $"peer{f.Node} lost {f.Key.ToShortString()} @ {Seconds(f.At)}s{(f.Reason is null ? "" : ": " + f.Reason)}",
        DemoFact.ExchangeKilled f => $"exchange killed @ {Seconds(f.At)}s",
        DemoFact.Greeted { Verified: false } f => $"peer{f.From} -> peer{f.To}: greeting failed: {f.Error} @ {Seconds(f.At)}s",
        DemoFact.Complete f => string.Create(CultureInfo.InvariantCulture, $"swarm complete: {f.Nodes} nodes, {f.Peers} peers, {f.Verified} of {f.Peers} greetings verified, {f.At.TotalSeconds:0.0} s"),
        DemoFact.Incomplete f => string.Create(CultureInfo.InvariantCulture, $"swarm incomplete: {f.Cause}, {f.At.TotalSeconds:0.0} s"),
        _ => null,
    };

    public static string MissingLine(MissingPair pair) => $"  peer{pair.From} -> peer{pair.To}: {pair.Why}";

    public static string Rtt(double? milliseconds) =>
        milliseconds is { } ms ? ms.ToString("0.00", CultureInfo.InvariantCulture) : "-";

    private static string Seconds(TimeSpan at) => at.TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture);
}
