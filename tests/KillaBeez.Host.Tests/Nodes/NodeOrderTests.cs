using KillaBeez.Cli.Nodes;

namespace KillaBeez.Cli.Tests.Nodes;

public sealed class NodeOrderTests
{
    private static readonly PeerId _key = PeerId.Parse(new string('b', 64));

    public static TheoryData<string> Orders => [$"call {_key}", $"greet {_key} 1048576", $"ping {_key}"];

    [Theory]
    [MemberData(nameof(Orders))]
    public void TryParse_Order_RoundTrips(string line) => Assert.Equal(line, NodeOrder.TryParse(line)?.ToString());

    [Theory]
    [InlineData("")]
    [InlineData("call")]
    [InlineData("call me")]
    [InlineData("dance")]
    public void TryParse_AnythingElse_IsNoOrder(string line) => Assert.Null(NodeOrder.TryParse(line));

    [Theory]
    [InlineData("-1")]
    [InlineData("1e3")]
    [InlineData("99999999999")]
    [InlineData("67108865")]
    public void TryParse_GreetingOfAnImpossibleSize_IsNoOrder(string size) => Assert.Null(NodeOrder.TryParse($"greet {_key} {size}"));
}
