using KillaBeez.Swarm.Admission;

namespace KillaBeez.Swarm.Tests.Admission;

public sealed class AdmissionEngineTests
{
    private static readonly Instant _start = Instant.Zero.AddMs(1000);

    private readonly PeerId _local = Key(1_000_000);
    private Instant _now = _start;

    [Fact]
    public void Strangers_NeverTakeTheLastPlaces_OwnCallsDo()
    {
        var engine = Engine(maxPlaces: 16);
        var accepted = 0;
        for (var i = 1; i <= 1000; i++)
        {
            if (Offer(engine, i).Verdict == AdmissionVerdict.Accept)
            {
                accepted++;
                engine.PeerUp(Key(i));
            }

            _now = _now.AddMs(100);
        }

        Assert.Equal(14, accepted);
        Assert.Equal(AdmissionVerdict.Accept, engine.CallByApplication(Key(5001)).Verdict);
        Assert.Equal(AdmissionVerdict.Accept, engine.CallByApplication(Key(5002)).Verdict);
        Assert.Equal((AdmissionVerdict.Refuse, AdmissionRefusal.NoPlace), CodeOf(engine.CallByApplication(Key(5003))));
    }

    [Fact]
    public void StrangersOnTheirWayIn_HaveASmallShare_WhichTheyGiveBack()
    {
        var engine = Engine(maxPlaces: 1024);
        var accepted = Enumerable.Range(1, 100).Count(i => Offer(engine, i).Verdict == AdmissionVerdict.Accept);
        Assert.Equal(AdmissionLimits.StrangersInProgress, accepted);
        Assert.Equal(AdmissionVerdict.Drop, Offer(engine, 101).Verdict);

        engine.PeerUp(Key(1));
        Assert.Equal(AdmissionVerdict.Accept, Offer(engine, 101).Verdict);
        Assert.Equal(AdmissionVerdict.Drop, Offer(engine, 102).Verdict);

        Assert.True(engine.Quiet(Key(2)), "who never had a session leaves nothing");
        engine.Removed(Key(2));
        Assert.Equal(AdmissionVerdict.Accept, Offer(engine, 102).Verdict);
    }

    [Fact]
    public void StrangersFlood_IsTakenAtItsRate_OwnCallsAndTheirCounterOffersAlways()
    {
        var engine = Engine(maxPlaces: 1024);
        var accepted = 0;
        for (var i = 1; i <= 6_000; i++)
        {
            if (Offer(engine, i).Verdict == AdmissionVerdict.Accept)
            {
                accepted++;
                engine.Quiet(Key(i));
                engine.Removed(Key(i));
            }

            if (i % 600 == 0)
            {
                Assert.Equal(AdmissionVerdict.Accept, engine.CallByApplication(Key(100_000 + i)).Verdict);
                Assert.Equal(AdmissionVerdict.Accept, Offer(engine, 100_000 + i).Verdict);
            }

            _now = _now.AddMs(5);
        }

        var limits = AdmissionLimits.Default;
        Assert.InRange(accepted, limits.StrangersPerSecond * 30, limits.StrangerBurst + (limits.StrangersPerSecond * 30));
        Assert.Equal(10, engine.Places);
    }

    [Fact]
    public void Introducer_IsChargedForWhatItCarries_AndOthersAreNot()
    {
        var engine = Engine(maxPlaces: 1024);
        var (lavish, modest) = (Key(9001), Key(9002));
        var accepted = Enumerable.Range(1, 200).Count(i => Offer(engine, i, via: lavish).Verdict == AdmissionVerdict.Accept);
        Assert.Equal(AdmissionLimits.Default.IntroducedInProgress, accepted);
        Assert.Equal(AdmissionVerdict.Accept, Offer(engine, 300, via: modest).Verdict);
        Assert.Equal(AdmissionVerdict.Accept, Offer(engine, 301).Verdict);

        // What it introduced has come to nothing: it may introduce others, at its rate.
        for (var i = 1; i <= 200; i++)
        {
            engine.Quiet(Key(i));
            engine.Removed(Key(i));
        }

        _now += TimeSpan.FromSeconds(10);
        Assert.Equal(AdmissionVerdict.Accept, Offer(engine, 302, via: lavish).Verdict);
    }

