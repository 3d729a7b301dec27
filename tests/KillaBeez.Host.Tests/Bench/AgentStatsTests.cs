using KillaBeez.Cli.Bench.Agents;

namespace KillaBeez.Cli.Tests.Bench;

public sealed class AgentStatsTests
{
    [Fact]
    public void Stats_WithoutPathAndRoundTrip_LeaveThemOutAndAreReadAgain()
    {
        var stats = new AgentEvent.Stats(1, 2, 3, 4) { Id = 5 };

        Assert.Equal("""{"ev":"stats","bytesSent":1,"bytesReceived":2,"retransmissions":3,"pathChanges":4,"id":5}""", stats.ToJson());
        Assert.True(AgentEvent.TryParse(stats.ToJson(), out var read));
        Assert.Equal(stats, read);
    }

    [Fact]
    public void Stats_WithAPath_AreReadAgain()
    {
        var stats = new AgentEvent.Stats(1, 2, 3, 4, 0.5, "host", "relay", "udp", "192.0.2.1:5000", "[2001:db8::1]:6000") { Id = 5 };

        Assert.True(AgentEvent.TryParse(stats.ToJson(), out var read));
        Assert.Equal(stats, read);
    }

    [Theory]
    [InlineData("""{"cmd":"stats","id":1}""")]
    [InlineData("""{"cmd":"reoffer","id":1}""")]
    [InlineData("""{"cmd":"reanswer","id":1,"sdp":"v=0"}""")]
    public void TryParse_CommandsAboutPaths_AreReadAndWrittenTheSame(string line)
    {
        Assert.True(AgentCommand.TryParse(line, out var command, out var error), error);
        Assert.Equal(line, command.ToJson());
    }

    [Fact]
    public void TryParse_ReanswerWithoutSdp_SaysWhatIsMissing()
    {
        Assert.False(AgentCommand.TryParse("""{"cmd":"reanswer","id":1}""", out _, out var error));
        Assert.Contains("sdp", error, StringComparison.Ordinal);
    }
}
