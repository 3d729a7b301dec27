using KillaBeez.Cli.Bench.Agents;

namespace KillaBeez.Cli.Tests.Bench;

public sealed class AgentPathCommandTests
{
    [Theory]
    [InlineData("""{"cmd":"stats","id":1}""")]
    [InlineData("""{"cmd":"reoffer","id":1}""")]
    [InlineData("""{"cmd":"reanswer","id":1,"sdp":"v=0"}""")]
    public void TryParse_CommandsAboutPaths_AreReadAndReadAgainFromWhatIsWritten(string line)
    {
        Assert.True(AgentCommand.TryParse(line, out var command, out var error), error);
        Assert.True(AgentCommand.TryParse(command.ToJson(), out var again, out error), error);
        Assert.Equal(command, again);
    }

    [Fact]
    public void TryParse_ReanswerWithoutSdp_SaysWhatIsMissing()
    {
        Assert.False(AgentCommand.TryParse("""{"cmd":"reanswer","id":1}""", out _, out var error));
        Assert.Contains("sdp", error, StringComparison.Ordinal);
    }
}
