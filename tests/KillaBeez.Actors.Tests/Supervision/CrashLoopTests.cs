using KillaBeez.Actors.Tests.Worlds;

namespace KillaBeez.Actors.Tests.Supervision;

/// <summary>A child that crashes 1,000 times leaves nothing behind.</summary>
public sealed class CrashLoopTests
{
    private const int Crashes = 1000;

    /// <summary>Fewer: each is followed by a quarantine of up to ten minutes.</summary>
    private const int PeerCrashes = 100;

    [Fact]
    public void Links_EndingThousandTimes_LeaveNothing()
    {
        var (world, a, b, bAtA, _) = World.Pair();
        using var __ = world;
        world.RunFor(300);
        var before = Census.Of(world, a, b);
        for (var i = 0; i < Crashes; i++)
        {
            var side = i % 2 == 0 ? a : b;
            world.Until(() => ActorTree.Below(side, "/cipher").Any(), "there is a link");
            foreach (var cipher in ActorTree.Below(side, "/cipher").ToArray())
            {
                Crash.Cipher(cipher);
            }

            // Long enough for the limits on Hellos and rewinds, which a peer that fails so often must not exceed.
            world.RunFor(5);
        }

        world.Until(() => ActorTree.Below(a, "/cipher").Any(), "there is a link");
        world.RunFor(300);
        before.AssertNothingIsLeft(Census.Of(world, a, b));
        Assert.True(bAtA.IsConnected, "the session outlived a thousand links");
    }

    [Fact]
    public void Substreams_CrashingThousandTimes_LeaveNothing()
    {
        var (world, a, b, bAtA, _) = World.Pair();
        using var __ = world;
        b.Node.SubstreamOpened += (_, _) => { };
        world.RunFor(300);
        var before = Census.Of(world, a, b);
        for (var i = 0; i < Crashes; i++)
        {
            var side = i % 2 == 0 ? a : b;
            var other = i % 2 == 0 ? b : a;
            world.Run(() => bAtA.OpenAsync("test"));
            foreach (var substream in ActorTree.ChildrenOf(side, other.Id, "sub-"))
            {
                Crash.Substream(substream);
            }

            world.RunFor(0.2);
        }

        world.RunFor(300);
        before.AssertNothingIsLeft(Census.Of(world, a, b));
        Assert.True(bAtA.IsConnected);
    }

    [Fact]
    public void Peers_CrashingAgainAndAgain_LeaveNothing()
    {
        var (world, a, b, _, _) = World.Pair();
        using var __ = world;
        world.RunFor(300);
        var before = Census.Of(world, a, b);
        for (var i = 0; i < PeerCrashes; i++)
        {
            if (!TryCall(world, a, b))
            {
                // In quarantine, for ten minutes at most.
                world.RunFor(660);
                Assert.True(TryCall(world, a, b), "the quarantine does not end");
            }

            Crash.Peer(ActorTree.PeerActorOf(a, b.Id));
            world.RunFor(1);
        }

        world.RunFor(660);
        Assert.True(TryCall(world, a, b), "the quarantine does not end");
        world.RunFor(300);
        before.AssertNothingIsLeft(Census.Of(world, a, b));
    }

    [Fact]
    public void Exchange_CrashingThousandTimes_LeavesNothing()
    {
        var (world, a, b, bAtA, _) = World.Pair();
        using var __ = world;
        world.RunFor(300);
        var before = Census.Of(world, a, b);
        for (var i = 0; i < Crashes; i++)
        {
            world.Until(() => ActorTree.Find(a, "killabeez/signaling/exchange-0/connection") is not null, "the exchange's actor is there");
            Crash.Exchange(ActorTree.Find(a, "killabeez/signaling/exchange-0/connection")!);
            world.RunFor(2);
        }

        world.RunFor(300);
        before.AssertNothingIsLeft(Census.Of(world, a, b));
        Assert.True(bAtA.IsConnected);
    }

    private static bool TryCall(World world, SimulatedNode caller, SimulatedNode called)
    {
        try
        {
            return world.Run(() => caller.CallAsync(called.Id)).IsConnected;
        }
        catch (KillaBeezException)
        {
            return false;
        }
    }

    /// <summary>What there is in a simulation.</summary>
    private sealed record Census(int Actors, int Timers, int Links, int PendingLinks, int ExchangeConnections, int PendingCalls)
    {
        /// <summary>Timers come and go with what peers say; a thousand would show.</summary>
        private const int TransientTimers = 10;

        public void AssertNothingIsLeft(Census after)
        {
            Assert.Equal(this with { Timers = 0 }, after with { Timers = 0 });
            Assert.InRange(after.Timers, 1, Timers + TransientTimers);
        }

        public static Census Of(World world, params SimulatedNode[] nodes) => new(
            nodes.Sum(n => ActorTree.All(n).Count()),
            world.Swarm.Simulation.TimerCount,
            world.Network.LinkCount,
            nodes.Sum(n => n.PendingLinks),
            world.Swarm.Exchange.ConnectionCount,
            nodes.Sum(n => n.Node.PendingCalls));
    }
}