    [Fact]
    public void Informs_AreChargedToWhoSendsThem()
    {
        var engine = Engine(maxPlaces: 1024);
        var (liar, honest) = (Key(9001), Key(9002));
        var accepted = Enumerable.Range(1, 550).Count(i => engine.Inform(_now, Key(i), liar).Verdict == AdmissionVerdict.Accept);
        Assert.Equal(AdmissionLimits.Default.InformedInProgress, accepted);
        Assert.Equal(AdmissionVerdict.Accept, engine.Inform(_now, Key(600), honest).Verdict);
        Assert.Equal(AdmissionVerdict.Drop, engine.Inform(_now, _local, honest).Verdict);
    }

    [Fact]
    public void Introducers_AreABoundedTable_WhoIsInUseIsKept()
    {
        var engine = Engine(maxPlaces: 60_000, new AdmissionLimits { Introducers = 4, InformedInProgress = 1 });
        Assert.Equal(AdmissionVerdict.Accept, engine.Inform(_now, Key(1), by: Key(100)).Verdict);
        for (var i = 101; i < 200; i++)
        {
            Assert.Equal(AdmissionVerdict.Accept, Offer(engine, 1000 + i, via: Key(i)).Verdict);
            engine.PeerUp(Key(1000 + i));
        }

        Assert.Equal(AdmissionVerdict.Drop, engine.Inform(_now, Key(2), by: Key(100)).Verdict);
    }

    [Fact]
    public void AcceptedDegree_BoundsTheMeshOnly_ApplicationsAndNeighboursComeIn()
    {
        // Keys 10, 20, ... 90 are known, this node is 50, and its neighbours are the nearest on either side.
        var engine = new AdmissionEngine(Key(50), new AdmissionOptions { MaxPlaces = 1024, MeshDegree = 2, AcceptedDegree = 3, RingNeighbours = 1 });
        foreach (var i in new[] { 10, 20, 30, 40, 60, 70, 80, 90 })
        {
            engine.Learned(Key(i), hasRoom: true);
        }

        Up(engine, 10, 20, 80);
        Assert.Equal((AdmissionVerdict.Refuse, AdmissionRefusal.Degree), CodeOf(Offer(engine, 30)));
        Assert.Equal((AdmissionVerdict.Refuse, AdmissionRefusal.Degree), CodeOf(engine.Inform(_now, Key(30), Key(10))));
        Assert.Equal(AdmissionVerdict.Accept, Offer(engine, 40).Verdict);
        Assert.Equal(AdmissionVerdict.Accept, Offer(engine, 55).Verdict);
        Assert.Equal(AdmissionVerdict.Accept, Offer(engine, 30, isByApplication: true).Verdict);
        engine.PeerUp(Key(30));
        Assert.Equal(3, engine.MeshLinks);
        engine.PeerDown(Key(30));
        engine.PeerDown(Key(10));
        Assert.Equal(2, engine.MeshLinks);
    }

    [Fact]
    public void NodeWithoutMesh_TakesCallsOfApplicationsOnly()
    {
        var engine = new AdmissionEngine(_local, new AdmissionOptions { MaxPlaces = 1024, MeshDegree = 0, AcceptedDegree = 0 });
        Assert.Equal((AdmissionVerdict.Refuse, AdmissionRefusal.Degree), CodeOf(Offer(engine, 1)));
        Assert.Equal(AdmissionVerdict.Accept, Offer(engine, 1, isByApplication: true).Verdict);
    }

