using System.Text.Json;
using System.Text.Json.Nodes;

namespace KillaBeez.Cli.Demo;

/// <summary>One JSON object a line. Every object has <c>event</c> and <c>seconds</c> since the demo's start.</summary>
internal sealed class JsonDemoReporter(TextWriter output) : IDemoReporter
{
    private const int SecondsDigits = 6;

    public void Report(DemoFact fact)
    {
        var line = Describe(fact);
        line["seconds"] = Math.Round(fact.At.TotalSeconds, SecondsDigits);
        output.WriteLine(line.ToJsonString(JsonSerializerOptions.Default));
        output.Flush();
    }

    private static JsonObject Describe(DemoFact fact) => fact switch
    {
        DemoFact.ExchangeListens f => new() { ["event"] = "exchange", ["url"] = f.Url, ["processId"] = f.ProcessId },
        DemoFact.NodeStarted f => new() { ["event"] = "started", ["node"] = f.Node, ["key"] = f.Key.ToString(), ["processId"] = f.ProcessId },
        DemoFact.GotPeer f => new() { ["event"] = "peer", ["node"] = f.Node, ["key"] = f.Key.ToString(), ["peer"] = f.Peer },
        DemoFact.LostPeer f => new() { ["event"] = "disconnect", ["node"] = f.Node, ["key"] = f.Key.ToString(), ["peer"] = f.Peer, ["reason"] = f.Reason },
        DemoFact.ExchangeKilled => new() { ["event"] = "exchange-killed" },
        DemoFact.Greeted f => new() { ["event"] = "greeting", ["from"] = f.From, ["to"] = f.To, ["bytes"] = f.Bytes, ["verified"] = f.Verified, ["error"] = f.Error },
        DemoFact.Rtt f => new() { ["event"] = "rtt", ["from"] = f.From, ["to"] = f.To, ["ms"] = f.Ms },
        DemoFact.Complete f => new() { ["event"] = "complete", ["nodes"] = f.Nodes, ["peers"] = f.Peers, ["verified"] = f.Verified, ["expected"] = f.Peers, ["rttMs"] = new JsonArray([.. f.RttMs.Select(Row)]) },
        DemoFact.Incomplete f => new() { ["event"] = "incomplete", ["cause"] = f.Cause, ["missing"] = new JsonArray([.. f.Missing.Select(Pair)]) },
        _ => throw new ArgumentException($"{fact.GetType().Name} has no JSON form.", nameof(fact)),
    };

    private static JsonNode Row(IReadOnlyList<double?> row) => new JsonArray([.. row.Select(ms => ms is { } value ? JsonValue.Create(value) : null)]);

    private static JsonNode Pair(MissingPair pair) => new JsonObject { ["from"] = pair.From, ["to"] = pair.To, ["why"] = pair.Why };
}
