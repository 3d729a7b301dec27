using KillaBeez.Messages;
using KillaBeez.Tests;
using Xunit.Abstractions;

namespace KillaBeez.TestKit.Xunit2.Tests;

/// <summary>A key that nobody has, called by a node that waits for a short time only.</summary>
public sealed class UnknownKeyTests(ITestOutputHelper output) : SwarmTestKit(
    $"""
    akka.test.single-expect-default = {Patience.Bound.TotalSeconds:0}s
    killabeez.call-timeout = 1 s
    """,
    output)
{
    [Fact]
    public void Call_OfAKeyThatNobodyHas_FailsWhenItsTimeIsOver()
    {
        using var nobody = KeyPair.Generate();
        Swarm.Tell(new Subscribe(TestActor));
        if (ExpectMsg<CurrentSwarmState>().Exchanges.All(exchange => !exchange.IsReady))
        {
            Assert.True(ExpectMsg<ExchangeStateEvent>().IsReady);
        }

        Swarm.Tell(new Call(nobody.Id));
        var failed = FishForMessage(message => message is CallFailed) as CallFailed;
        Assert.Equal((nobody.Id, KillaBeezError.PeerUnknown), (failed!.Target, failed.Error));
    }
}
