using System.Text.Json;
using KillaBeez.Cli.Demo;

namespace KillaBeez.Cli.Tests.Demo;

public sealed class DemoReporterTests
{
    private static readonly PeerId _key = PeerId.Parse("3f9a01c2d4" + new string('0', 54));

    private static readonly DemoFact.Complete _complete = new(2, 2, 2, [[null, 0.412], [1.5, null]], TimeSpan.FromSeconds(1.94));

    private static string Plain(DemoFact fact)
    {
        var output = new StringWriter { NewLine = "\n" };
        DemoReporters.Create(output, json: false).Report(fact);
        return output.ToString();
    }

    private static JsonElement Json(DemoFact fact)
    {
        var output = new StringWriter { NewLine = "\n" };
        DemoReporters.Create(output, json: true).Report(fact);
        var line = Assert.Single(output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        return JsonDocument.Parse(line).RootElement;
    }

    [Fact]
    public void Plain_GotPeer_IsTheLineThatIsPromised() =>
        Assert.Equal("peer1 got 3f9a01c2d4 @ 0.412s\n", Plain(new DemoFact.GotPeer(1, _key, 2, TimeSpan.FromMilliseconds(412))));

    [Fact]
    public void Plain_Complete_IsTheTableAndTheSummary() =>
        Assert.Equal(
            """
            rtt ms     peer1   peer2
            peer1          -    0.41
            peer2       1.50       -
            swarm complete: 2 nodes, 2 peers, 2 of 2 greetings verified, 1.9 s

            """.ReplaceLineEndings("\n"),
            Plain(_complete));

    [Fact]
    public void Plain_Incomplete_NamesThePairsAndWhy() =>
        Assert.Equal(
            "swarm incomplete: not done after 30 s, 30.0 s\n  peer2 -> peer3: no connection came about\n",
            Plain(new DemoFact.Incomplete("not done after 30 s", [new MissingPair(2, 3, "no connection came about")], TimeSpan.FromSeconds(30))));

    [Fact]
    public void Plain_VerifiedGreeting_HasNoLine() =>
        Assert.Empty(Plain(new DemoFact.Greeted(1, 2, 1024, true, null, TimeSpan.Zero)));

    [Fact]
    public void Json_GotPeer_HasItsNumbers()
    {
        var line = Json(new DemoFact.GotPeer(1, _key, 2, TimeSpan.FromMilliseconds(412)));

        Assert.Equal("peer", line.GetProperty("event").GetString());
        Assert.Equal(1, line.GetProperty("node").GetInt32());
        Assert.Equal(2, line.GetProperty("peer").GetInt32());
        Assert.Equal(_key.ToString(), line.GetProperty("key").GetString());
        Assert.Equal(0.412, line.GetProperty("seconds").GetDouble());
    }

    [Fact]
    public void Json_Complete_HasTheTable()
    {
        var line = Json(_complete);

        Assert.Equal("complete", line.GetProperty("event").GetString());
        Assert.Equal(2, line.GetProperty("verified").GetInt32());
        Assert.Equal(1.5, line.GetProperty("rttMs")[1][0].GetDouble());
        Assert.Equal(JsonValueKind.Null, line.GetProperty("rttMs")[0][0].ValueKind);
    }

    public static TheoryData<string> EveryKindOfFact => [.. typeof(DemoFact).GetNestedTypes().Select(t => t.Name)];

    [Theory]
    [MemberData(nameof(EveryKindOfFact))]
    public void Json_EveryKindOfFact_HasAForm(string kind)
    {
        DemoFact[] facts =
        [
            new DemoFact.ExchangeListens("http://x", 7, default),
            new DemoFact.NodeStarted(1, _key, 7, default),
            new DemoFact.GotPeer(1, _key, null, default),
            new DemoFact.LostPeer(1, _key, 2, null, default),
            new DemoFact.ExchangeKilled(default),
            new DemoFact.Greeted(1, 2, 3, false, "why", default),
            new DemoFact.Rtt(1, 2, 0.5, default),
            _complete,
            new DemoFact.Incomplete("why", [new MissingPair(1, 2, "why")], default),
        ];

        var fact = Assert.Single(facts, f => f.GetType().Name == kind);
        Assert.NotEmpty(Json(fact).GetProperty("event").GetString()!);
    }
}
