using KillaBeez.Swarm.Sessions;

namespace KillaBeez.Swarm.Tests.Sessions;

/// <summary>
/// The counterexamples C1 to C10 that the model check found against simpler variants, played step by step: the
/// variant breaks, the design holds and converges.
/// </summary>
public sealed class SessionCounterexampleTests
{
    private static readonly SessionOptions _shortWindow = new() { ResumeWindow = TimeSpan.FromSeconds(1) };

    private readonly record struct Example(Action<SessionWorld> Play, SessionRules Variant)
    {
        public SessionOptions First { get; init; } = new();

        public SessionOptions Second { get; init; } = new();
    }

    private static readonly Dictionary<string, Example> _examples = new()
    {
        ["C1 tag kept after expiry"] = new(TagKept, SessionRules.All with { TagsDieWithTheirSession = false }) { First = _shortWindow },
        ["C2 tag per link attempt"] = new(TagPerLink, SessionRules.All with { OneSpareForAllAttempts = false }),
        ["C3 Hello written when sent"] = new(LateHello, SessionRules.All with { HelloIsFixedEarly = false }),
        ["C4 responder acts on message 1"] = new(ActOnMessage1, SessionRules.All with { ResponderWaitsForProof = false }) { Second = _shortWindow },
        ["C5 newest Hello wins"] = new(AnySpare, SessionRules.All with { OnlyTheSpareOfNowReplaces = false }),
        ["C6 switch goes on at the cursor"] = new(SwitchWithoutRepeat, SessionRules.All with { SwitchGoesBackToBase = false }),
        ["C7 no START after an ACK overtakes"] = new(Overtaken, SessionRules.All with { OvertakenCursorRestarts = false })
        {
            First = new SessionOptions { LinkQueueBytes = 1 },
        },
        ["C8 ACK for new frames only"] = new(RepeatsUnacknowledged, SessionRules.All with { RepeatsAreAcknowledged = false }),
        ["C9 no tombstone"] = new(LastAckLost, SessionRules.All with { TombstonesAreNamed = false }),
        ["C10 tombstone only while idle"] = new(LastAckLostBesideLive, SessionRules.All with { TombstonesAreNamedBesideLive = false }),
    };