    [Fact]
    public void Refusal_NamesTheNearestKnownKeys_ThoseThatHaveRoomFirst()
    {
        var engine = new AdmissionEngine(_local, new AdmissionOptions { MaxPlaces = 1024, MeshDegree = 0, AcceptedDegree = 0 });
        foreach (var i in new[] { 10, 20, 30, 40, 50, 60 })
        {
            engine.Learned(Key(i), hasRoom: i != 40);
        }

        engine.Learned(Key(20), hasRoom: false);
        engine.Learned(Key(20), hasRoom: true);
        engine.Forgotten(Key(60));
        Assert.Equal([Key(30), Key(50), Key(20), Key(10)], Offer(engine, 38).Redirect);
        Assert.Equal([Key(20), Key(10), Key(50), Key(40)], Offer(engine, 30).Redirect);
    }

    [Fact]
    public void Refusals_AreToldAtTheirRate()
    {
        var engine = new AdmissionEngine(_local, new AdmissionOptions
        {
            MaxPlaces = 1024,
            MeshDegree = 0,
            AcceptedDegree = 0,
            Limits = new AdmissionLimits { RefusalBurst = 5, RefusalsPerSecond = 1 },
        });
        Assert.Equal(5, Enumerable.Range(1, 100).Count(i => Offer(engine, i).Verdict == AdmissionVerdict.Refuse));
        _now += TimeSpan.FromSeconds(2);
        Assert.Equal(2, Enumerable.Range(1, 20).Count(i => Offer(engine, i).Verdict == AdmissionVerdict.Refuse));
    }

    [Fact]
    public void Redirect_IsFollowedForCallsOfTheApplication_AsOftenAsItsLimitSays()
    {
        var engine = Engine(maxPlaces: 1024, new AdmissionLimits { RedirectsPerCall = 6 });
        engine.CallByApplication(Key(1));
        Assert.Equal([Key(2), Key(3)], Called(engine.Redirected(Key(1), [Key(2), Key(3), _local, Key(1)])));
        Assert.Equal([Key(4), Key(5), Key(6)], Called(engine.Redirected(Key(2), [Key(1), Key(4), Key(5), Key(6)])));

        // The way back to what was tried before leads nowhere, and the journey has an end.
        engine.Removed(Key(1));
        Assert.Equal([Key(7)], Called(engine.Redirected(Key(4), [Key(1), Key(7), Key(8), Key(9)])));
        Assert.Empty(engine.Redirected(Key(7), [Key(10)]));

        // Whom the mesh called leads nowhere, nor does somebody who was not called at all.
        engine.CallByMesh(_now, Key(20), via: null);
        Assert.Empty(engine.Redirected(Key(20), [Key(21)]));
        Assert.Empty(engine.Redirected(Key(30), [Key(31)]));
        Assert.Equal(AdmissionOrigin.Mesh, engine.OriginOf(Key(2)));
    }

    [Fact]
    public void Redirect_OfANodeThatHasLinksEnough_IsNotFollowed()
    {
        var engine = new AdmissionEngine(_local, new AdmissionOptions { MaxPlaces = 1024, MeshDegree = 2, AcceptedDegree = 4 });
        Up(engine, 101, 102);
        engine.CallByApplication(Key(1));
        Assert.Empty(engine.Redirected(Key(1), [Key(2)]));
    }

    [Fact]
    public void Application_IsAskedOnceForAKeyAndItsRefusalHoldsAWhile()
    {
        var engine = Engine(maxPlaces: 1024);
        engine.AsksApplication = true;
        Assert.Equal(AdmissionVerdict.Ask, Offer(engine, 1).Verdict);
        Assert.Equal(0, engine.Places);
        var refusal = engine.Answer(_now, Key(1), isAccepted: false, code: 17);
        Assert.Equal((AdmissionVerdict.Refuse, 17u), (refusal!.Verdict, refusal.ApplicationCode));
        Assert.Null(engine.Answer(_now, Key(1), isAccepted: true, code: 0));

        var again = Offer(engine, 1);
        Assert.Equal((AdmissionVerdict.Refuse, AdmissionRefusal.Application, 17u), (again.Verdict, again.Code, again.ApplicationCode));
        Assert.Equal(AdmissionRefusal.Application, engine.CallByMesh(_now, Key(1), via: null).Code);
        _now += AdmissionLimits.RefusalMemory;
        Assert.Equal(AdmissionVerdict.Ask, Offer(engine, 1).Verdict);
        Assert.Equal(AdmissionVerdict.Accept, engine.Answer(_now, Key(1), isAccepted: true, code: 0)!.Verdict);
        Assert.Equal(1, engine.Places);

        // Whom it calls itself it is not asked about.
        engine.CallByApplication(Key(2));
        Assert.Equal(AdmissionVerdict.Accept, Offer(engine, 2).Verdict);
    }

