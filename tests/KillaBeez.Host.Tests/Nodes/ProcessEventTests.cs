using KillaBeez.Cli.Nodes;

namespace KillaBeez.Cli.Tests.Nodes;

public sealed class ProcessEventTests
{
    private static readonly PeerId _key = PeerId.Parse(new string('a', 64));

    private static readonly ProcessEvent[] _events =
    [
        new ProcessEvent.Listening("http://127.0.0.1:6688"),
        new ProcessEvent.Started(_key, 4711),
        new ProcessEvent.ExchangeState("ws://127.0.0.1:6688/", false, "refused"),
        new ProcessEvent.ExchangeState("ws://127.0.0.1:6688/", true, null),
        new ProcessEvent.IceServerFailed("192.0.2.1:3478", "it does not answer"),
        new ProcessEvent.PeerConnected(_key),
        new ProcessEvent.PeerDisconnected(_key, "closed by the peer"),
        new ProcessEvent.PeerStalled(_key),
        new ProcessEvent.PeerResumed(_key),
        new ProcessEvent.CallFailed(_key, "line one\nline two"),
        new ProcessEvent.SubstreamOpened(_key, "chat", false),
        new ProcessEvent.Greeted(_key, 1024, true, null),
        new ProcessEvent.Rtt(_key, 0.25, null),
        new ProcessEvent.Relayed(2, 3_000, 4_000, 5, 6, 7),
        new ProcessEvent.Stopped(),
    ];

    [Fact]
    public void Json_EveryKind_RoundTripsOnOneLine()
    {
        Assert.Equal(typeof(ProcessEvent).GetNestedTypes().Length, _events.Select(e => e.GetType()).Distinct().Count());
        foreach (var e in _events)
        {
            var line = e.ToJson();
            Assert.DoesNotContain('\n', line);
            Assert.True(ProcessEvent.TryParse(line, out var parsed), line);
            Assert.Equal(e, parsed);
        }
    }

    [Fact]
    public void Json_HasTheKindUnderEvent() =>
        Assert.Equal($$"""{"event":"peer","key":"{{_key}}"}""", new ProcessEvent.PeerConnected(_key).ToJson());

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("listening")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"event":"unheard-of"}""")]
    [InlineData("""{"event":"peer","key":"not a key"}""")]
    [InlineData("""{"event":"peer","key":7}""")]
    [InlineData("""{"event":"greeted","key":"aa""")]
    public void TryParse_AnythingElse_IsNoEvent(string line) => Assert.False(ProcessEvent.TryParse(line, out _));

    [Fact]
    public void Text_IsOneShortLineForAPerson()
    {
        Assert.Equal($"peer {_key}", new ProcessEvent.PeerConnected(_key).ToText());
        Assert.Equal("exchange ws://h/ not connected: refused", new ProcessEvent.ExchangeState("ws://h/", false, "refused").ToText());
        Assert.Equal($"rtt {_key}: 0.250 ms", new ProcessEvent.Rtt(_key, 0.25, null).ToText());
    }
}
