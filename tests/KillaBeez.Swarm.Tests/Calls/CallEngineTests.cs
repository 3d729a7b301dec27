using KillaBeez.Swarm.Calls;
using KillaBeez.Swarm.Signaling;

namespace KillaBeez.Swarm.Tests.Calls;

public sealed class CallEngineTests
{
    private static readonly PeerId Small = IdOf(1);
    private static readonly PeerId Large = IdOf(2);

    private readonly SeededRandomSource _random = new(1);
    private Instant _now = Instant.Zero.AddMs(1000);

    [Fact]
    public void Call_Twice_StartsOneAttempt()
    {
        var engine = NewEngine();
        engine.Call(_now);
        engine.Call(_now);
        Assert.Equal([CallEventKind.StartOffering], Poll(engine).Select(e => e.Kind));
    }

    [Fact]
    public void Call_WhenConnected_DoesNothing()
    {
        var engine = NewEngine();
        Connect(engine);
        engine.Call(_now);
        engine.HandleInform(_now);
        Assert.Empty(Poll(engine));
    }

    [Fact]
    public void HandleOffer_WhileOffering_LargerIgnoresIt()
    {
        var engine = NewEngine(isLarger: true);
        StartCall(engine);
        engine.HandleOffer(_now, NewCall(), "theirs");
        Assert.Empty(Poll(engine));
        Assert.Equal(1, engine.Statistics.CrossedOffers);
    }

