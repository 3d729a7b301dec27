using KillaBeez.Swarm.Signaling.Exchange;
using KillaBeez.Swarm.Signaling.Exchange.Client;

namespace KillaBeez.Swarm.Tests.Signaling.Exchange;

/// <summary>One key in several nodes, and one node that comes again.</summary>
public class ExchangeKeyTests
{
    private static readonly ExchangeInstanceId s_first = ExchangeInstanceId.Generate(new SeededRandomSource(1));
    private static readonly ExchangeInstanceId s_second = ExchangeInstanceId.Generate(new SeededRandomSource(2));

    [Fact]
    public void Subscribe_AnotherNodeWithTheKey_TheFirstIsToldWhy()
    {
        var world = new ExchangeWorld();
        var first = world.Connect(Samples.Alice, instance: s_first);
        var second = world.Connect(Samples.Alice, instance: s_second);

        var failed = world.LastEvent<ExchangeClientEvent.Failed>(first);
        Assert.Equal((ExchangeFailure.KeyInUseElsewhere, ExchangeErrorCode.Superseded), (failed.Reason, failed.Code));
        Assert.Contains("Another node or program uses this node's key", failed.Text, StringComparison.Ordinal);
        Assert.Equal(ExchangeClientState.Ready, second.State);
        Assert.Equal((1, 1, 2), (world.Server.Counters.Sockets, world.Server.Counters.Keys, world.Server.Counters.Subscriptions));
    }

    [Fact]
    public void Subscribe_OneThatYields_LeavesTheKeyToTheOtherUntilThatIsGone()
    {
        var world = new ExchangeWorld();
        var holder = world.Connect(Samples.Alice, instance: s_second);
        var yielding = world.Connect(Samples.Alice, instance: s_first, yields: true);
        Assert.Equal(ExchangeFailure.KeyInUseElsewhere, world.LastEvent<ExchangeClientEvent.Failed>(yielding).Reason);
        Assert.Equal(ExchangeClientState.Ready, holder.State);

        world.Disconnect(holder);
        Assert.Equal(ExchangeClientState.Ready, world.Connect(Samples.Alice, instance: s_first, yields: true).State);
    }

    [Fact]
    public void Subscribe_TheSameNodeAgain_TakesThePlaceOfTheSocketItLeft()
    {
        var world = new ExchangeWorld();
        var left = world.Connect(Samples.Alice, instance: s_first);
        world.Freeze(left);
        var again = world.Connect(Samples.Alice, instance: s_first, yields: true);

        Assert.Equal(ExchangeClientState.Ready, again.State);
        Assert.Equal((1, 1), (world.Server.Counters.Sockets, world.Server.Counters.Keys));
    }

    [Fact]
    public void Subscribe_ClientsThatDoNotSayWhichNodeTheyAre_MayBeSeveral()
    {
        var world = new ExchangeWorld();
        var plain = world.Connect(Samples.Alice);
        var other = world.Connect(Samples.Alice);
        var named = world.Connect(Samples.Alice, instance: s_first);

        Assert.All([plain, other, named], client => Assert.Equal(ExchangeClientState.Ready, client.State));
    }
}
