using KillaBeez.Cli.Bench.Agents;

namespace KillaBeez.Cli.Tests.Bench;

/// <summary>The lines as other harnesses read them: names and order are the protocol's.</summary>
public sealed class AgentEventTests
{
    public static TheoryData<object, string> Lines => new()
    {
        { new AgentEvent.Ready(), """{"ev":"ready"}""" },
        { new AgentEvent.Offer("v=0\r\n") { Id = 1 }, """{"ev":"offer","id":1,"sdp":"v=0\r\n"}""" },
        { new AgentEvent.Answer("v=0\r\n") { Id = 2 }, """{"ev":"answer","id":2,"sdp":"v=0\r\n"}""" },
        { new AgentEvent.Open(12.5) { Id = 1 }, """{"ev":"open","id":1,"ms":12.5}""" },
        { new AgentEvent.RemoteOpen { Id = 1 }, """{"ev":"ropen","id":1}""" },
        { new AgentEvent.Sent(32_768, 16_384, 3.25) { Id = 1 }, """{"ev":"sent","id":1,"sent":32768,"got":16384,"ms":3.25}""" },
        { new AgentEvent.Pinged(0.5, 2.5, 0.75, 0.25) { Id = 1 }, """{"ev":"pinged","id":1,"p50":0.5,"p99":2.5,"mean":0.75,"min":0.25}""" },
        { new AgentEvent.Closed { Id = 1 }, """{"ev":"closed","id":1}""" },
        { new AgentEvent.Stats(10, 20, 3, 1) { Id = 1 }, """{"ev":"stats","id":1,"bytesSent":10,"bytesReceived":20,"retransmissions":3,"pathChanges":1}""" },
        {
            new AgentEvent.Stats(10, 20, 3, 1, 1.5, "host", "relay", "udp", "192.0.2.1:5000", "[2001:db8::1]:6000") { Id = 1 },
            """{"ev":"stats","id":1,"bytesSent":10,"bytesReceived":20,"retransmissions":3,"pathChanges":1,"rttMs":1.5,"local":"host","remote":"relay","protocol":"udp","localAddress":"192.0.2.1:5000","remoteAddress":"[2001:db8::1]:6000"}"""
        },
        { new AgentEvent.Negotiate { Id = 1 }, """{"ev":"negotiate","id":1}""" },
        { new AgentEvent.Error("no") { Id = 1 }, """{"ev":"error","id":1,"msg":"no"}""" },
        { new AgentEvent.Error("no"), """{"ev":"error","msg":"no"}""" },
    };

    [Theory]
    [MemberData(nameof(Lines))]
    public void ToJson_Event_IsTheLineOfTheProtocol(object e, string line) => Assert.Equal(line, ((AgentEvent)e).ToJson());

    [Theory]
    [MemberData(nameof(Lines))]
    public void TryParse_LineOfTheProtocol_IsTheEvent(object expected, string line)
    {
        Assert.True(AgentEvent.TryParse(line, out var e));
        Assert.Equal(expected, e);
    }

    [Theory]
    [InlineData("")]
    [InlineData("ready")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"ev":"sang"}""")]
    public void TryParse_AnythingElse_IsNoEvent(string line) => Assert.False(AgentEvent.TryParse(line, out _));
}