    [Fact]
    public void HandleOffer_WhileOffering_SmallerDropsItsOwnAndAnswers()
    {
        var engine = NewEngine(isLarger: false);
        var own = StartCall(engine);
        var theirs = NewCall();
        engine.HandleOffer(_now, theirs, "theirs");
        Assert.Equal(
            [(CallEventKind.DropAttempt, own, string.Empty), (CallEventKind.StartAnswering, theirs, "theirs")],
            Poll(engine).Select(e => (e.Kind, e.Call, e.Body)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void HandleOffer_WhenConnected_IsAnsweredAndTheOldLinkStaysUntilTheNewOneOpens(bool isLarger)
    {
        var engine = NewEngine(isLarger);
        var old = Connect(engine);
        var renewed = NewCall();
        engine.HandleOffer(_now, renewed, "again");
        Assert.Equal([CallEventKind.StartAnswering], Poll(engine).Select(e => e.Kind));
        engine.LocalAnswerReady(_now, renewed, "yes");
        Assert.Equal(old, engine.ConnectedCall);
        Poll(engine);
        engine.LinkOpened(_now, renewed);
        Assert.Equal([(CallEventKind.Connected, renewed), (CallEventKind.DropAttempt, old)], Poll(engine).Select(e => (e.Kind, e.Call)));
        Assert.Equal(renewed, engine.ConnectedCall);
    }

    [Fact]
    public void Offered_NoAnswer_IsRepeatedWithItsCandidatesThenTriedAnewThenFails()
    {
        var engine = NewEngine();
        engine.Call(_now);
        var repeats = 0;
        HashSet<SignalCallId> calls = [];
        CallEvent? failed = null;
        var started = _now;
        while (failed is null)
        {
            foreach (var e in Poll(engine))
            {
                if (e.Kind == CallEventKind.StartOffering)
                {
                    Assert.True(calls.Add(e.Call));
                    engine.LocalOfferReady(_now, e.Call, "offer");
                    engine.LocalCandidate(_now, e.Call, "candidate");
                }
                else if (e.Kind == CallEventKind.SendSignal)
                {
                    repeats += e.Signal!.Kind == SignalKind.Offer ? 1 : 0;
                }
                else if (e.Kind == CallEventKind.Failed)
                {
                    failed = e;
                }
            }

            if (failed is null && engine.NextTimeout != Instant.Never && engine.NextTimeout > _now)
            {
                _now = engine.NextTimeout;
                engine.HandleTimeout(_now);
            }
        }

        Assert.Equal(CallFailure.Timeout, failed.Value.Failure);
        Assert.Equal(CallOptions.Default.Attempts, calls.Count);

        // At about 0, 1, 3 and 7 seconds of each attempt's 10.
        Assert.InRange(repeats, 9, 12);
        Assert.InRange(_now - started, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(33));
        Assert.Equal(Instant.Never, engine.NextTimeout);
    }

    [Fact]
    public void SignalUndeliverable_OfTheOffer_FailsAtOnce()
    {
        var engine = NewEngine();
        var call = StartCall(engine);
        engine.SignalUndeliverable(_now, call, CallFailure.PeerUnknown);
        var events = Poll(engine);
        Assert.Equal([CallEventKind.DropAttempt, CallEventKind.Failed], events.Select(e => e.Kind));
        Assert.Equal(CallFailure.PeerUnknown, events[1].Failure);
        Assert.Equal(Instant.Never, engine.NextTimeout);
    }

    [Fact]
    public void SignalUndeliverable_OnceTheAnswerIsHere_ChangesNothing()
    {
        var engine = NewEngine();
        var call = StartCall(engine);
        engine.HandleAnswer(_now, call, "yes");
        Poll(engine);
        engine.SignalUndeliverable(_now, call, CallFailure.PeerUnknown);
        Assert.Empty(Poll(engine));
        engine.LinkOpened(_now, call);
        Assert.Equal(call, engine.ConnectedCall);
    }

    [Fact]
    public void HandleAnswer_OfAnUnknownCall_IsCountedAndThePeerIsToldSo()
    {
        var engine = NewEngine();
        var stray = NewCall();
        engine.HandleAnswer(_now, stray, "late");
        var e = Assert.Single(Poll(engine));
        Assert.Equal((SignalKind.Goodbye, stray), (e.Signal!.Kind, e.Signal.Call));
        Assert.Equal(1, engine.Statistics.StaleSignals);
    }

    [Fact]
    public void HandleAnswer_Twice_IsAppliedOnce()
    {
        var engine = NewEngine();
        var call = StartCall(engine);
        engine.HandleAnswer(_now, call, "yes");
        engine.HandleAnswer(_now, call, "yes");
        Assert.Single(Poll(engine), e => e.Kind == CallEventKind.ApplyAnswer);
        Assert.Equal(1, engine.Statistics.DuplicateSignals);
    }

    [Fact]
    public void HandleCandidate_BeforeTheAnswer_IsAppliedAfterIt()
    {
        var engine = NewEngine();
        var call = StartCall(engine);
        engine.HandleCandidate(_now, call, "c1");
        Assert.Empty(Poll(engine));
        engine.HandleAnswer(_now, call, "yes");
        Assert.Equal([(CallEventKind.ApplyAnswer, "yes"), (CallEventKind.ApplyCandidate, "c1")], Poll(engine).Select(e => (e.Kind, e.Body)));
    }

    [Fact]
    public void HandleCandidate_OfAnUnknownCall_IsIgnoredAndCounted()
    {
        var engine = NewEngine();
        engine.HandleCandidate(_now, NewCall(), "c");
        Assert.Empty(Poll(engine));
        Assert.Equal(1, engine.Statistics.StaleSignals);
    }

    [Fact]
    public void HandleCandidate_ThousandsBeforeTheAnswer_AreBounded()
    {
        var engine = NewEngine();
        var call = StartCall(engine);
        for (var i = 0; i < 5000; i++)
        {
            engine.HandleCandidate(_now, call, "c");
        }

        engine.HandleAnswer(_now, call, "yes");
        Assert.Equal(CallLimits.Default.CandidatesPerAttempt, Poll(engine).Count(e => e.Kind == CallEventKind.ApplyCandidate));
    }

    [Fact]
    public void HandleGoodbye_ThatOvertookItsOffer_LeavesTheOfferUnanswered()
    {
        var engine = NewEngine();
        var call = NewCall();
        engine.HandleGoodbye(_now, call, "closed");
        engine.HandleOffer(_now, call, "offer");
        Assert.Empty(Poll(engine));
    }

    [Fact]
    public void HandleGoodbye_Refused_FailsTheCall()
    {
        var engine = NewEngine();
        var call = StartCall(engine);
        engine.HandleGoodbye(_now, call, CallEngine.RefusedReason);
        Assert.Equal(CallFailure.Refused, Poll(engine)[^1].Failure);
    }

    [Fact]
    public void HandleGoodbye_OfTheConnection_Disconnects()
    {
        var engine = NewEngine();
        var call = Connect(engine);
        engine.HandleGoodbye(_now, call, "closed");
        Assert.Equal([(CallEventKind.Disconnected, call, "closed")], Poll(engine).Select(e => (e.Kind, e.Call, e.Body)));
        Assert.Null(engine.ConnectedCall);
    }

    [Fact]
    public void Hangup_ConnectedAndAnswering_SaysGoodbyeToBoth()
    {
        var engine = NewEngine();
        var connected = Connect(engine);
        var other = NewCall();
        engine.HandleOffer(_now, other, "again");
        Poll(engine);
        engine.Hangup(_now);
        var goodbyes = Poll(engine).Where(e => e.Kind == CallEventKind.SendSignal).Select(e => (e.Signal!.Kind, e.Call));
        Assert.Equal([(SignalKind.Goodbye, connected), (SignalKind.Goodbye, other)], goodbyes);
        Assert.Equal(Instant.Never, engine.NextTimeout);
    }

    [Fact]
    public void Refuse_AnOffer_SaysSoAndForgetsIt()
    {
        var engine = NewEngine();
        var call = NewCall();
        engine.HandleOffer(_now, call, "offer");
        Poll(engine);
        engine.Refuse(_now, call);
        Assert.Equal(CallEngine.RefusedReason, Poll(engine)[0].Signal!.Body);
        engine.HandleOffer(_now, call, "offer");
        Assert.Empty(Poll(engine));
    }

    [Fact]
    public void HandleOffer_Flood_KeepsTwoAttemptsAndIsLimited()
    {
        var engine = NewEngine();
        for (var i = 0; i < 1000; i++)
        {
            engine.HandleOffer(_now, NewCall(), "offer");
        }

        var events = Poll(engine);
        var started = events.Count(e => e.Kind == CallEventKind.StartAnswering);
        Assert.Equal(CallLimits.Default.SignalBurst, started);
        Assert.Equal(started - CallLimits.Default.Answering, events.Count(e => e.Kind == CallEventKind.DropAttempt));
        Assert.Equal(1000 - started, engine.Statistics.LimitedSignals);
    }

    [Fact]
    public void LinkOpened_OfADroppedAttempt_DropsItAgain()
    {
        var engine = NewEngine(isLarger: false);
        var own = StartCall(engine);
        engine.HandleOffer(_now, NewCall(), "theirs");
        Poll(engine);
        engine.LinkOpened(_now, own);
        Assert.Equal([(CallEventKind.DropAttempt, own)], Poll(engine).Select(e => (e.Kind, e.Call)));
        Assert.Null(engine.ConnectedCall);
    }

    [Fact]
    public void RepeatedOffer_AfterTheAnswer_IsAnsweredAgain()
    {
        var engine = NewEngine();
        var call = NewCall();
        engine.HandleOffer(_now, call, "offer");
        engine.LocalAnswerReady(_now, call, "answer");
        Poll(engine);
        engine.HandleOffer(_now, call, "offer");
        var e = Assert.Single(Poll(engine));
        Assert.Equal((SignalKind.Answer, "answer"), (e.Signal!.Kind, e.Signal.Body));
    }

    [Fact]
    public void Constructor_OwnKey_Throws() =>
        Assert.Throws<ArgumentException>(() => new CallEngine(Small, Small, CallOptions.Default, _random));

    private static PeerId IdOf(byte first)
    {
        var bytes = new byte[PeerId.SizeBytes];
        bytes[0] = first;
        return new PeerId(bytes);
    }

    private static List<CallEvent> Poll(CallEngine engine)
    {
        List<CallEvent> events = [];
        while (engine.TryPollEvent(out var e))
        {
            events.Add(e);
        }

        return events;
    }

    private SignalCallId NewCall() => SignalCallId.Generate(_random);

    private CallEngine NewEngine(bool isLarger = true) =>
        new(isLarger ? Large : Small, isLarger ? Small : Large, CallOptions.Default, _random.Fork());

    private SignalCallId StartCall(CallEngine engine)
    {
        engine.Call(_now);
        var call = Poll(engine).Single().Call;
        engine.LocalOfferReady(_now, call, "mine");
        Poll(engine);
        return call;
    }

    private SignalCallId Connect(CallEngine engine)
    {
        var call = StartCall(engine);
        engine.HandleAnswer(_now, call, "yes");
        engine.LinkOpened(_now, call);
        Poll(engine);
        return call;
    }
}
