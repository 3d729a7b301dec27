using KillaBeez.WebRtc.Stun;

namespace KillaBeez.Turn.Tests.Engine;

public sealed class BindingTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Binding_Request_GetsTheMappedAddress(bool stunOnly)
    {
        var server = new ServerHarness(o => o with { StunOnly = stunOnly });
        var client = new ScriptedClient(server, "9.1.2.3:456");

        var answer = client.Request(StunMessageType.BindingRequest)!;

        Assert.Equal(StunMessageType.BindingSuccess, answer.Type);
        Assert.Equal(ServerHarness.Parse("9.1.2.3:456"), answer.Mapped);
        Assert.Equal(32, answer.Bytes.Length);
    }

    [Fact]
    public void Binding_OverIPv6_GetsTheMappedAddress()
    {
        var client = new ScriptedClient(new ServerHarness(), "[2a00:7::1]:456");

        Assert.Equal(ServerHarness.Parse("[2a00:7::1]:456"), client.Request(StunMessageType.BindingRequest)!.Mapped);
    }

    [Fact]
    public void Binding_WithAnUnknownRequiredAttribute_Is420()
    {
        var client = new ScriptedClient(new ServerHarness());

        var answer = client.Request(StunMessageType.BindingRequest, static (ref StunWriter w) => w.Write((StunAttributeType)0x0003, [0, 0, 0, 6]))!;

        Assert.Equal(420, answer.Error);
        Assert.Equal([3], answer.Unknown);
    }

    [Fact]
    public void Binding_WithABrokenFingerprint_IsDropped()
    {
        var client = new ScriptedClient(new ServerHarness());
        var bytes = client.Build(StunMessageType.BindingRequest, client.NextTransaction(), withFingerprint: true);
        bytes[^1] ^= 1;

        Assert.Null(client.Send(bytes));
    }

    [Fact]
    public void StunOnly_TurnRequests_AreNotAnswered()
    {
        var server = new ServerHarness(o => o with { StunOnly = true });
        var client = new ScriptedClient(server);

        Assert.Null(client.TryAllocate());
        Assert.Null(client.Refresh());
        client.SendOn(0x4000, 1);
        client.SendTo("8.8.8.8:1", 1);
        Assert.Empty(server.ToPeers);
    }

    [Fact]
    public void Server_MessagesThatAreNoRequests_AreNotAnswered()
    {
        var client = new ScriptedClient(new ServerHarness());

        Assert.Null(client.Request(StunMessageType.BindingIndication));
        Assert.Null(client.Request(StunMessageType.BindingSuccess));
        Assert.Null(client.Request(StunMessageType.BindingError));
        Assert.Null(client.Request(StunMessageType.DataIndication));
        Assert.Null(client.Request(StunMessageType.From(0x0FF, StunClass.Request)));
        Assert.Null(client.Request(StunMessageType.From(StunMethods.Send, StunClass.Request)));
    }
}
