using KillaBeez.Swarm.Sessions;

namespace KillaBeez.Swarm.Tests.Sessions;

/// <summary>How sessions end because somebody wants it (R27).</summary>
public sealed class SessionClosingTests
{
    [Fact]
    public void Close_BothSides_BothEndClosedWithEverythingDelivered()
    {
        var (world, link) = Connected();
        var session = world.Nodes[0].Current!.Value;
        world.Write(0);
        world.Close(0);
        Assert.False(world.Write(0));
        world.DeliverAll(link);
        Assert.True(world.Nodes[1].IsPeerClosing);
        world.Write(1);
        world.Close(1);
        world.DeliverAll(link);

        Assert.Equal(SessionEndCode.Closed, world.Nodes[0].Ended[session].Code);
        Assert.Equal(SessionEndCode.Closed, world.Nodes[1].Ended[session.Mirrored].Code);
        Assert.Empty(world.Links);
        Assert.All(world.Nodes, n => Assert.Equal(Instant.Never, n.Engine.NextTimeout));
    }

    [Fact]
    public void Close_WhileWaiting_CompletesOnTheNextLink()
    {
        var (world, link) = Connected();
        var session = world.Nodes[0].Current!.Value;
        world.KillAndNotice(link);
        world.Write(0);
        world.Close(0);
        world.Close(1);
        world.Advance(TimeSpan.FromSeconds(30));
        world.DeliverAll(world.Dial(0)!);
        Assert.Equal(SessionEndCode.Closed, world.Nodes[0].Ended[session].Code);
        Assert.Equal(SessionEndCode.Closed, world.Nodes[1].Ended[session.Mirrored].Code);
    }

    [Fact]
    public void Close_FinBehindAFullBuffer_ClosesWhenAllIsDelivered()
    {
        var (world, link) = Connected(new SessionOptions { ReplayBytes = SessionLimits.MinReplayBytes });
        var session = world.Nodes[0].Current!.Value;
        while (world.Write(0, 20_000))
        {
        }

        world.Close(0);
        world.Close(1);
        world.DeliverAll(link);
        Assert.Equal((SessionEndCode.Closed, 3), (world.Nodes[1].Ended[session.Mirrored].Code, world.Nodes[1].Ended[session.Mirrored].Delivered));
        Assert.Equal(SessionEndCode.Closed, world.Nodes[0].Ended[session].Code);
    }

    [Fact]
    public void Close_ThePeerNeverCloses_AbortedAfterTheTimeout()
    {
        var (world, link) = Connected();
        var session = world.Nodes[0].Current!.Value;
        world.Close(0);
        for (var i = 0; i < 99; i++)
        {
            world.Advance(TimeSpan.FromSeconds(0.1));
            world.Settle();
        }

        Assert.Equal(session, world.Nodes[0].Current);
        world.Advance(TimeSpan.FromSeconds(0.2));
        world.Settle();
        Assert.Equal(SessionEndCode.Aborted, world.Nodes[0].Ended[session].Code);
        Assert.Equal(SessionEndCode.Aborted, world.Nodes[1].Ended[session.Mirrored].Code);
    }

    [Fact]
    public void Abort_TellsThePeerOnEveryLink()
    {
        var (world, first) = Connected();
        var session = world.Nodes[0].Current!.Value;
        var second = world.Dial(1)!;
        world.DeliverAll(second);
        world.Write(0);
        first.Frozen[1] = true;
        world.Abort(0);
        world.DeliverAll(second);
        var ended = world.Nodes[1].Events.Single(e => e.Kind == SessionEventKind.Ended);
        Assert.Equal((SessionEndCode.Aborted, true, session.Mirrored), (ended.Code, ended.ByPeer, ended.Session));
        Assert.Equal(0UL, world.Nodes[0].Events.Single(e => e.Kind == SessionEventKind.Ended).FramesConfirmed);
    }

    [Fact]
    public void Close_LinksComeAndGo_TheTimeoutIsNotExtended()
    {
        var (world, link) = Connected();
        var session = world.Nodes[0].Current!.Value;
        world.Close(0);
        world.DeliverAll(link);
        var open = TimeSpan.Zero;
        while (world.Nodes[0].Current == session && open < TimeSpan.FromSeconds(60))
        {
            world.Advance(TimeSpan.FromSeconds(4));
            open += TimeSpan.FromSeconds(4);
            if (world.Nodes[0].Current == session)
            {
                world.KillAndNotice(link);
                world.Advance(TimeSpan.FromSeconds(5));
                link = world.Dial(1)!;
                world.DeliverAll(link);
            }
        }

        Assert.Equal(SessionEndCode.Aborted, world.Nodes[0].Ended[session].Code);
        Assert.Equal(TimeSpan.FromSeconds(12), open);
    }

    private static (SessionWorld World, SimLink Link) Connected(SessionOptions? options = null)
    {
        var world = new SessionWorld(1, options) { TakesTrace = true };
        var link = world.Dial(0)!;
        world.DeliverAll(link);
        return (world, link);
    }
}