    [Fact]
    public void Redirect_TheApplicationIsAskedAbout_IsFollowedFromWhereItSaysYes()
    {
        var engine = Engine(maxPlaces: 1024);
        engine.AsksApplication = true;
        engine.CallByApplication(Key(1));
        Assert.Equal([(Key(2), AdmissionVerdict.Ask), (Key(3), AdmissionVerdict.Ask)], engine.Redirected(Key(1), [Key(2), Key(3)]));
        engine.Answer(_now, Key(2), isAccepted: true, code: 0);
        engine.Answer(_now, Key(3), isAccepted: false, code: 0);
        Assert.Equal([(Key(4), AdmissionVerdict.Ask)], engine.Redirected(Key(2), [Key(3), Key(4)]));
        Assert.Empty(engine.Redirected(Key(3), [Key(5)]));
    }

    [Fact]
    public void Questions_AreBounded()
    {
        var engine = Engine(maxPlaces: 1024);
        engine.AsksApplication = true;
        Assert.Equal(AdmissionLimits.Default.Questions, Enumerable.Range(1, 100).Count(i => Offer(engine, i).Verdict == AdmissionVerdict.Ask));
    }

    [Fact]
    public void WhoWasConnected_IsNoStrangerAnyMore()
    {
        var engine = Engine(maxPlaces: 1024);
        Offer(engine, 1);
        Assert.Equal(AdmissionOrigin.Stranger, engine.OriginOf(Key(1)));
        engine.PeerUp(Key(1));
        Assert.Equal(AdmissionOrigin.Resumed, engine.OriginOf(Key(1)));
        engine.PeerDown(Key(1));
        Assert.Equal(AdmissionOrigin.Known, engine.OriginOf(Key(1)));
        Assert.False(engine.Quiet(Key(1)), "how its session ended is remembered");
        engine.CallByApplication(Key(1));
        Assert.Equal(AdmissionOrigin.Own, engine.OriginOf(Key(1)));
    }

    private static (AdmissionVerdict Verdict, AdmissionRefusal Code) CodeOf(AdmissionDecision decision) => (decision.Verdict, decision.Code);

    /// <summary>A key whose place among the others is its number's.</summary>
    private static PeerId Key(int number)
    {
        var bytes = new byte[PeerId.SizeBytes];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        return new PeerId(bytes);
    }

    private AdmissionEngine Engine(int maxPlaces, AdmissionLimits? limits = null) => new(_local, new AdmissionOptions
    {
        MaxPlaces = maxPlaces,
        MeshDegree = 1000,
        AcceptedDegree = 2000,
        Limits = limits ?? AdmissionLimits.Default,
    });

    private AdmissionDecision Offer(AdmissionEngine engine, int from, PeerId? via = null, bool isByApplication = false) =>
        engine.Offer(_now, new AdmissionOffer(Key(from), via, isByApplication));

    private static IEnumerable<PeerId> Called(IReadOnlyList<(PeerId Key, AdmissionVerdict Verdict)> redirected)
    {
        Assert.All(redirected, next => Assert.Equal(AdmissionVerdict.Accept, next.Verdict));
        return redirected.Select(next => next.Key);
    }

    private void Up(AdmissionEngine engine, params int[] keys)
    {
        foreach (var key in keys)
        {
            engine.CallByMesh(_now, Key(key), via: null);
            engine.PeerUp(Key(key));
        }
    }
}
