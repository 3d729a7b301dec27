using KillaBeez.Swarm.Sessions;

namespace KillaBeez.Swarm.Tests.Sessions;

public sealed class SessionDecisionTests
{
    private static readonly SessionTag _a = new(0xA);
    private static readonly SessionTag _b = new(0xB);
    private static readonly SessionTag _spareA = new(0xA1);
    private static readonly SessionTag _spareB = new(0xB1);

    private static SessionHello Hello(SessionTag spare, SessionPair? live = null) => new()
    {
        Spare = spare,
        ReplayBudgetLog2 = 20,
        Live = live is { } pair ? new LiveSession(pair, 0) : null,
    };

    [Fact]
    public void Decide_BothHoldTheSame_Resume()
    {
        Expect(new(_a, _b), Hello(_spareA, new(_a, _b)), Hello(_spareB, new(_b, _a)));
    }

    [Fact]
    public void Decide_PeerMadeItOfMySpare_ThatOne()
    {
        Expect(new(_spareA, _b), Hello(_spareA), Hello(_spareB, new(_b, _spareA)));
        Expect(new(_spareA, _b), Hello(_spareA, new(_a, new(9))), Hello(_spareB, new(_b, _spareA)));
    }

    [Fact]
    public void Decide_NeitherHoldsOne_BothSpares()
    {
        Expect(new(_spareA, _spareB), Hello(_spareA), Hello(_spareB));
    }

    [Fact]
    public void Decide_TheyHoldDifferentOnes_BothSpares()
    {
        Expect(new(_spareA, _spareB), Hello(_spareA, new(_a, new(7))), Hello(_spareB, new(_b, new(8))));
        Expect(new(_spareA, _spareB), Hello(_spareA, new(_a, _b)), Hello(_spareB));
    }

    [Fact]
    public void Decide_AnyTwoHellos_BothEndsAgree()
    {
        // Few tags, so that every kind of coincidence occurs; where each says it made the session of the other's
        // spare, no honest pair of Hellos is left.
        var random = new SeededRandomSource(8);
        SessionTag Draw() => new((ulong)random.NextInt32(1, 5));
        for (var i = 0; i < 50_000; i++)
        {
            var mine = Hello(Draw(), random.Chance(0.5) ? new(Draw(), Draw()) : null);
            var theirs = Hello(Draw(), random.Chance(0.5) ? new(Draw(), Draw()) : null);
            if (mine.Live?.Pair.Peer == theirs.Spare && theirs.Live?.Pair.Peer == mine.Spare)
            {
                continue;
            }

            Assert.Equal(SessionDecision.Decide(mine, theirs), SessionDecision.Decide(theirs, mine).Mirrored);
        }
    }

    private static void Expect(SessionPair expected, SessionHello mine, SessionHello theirs)
    {
        Assert.Equal(expected, SessionDecision.Decide(mine, theirs));
        Assert.Equal(expected.Mirrored, SessionDecision.Decide(theirs, mine));
    }
}
