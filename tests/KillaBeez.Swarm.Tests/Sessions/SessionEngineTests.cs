using KillaBeez.Swarm.Sessions;

namespace KillaBeez.Swarm.Tests.Sessions;

public sealed class SessionEngineTests
{
    [Fact]
    public void OneLink_FramesBothWays_AllDeliveredAndAcknowledged()
    {
        var world = new SessionWorld(1) { TakesTrace = true };
        var link = world.Dial(0)!;
        world.DeliverAll(link);

        for (var i = 0; i < 50; i++)
        {
            Assert.True(world.Write(0, 1 + (i * 1000)));
            Assert.True(world.Write(1, 50));
            world.DeliverAll(link);
        }

        world.Advance(TimeSpan.FromMilliseconds(100));
        world.Settle();
        Assert.Equal(50, world.Nodes[0].Delivered);
        Assert.Equal(50, world.Nodes[1].Delivered);
        Assert.Equal(0, world.Nodes[0].Engine.BufferedBytes);
        Assert.Equal(0, world.Nodes[1].Engine.BufferedBytes);
        Assert.Equal(world.Nodes[0].Current, world.Nodes[1].Current!.Value.Mirrored);
    }

    [Fact]
    public void Link_DiesWithFramesInFlight_NextLinkResumes()
    {
        var world = new SessionWorld(2);
        var first = world.Dial(0)!;
        world.DeliverAll(first);
        world.Write(0);
        world.Write(0);
        world.Deliver(first, 1);
        world.KillAndNotice(first);
        Assert.True(world.Nodes[0].WantsLink);

        var second = world.Dial(1)!;
        world.DeliverAll(second);
        world.Advance(TimeSpan.FromMilliseconds(100));
        world.DeliverAll(second);

        Assert.Equal(2, world.Nodes[1].Delivered);
        Assert.Equal(0, world.Nodes[0].Engine.BufferedBytes);
    }

    [Fact]
    public void Close_BothSides_BothEndClosed()
    {
        var world = new SessionWorld(3);
        var link = world.Dial(0)!;
        world.DeliverAll(link);
        var session = world.Nodes[0].Current!.Value;
        world.Write(0);
        world.Close(0);
        world.DeliverAll(link);
        Assert.True(world.Nodes[1].IsPeerClosing);
        world.Write(1);
        world.Close(1);
        world.DeliverAll(link);

        Assert.Equal(SessionEndCode.Closed, world.Nodes[0].Ended[session].Code);
        Assert.Equal(SessionEndCode.Closed, world.Nodes[1].Ended[session.Mirrored].Code);
        Assert.Empty(world.Links);
    }
}
