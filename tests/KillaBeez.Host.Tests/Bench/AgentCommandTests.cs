using KillaBeez.Cli.Bench.Agents;

namespace KillaBeez.Cli.Tests.Bench;

public sealed class AgentCommandTests
{
    public static TheoryData<string, object> Lines => new()
    {
        { """{"cmd":"offer","id":1}""", new AgentCommand.Offer { Id = 1 } },
        { """{"cmd":"answer","id":2,"sdp":"v=0\r\n"}""", new AgentCommand.Answer { Id = 2, Sdp = "v=0\r\n" } },
        { """{"sdp":"v=0","id":3,"cmd":"setanswer"}""", new AgentCommand.SetAnswer { Id = 3, Sdp = "v=0" } },
        {
            """{"cmd":"send","id":1,"size":16384,"total":536870912,"maxSec":15,"high":1048576,"low":262144}""",
            new AgentCommand.Send { Id = 1, Size = 16_384, Total = 536_870_912, MaxSec = 15, High = 1_048_576, Low = 262_144 }
        },
        { """{"cmd":"ping","id":1,"size":64,"count":2000}""", new AgentCommand.Ping { Id = 1, Size = 64, Count = 2000 } },
        { """{"cmd":"close","id":1}""", new AgentCommand.Close { Id = 1 } },
        { """{"cmd":"stats","id":1}""", new AgentCommand.Stats { Id = 1 } },
    };

    [Theory]
    [MemberData(nameof(Lines))]
    public void TryParse_LineOfTheProtocol_IsTheCommand(string line, object expected)
    {
        Assert.True(AgentCommand.TryParse(line, out var command, out var error), error);
        Assert.Equal(expected, command);
    }

    [Theory]
    [MemberData(nameof(Lines))]
    public void ToJson_Command_IsReadBackAsItself(string line, object command)
    {
        Assert.NotEmpty(line);
        Assert.True(AgentCommand.TryParse(((AgentCommand)command).ToJson(), out var read, out var error), error);
        Assert.Equal(command, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("offer")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"id":1}""")]
    [InlineData("""{"cmd":"offer"}""")]
    [InlineData("""{"cmd":"answer","id":1}""")]
    [InlineData("""{"cmd":"dance","id":1}""")]
    [InlineData("""{"cmd":"send","id":1,"size":0,"total":1}""")]
    [InlineData("""{"cmd":"send","id":1,"size":1,"total":-1}""")]
    [InlineData("""{"cmd":"send","id":1,"size":1,"total":1,"low":9,"high":9}""")]
    [InlineData("""{"cmd":"send","id":1,"size":1,"total":1,"low":-1}""")]
    [InlineData("""{"cmd":"send","id":1,"size":1,"total":1,"maxSec":-1}""")]
    [InlineData("""{"cmd":"ping","id":1,"count":0}""")]
    [InlineData("""{"cmd":"ping","id":1,"size":-1}""")]
    public void TryParse_AnythingElse_SaysWhatIsWrong(string line)
    {
        Assert.False(AgentCommand.TryParse(line, out _, out var error));
        Assert.NotEmpty(error);
    }
}