    public static TheoryData<string> Names => [.. _examples.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Counterexample_OfTheVariant_Breaks(string name)
    {
        var example = _examples[name];
        var world = Make(example, example.Variant);
        Assert.Throws<SessionFailure>(() => example.Play(world));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Counterexample_OfTheDesign_Holds(string name)
    {
        var example = _examples[name];
        example.Play(Make(example, SessionRules.All));
    }

    private static SessionWorld Make(Example example, SessionRules rules) =>
        new(1, example.First with { Rules = rules }, example.Second with { Rules = rules }) { TakesTrace = true, ExpectsProgress = true };

    private static void TagKept(SessionWorld world)
    {
        var late = world.Dial(0)!;
        var link = world.Dial(0)!;
        world.Deliver(link, 1);
        world.Deliver(link, 0);
        world.Write(0);
        world.Kill(link);
        DeliverAllTo(world, link, 1);
        Assert.Equal(1, world.Nodes[1].Delivered);
        world.Deliver(late, 1);
        world.Notice(link, 0);
        world.Advance(TimeSpan.FromSeconds(2));
        Assert.Null(world.Nodes[0].Current);
        world.Deliver(late, 0);
        world.Settle();
    }

    private static void TagPerLink(SessionWorld world)
    {
        var first = world.Dial(0)!;
        var second = world.Dial(0)!;
        world.Deliver(second, 1);
        world.Deliver(first, 1);
        world.Deliver(first, 0);
        DeliverAllTo(world, first, 1);
        world.Deliver(second, 0);
        world.Settle();
        Assert.Equal(world.Nodes[0].Current, world.Nodes[1].Current!.Value.Mirrored);
        Assert.Equal(2, world.Nodes[0].Engine.Links.Count(l => l.IsOpen));
    }

    private static void LateHello(SessionWorld world)
    {
        var old = world.Dial(0)!;
        world.Deliver(old, 1);
        world.Restart(1);
        var link = world.Dial(0)!;
        world.Deliver(link, 1);
        world.Deliver(link, 0);
        DeliverAllTo(world, link, 1);
        var session = world.Nodes[0].Current;
        Assert.NotNull(session);
        world.Deliver(old, 0);
        Assert.Equal(session, world.Nodes[0].Current);
    }

    private static void ActOnMessage1(SessionWorld world)
    {
        var first = world.Dial(0)!;
        var crossed = world.Dial(1)!;
        var replayed = world.Replay(0)!;
        world.Deliver(replayed, 1);
        world.Notice(replayed, 1);
        world.Advance(TimeSpan.FromSeconds(2));
        world.Deliver(first, 1);
        world.Deliver(first, 0);
        world.Deliver(crossed, 0);
        world.Settle();
        Assert.Equal(world.Nodes[0].Current, world.Nodes[1].Current!.Value.Mirrored);
    }

    private static void AnySpare(SessionWorld world)
    {
        var old = world.Dial(0)!;
        world.Deliver(old, 1);
        world.Restart(1);
        var link = world.Dial(1)!;
        world.Deliver(link, 0);
        world.Deliver(link, 1);
        DeliverAllTo(world, link, 0);
        var session = world.Nodes[0].Current;
        Assert.NotNull(session);
        world.Deliver(old, 0);
        Assert.Equal(session, world.Nodes[0].Current);
    }

    private static void SwitchWithoutRepeat(SessionWorld world)
    {
        var first = world.Dial(0)!;
        world.Deliver(first, 1);
        world.Deliver(first, 0);
        var second = world.Dial(0)!;
        world.Deliver(second, 1);
        world.Deliver(second, 0);
        world.Use(0, second);
        world.Write(0);
        world.Use(0, first);
        world.Write(0);
        DeliverAllTo(world, first, 1);
        Assert.Equal(2, world.Nodes[1].Delivered);
    }

    private static void Overtaken(SessionWorld world)
    {
        var first = world.Dial(0)!;
        world.Deliver(first, 1);
        var second = world.Dial(0)!;
        world.Deliver(second, 1);
        world.Deliver(first, 0);
        world.Deliver(second, 0);
        world.Use(0, second);
        world.Write(0, 100);
        world.Write(0, 101);
        DeliverAllTo(world, second, 1);
        Assert.Equal(2, world.Nodes[1].Delivered);

        // The first message on the other link brings an ACK back that passes the repeats.
        world.Use(0, first);
        world.Deliver(first, 1);
        world.Write(0, 102);
        world.Write(0, 103);
        while (world.Deliver(first, 0))
        {
        }

        DeliverAllTo(world, first, 1);
        Assert.Equal(4, world.Nodes[1].Delivered);
    }

    private static void RepeatsUnacknowledged(SessionWorld world)
    {
        var first = world.Dial(0)!;
        var second = world.Dial(1)!;
        world.Deliver(first, 1);
        world.Deliver(first, 0);
        world.Write(0);
        world.Write(0);
        world.Kill(first);
        world.DeliverAll(second);
        DeliverAllTo(world, first, 1);
        Assert.Equal(2, world.Nodes[1].Delivered);

        // The repeats come by the second link before the first one's ACK is due; that ACK is lost with its link.
        world.Use(0, second);
        DeliverAllTo(world, second, 1);
        world.Notice(first, 1);
        world.Notice(first, 0);
        for (var i = 0; i < 100; i++)
        {
            world.Settle();
            world.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(0, world.Nodes[0].Engine.BufferedBytes);
    }

    private static SessionPair CloseWithTheLastAckLost(SessionWorld world)
    {
        var link = world.Dial(0)!;
        world.DeliverAll(link);
        var session = world.Nodes[0].Current!.Value;
        world.Close(0);
        DeliverAllTo(world, link, 1);
        world.Close(1);
        DeliverAllTo(world, link, 0);
        Assert.Equal(SessionEndCode.Closed, world.Nodes[0].Ended[session].Code);
        world.Kill(link);
        world.Notice(link, 1);
        Assert.Equal(session.Mirrored, world.Nodes[1].Current);
        return session;
    }

    private static void LastAckLost(SessionWorld world)
    {
        var session = CloseWithTheLastAckLost(world);
        world.DeliverAll(world.Dial(1)!);
        Assert.Equal(SessionEndCode.Closed, world.Nodes[1].Ended[session.Mirrored].Code);
    }

    private static void LastAckLostBesideLive(SessionWorld world)
    {
        var session = CloseWithTheLastAckLost(world);
        var lost = world.Dial(0)!;
        world.Deliver(lost, 1);
        world.Deliver(lost, 0);
        world.KillAndNotice(lost);
        Assert.NotNull(world.Nodes[0].Current);
        world.DeliverAll(world.Dial(1)!);
        Assert.Equal(SessionEndCode.Closed, world.Nodes[1].Ended[session.Mirrored].Code);
        Assert.Equal(world.Nodes[0].Current, world.Nodes[1].Current!.Value.Mirrored);
    }

    private static void DeliverAllTo(SessionWorld world, SimLink link, int node)
    {
        while (world.Deliver(link, node))
        {
        }
    }
}
