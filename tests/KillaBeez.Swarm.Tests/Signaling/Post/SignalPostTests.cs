using KillaBeez.Swarm.Calls;
using KillaBeez.Swarm.Signaling;
using KillaBeez.Swarm.Signaling.Post;

namespace KillaBeez.Swarm.Tests.Signaling.Post;

/// <summary>Which ways signals take, and what is believed of a way.</summary>
public sealed class SignalPostTests
{
    private static readonly SignalWay First = new SignalWay.Exchange(0);
    private static readonly SignalWay Second = new SignalWay.Exchange(1);
    private static readonly SignalWay ThroughCarol = new SignalWay.Carrier(Samples.Carol.Id);
    private static readonly SignalPostLimits Limits = SignalPostLimits.Default;

    private readonly SignalPost _post = Post();
    private Instant _now = Instant.Zero;
    private byte _lastCall;

    [Fact]
    public void Send_ReadyExchange_TakesItAtOnce()
    {
        _post.ExchangeReady(_now, 0);
        Send(SignalKind.Offer);
        Assert.Equal([First], Sent());
    }

    /// <summary>S1: readiness that comes between the question and its answer is not missed.</summary>
    [Fact]
    public void Send_ExchangeBecomesReadyWhileCarriersAreAsked_TakesIt()
    {
        Send(SignalKind.Offer);
        Assert.Empty(Sent());
        _post.ExchangeReady(_now, 0);
        Assert.Equal([First], Sent());
        _post.SetCarriers(_now, Samples.Bob.Id, []);
        Assert.Empty(Sent());
        Assert.DoesNotContain(Events(), e => e is SignalPostEvent.Undeliverable);
    }

    [Fact]
    public void Send_ExchangeBecomesReadyAfterCarriersWereNone_TakesIt()
    {
        Send(SignalKind.Offer);
        _post.SetCarriers(_now, Samples.Bob.Id, []);
        Assert.Contains(Events(), e => e is SignalPostEvent.Delayed { Failure: CallFailure.NoRoute });
        _post.ExchangeReady(_now, 1);
        Assert.Equal([Second], Sent());
    }

    /// <summary>S3, S4: a way that takes the signal and brings no answer is not waited for.</summary>
    [Fact]
    public void Send_NoAnswer_TakesOneWayMoreEachTime()
    {
        _post.ExchangeReady(_now, 0);
        _post.ExchangeReady(_now, 1);
        _post.PeerConnected(_now, Samples.Carol.Id);
        Send(SignalKind.Offer, hint: ThroughCarol);
        Assert.Equal([ThroughCarol], Sent());

        Pass(Limits.NextWayAfter);
        Assert.Equal([First], Sent());
        Pass(Limits.NextWayAfter);
        Assert.Equal([Second], Sent());
        Pass(Limits.NextWayAfter);
        Assert.Empty(Sent());
    }

    [Fact]
    public void Send_AnswerCame_TheRestTakesItsWayAlone()
    {
        _post.ExchangeReady(_now, 0);
        _post.ExchangeReady(_now, 1);
        var call = Send(SignalKind.Offer);
        Pass(Limits.NextWayAfter);
        Assert.Equal([First, Second], Sent());
        Answer(call, Second);

        Send(SignalKind.Candidate, call);
        Assert.Equal([Second], Sent());
        Pass(Limits.NextWayAfter);
        Assert.Empty(Sent());
    }

    [Fact]
    public void Send_WayLetAnotherAnswerFirst_IsTriedAfterItNextTime()
    {
        _post.ExchangeReady(_now, 0);
        _post.ExchangeReady(_now, 1);
        var call = Send(SignalKind.Offer);
        Pass(Limits.NextWayAfter);
        Answer(call, Second);
        Sent();

        Send(SignalKind.Offer);
        Assert.Equal([Second], Sent());
    }

    [Fact]
    public void Send_DoubtedWayAnswers_IsBelievedAgain()
    {
        _post.ExchangeReady(_now, 0);
        _post.ExchangeReady(_now, 1);
        var call = Send(SignalKind.Offer);
        Pass(Limits.NextWayAfter);
        Answer(call, Second);
        Sent();
        _post.ExchangeLost(_now, 1, "gone");
        Answer(Send(SignalKind.Offer), First);
        _post.ExchangeReady(_now, 1);
        Sent();

        Send(SignalKind.Offer);
        Assert.Equal([First], Sent());
    }

    [Fact]
    public void Send_ProvenWayIsLost_TheNextWayGetsAllInOrder()
    {
        _post.ExchangeReady(_now, 0);
        var call = Send(SignalKind.Offer);
        Send(SignalKind.Candidate, call);
        Answer(call, First);
        Sent();
        _post.ExchangeReady(_now, 1);
        Assert.Empty(Sent());

        _post.ExchangeLost(_now, 0, "gone");
        var second = Transmits();
        Assert.Equal([Second, Second], second.Select(t => t.Way));
        Assert.Equal([SignalKind.Offer, SignalKind.Candidate], second.Select(t => Opened(t.Signal).Kind));
    }

    /// <summary>S6 of the sending side: a way that is taken later begins with the description.</summary>
    [Fact]
    public void Send_CandidatesBehindTheOffer_NeverComeBeforeIt()
    {
        _post.ExchangeReady(_now, 0);
        _post.ExchangeReady(_now, 1);
        var call = Send(SignalKind.Offer);
        Send(SignalKind.Candidate, call);
        Sent();
        Pass(Limits.NextWayAfter);
        Send(SignalKind.Candidate, call);

        var second = Transmits().Where(t => t.Way == Second).Select(t => Opened(t.Signal).Kind);
        Assert.Equal([SignalKind.Offer, SignalKind.Candidate, SignalKind.Candidate], second);
    }

    [Fact]
    public void Send_DescriptionAgain_ReplacesWhatWasSentBefore()
    {
        _post.ExchangeReady(_now, 0);
        var call = Send(SignalKind.Offer);
        Send(SignalKind.Candidate, call);
        Sent();
        Send(SignalKind.Offer, call);

        Assert.Equal([SignalKind.Offer], Transmits().Select(t => Opened(t.Signal).Kind));
        Assert.Equal(1, _post.Count);
    }

    /// <summary>S2: who is called may be just coming.</summary>
    [Fact]
    public void Refused_AwaitedCallByEveryWay_IsTriedAgainUntilItsTimeIsOver()
    {
        _post.ExchangeReady(_now, 0);
        Send(SignalKind.Offer, isAwaited: true);
        _post.SetCarriers(_now, Samples.Bob.Id, []);
        var tries = 0;
        while (_post.Count > 0)
        {
            foreach (var (way, signal) in Transmits())
            {
                tries++;
                _post.Refused(_now, way, signal.Id, CallFailure.PeerUnknown, "nobody knows it");
            }

            Assert.All(Events(), e => Assert.True(e is SignalPostEvent.Delayed { Failure: CallFailure.PeerUnknown } or SignalPostEvent.CarriersWanted, e.ToString()));
            var last = _now;
            _now = _post.NextTimeout;
            Assert.True(_now > last, "time goes on");
            _post.HandleTimeout(_now, Samples.NowUnixMs);
            _post.SetCarriers(_now, Samples.Bob.Id, []);
        }

        Assert.Equal(SignalLimits.MaximumLifetimeMs, (_now - Instant.Zero).TotalMilliseconds);
        Assert.InRange(tries, 10, 30);
    }

    [Fact]
    public void Refused_CallThatNobodyAwaits_IsUndeliverable()
    {
        _post.ExchangeReady(_now, 0);
        var call = Send(SignalKind.Offer);
        _post.SetCarriers(_now, Samples.Bob.Id, []);
        Events();
        Refuse(Transmits());

        Assert.Equal([new SignalPostEvent.Undeliverable(Samples.Bob.Id, call, CallFailure.PeerUnknown, "nobody knows it")], Events());
        Assert.Equal(0, _post.Count);
        Assert.Equal(Instant.Never, TimeoutAfterAll());
    }

    [Fact]
    public void Refused_ForItsClock_IsFinalThoughTheCallIsAwaited()
    {
        _post.ExchangeReady(_now, 0);
        var call = Send(SignalKind.Offer, isAwaited: true);
        _post.SetCarriers(_now, Samples.Bob.Id, []);
        Events();
        var (way, signal) = Assert.Single(Transmits());
        _post.Refused(_now, way, signal.Id, CallFailure.ClocksDiffer, "an hour off");

        Assert.Equal([new SignalPostEvent.Undeliverable(Samples.Bob.Id, call, CallFailure.ClocksDiffer, "an hour off")], Events());
    }

    /// <summary>S10: who is connected or called has room of its own in the gate, for as long as it is.</summary>
    [Fact]
    public void Gate_PeerIsConnectedOrCalled_IsAFriendForAsLong()
    {
        var gate = new SignalGate(Samples.Alice.Id, new SignalGateLimits { MaximumFriends = 1 });
        var post = new SignalPost(Samples.Alice, exchanges: 1, gate, new SeededRandomSource(1));
        post.PeerConnected(_now, Samples.Carol.Id);
        Assert.False(gate.Befriend(Samples.Bob.Id), "the connected peer has the only place");

        post.PeerDisconnected(_now, Samples.Carol.Id);
        post.HandleTimeout(_now, Samples.NowUnixMs);
        post.Send(_now, Samples.NowUnixMs, Samples.Bob.Id, Content(SignalKind.Offer, NewCall()), hint: null, isAwaited: true);
        post.HandleTimeout(_now, Samples.NowUnixMs);
        Assert.False(gate.Befriend(Samples.Carol.Id), "the called peer has the only place");
    }

    [Fact]
    public void Refused_AnotherWayIsOpen_GoesThere()
    {
        _post.ExchangeReady(_now, 0);
        _post.PeerConnected(_now, Samples.Carol.Id);
        Send(SignalKind.Offer);
        _post.SetCarriers(_now, Samples.Bob.Id, [Samples.Carol.Id]);
        Refuse(Transmits());
        Assert.Equal([ThroughCarol], Sent());
    }

    [Fact]
    public void SetCarriers_GossipNamesNobody_AsksAFewConnectedPeersButNotTheReceiver()
    {
        _post.PeerConnected(_now, Samples.Carol.Id);
        _post.PeerConnected(_now, Samples.Bob.Id);
        Send(SignalKind.Offer);
        _post.SetCarriers(_now, Samples.Bob.Id, []);
        Assert.Equal([ThroughCarol], Sent());
    }

    [Fact]
    public void Send_Goodbye_IsNotKept()
    {
        _post.ExchangeReady(_now, 0);
        Send(SignalKind.Goodbye);
        Assert.Equal([First], Sent());
        Assert.Equal(0, _post.Count);
    }

    [Fact]
    public void Send_GoodbyeOfACall_TakesEveryWayThatTheCallTook()
    {
        _post.ExchangeReady(_now, 0);
        _post.ExchangeReady(_now, 1);
        var call = Send(SignalKind.Offer);
        Pass(Limits.NextWayAfter);
        Sent();
        Send(SignalKind.Goodbye, call);
        Assert.Equal([First, Second], Sent());
    }

    /// <summary>S7: nothing is lost without a word.</summary>
    [Fact]
    public void Send_TooManySignals_AreUndeliverableAndTimeMakesRoom()
    {
        var post = Post(new SignalPostLimits { Signals = 3 });
        for (var i = 0; i < 4; i++)
        {
            post.Send(_now, Samples.NowUnixMs, Samples.Bob.Id, Content(SignalKind.Offer, NewCall()), hint: null, isAwaited: true);
        }

        Assert.Equal(3, post.Count);
        Assert.Single(Events(post), e => e is SignalPostEvent.Undeliverable);
        post.HandleTimeout(_now.AddMs(SignalLimits.MaximumLifetimeMs), Samples.NowUnixMs);
        Assert.Equal(0, post.Count);
    }

    [Fact]
    public void Send_TooManyCandidatesOfOneCall_AreUndeliverable()
    {
        var post = Post(new SignalPostLimits { SignalsPerCall = 2 });
        var call = NewCall();
        post.Send(_now, Samples.NowUnixMs, Samples.Bob.Id, Content(SignalKind.Offer, call), hint: null, isAwaited: true);
        post.Send(_now, Samples.NowUnixMs, Samples.Bob.Id, Content(SignalKind.Candidate, call), hint: null, isAwaited: true);
        Assert.DoesNotContain(Events(post), e => e is SignalPostEvent.Undeliverable);
        post.Send(_now, Samples.NowUnixMs, Samples.Bob.Id, Content(SignalKind.Candidate, call), hint: null, isAwaited: true);
        Assert.Single(Events(post), e => e is SignalPostEvent.Undeliverable);
    }

    [Fact]
    public void Receive_SameSignalByTwoWays_IsToldOnce()
    {
        var signal = Samples.Seal(Samples.Bob, Samples.Alice.Id);
        _post.Receive(_now, Samples.NowUnixMs, First, signal);
        _post.Receive(_now, Samples.NowUnixMs, Second, signal);
        Assert.Equal([new SignalPostEvent.Received(Samples.Bob.Id, Samples.Content with { Body = "v=0" }, First)], Events());
    }

    [Fact]
    public void Send_Answer_TakesTheWayOfTheOfferBeforeOthers()
    {
        _post.ExchangeReady(_now, 0);
        _post.ExchangeReady(_now, 1);
        Send(SignalKind.Answer, hint: Second);
        Assert.Equal([Second], Sent());
        Pass(Limits.NextWayAfter);
        Assert.Empty(Sent());
    }

    [Fact]
    public void Receive_ForSomebodyElse_IsDroppedWithItsReason()
    {
        _post.Receive(_now, Samples.NowUnixMs, First, Samples.Seal(Samples.Bob, Samples.Carol.Id));
        Assert.Equal([new SignalPostEvent.Dropped(Samples.Bob.Id, SignalVerdict.NotForMe)], Events());
    }

    private static SignalPost Post(SignalPostLimits? limits = null) =>
        new(Samples.Alice, exchanges: 2, new SignalGate(Samples.Alice.Id), new SeededRandomSource(1), limits);

    private static SignalContent Content(SignalKind kind, SignalCallId call) => new() { Kind = kind, Call = call, Body = "v=0" };

    private static SignalContent Opened(SealedSignal signal)
    {
        Assert.True(SignalSealer.TryOpen(Samples.Bob, signal, out var content, out _));
        return content!;
    }

    private static List<SignalPostEvent> Events(SignalPost post)
    {
        var events = new List<SignalPostEvent>();
        while (post.TryPollEvent(out var e))
        {
            events.Add(e);
        }

        return [.. events.Where(e => e is not SignalPostEvent.CarriersWanted || post.Count > 0)];
    }

    private SignalCallId NewCall() => new([.. Enumerable.Repeat(++_lastCall, SignalCallId.SizeBytes)]);

    private SignalCallId Send(SignalKind kind, SignalCallId? call = null, SignalWay? hint = null, bool isAwaited = false)
    {
        var id = call ?? NewCall();
        _post.Send(_now, Samples.NowUnixMs, Samples.Bob.Id, Content(kind, id), hint, isAwaited);
        return id;
    }

    private void Answer(SignalCallId call, SignalWay way)
    {
        var signal = SignalSealer.Seal(Samples.Bob, Samples.Alice.Id, Content(SignalKind.Answer, call), Samples.NowUnixMs, SystemRandomSource.Instance);
        _post.Receive(_now, Samples.NowUnixMs, way, signal);
    }

    private void Refuse(List<(SignalWay Way, SealedSignal Signal)> sent) =>
        sent.ForEach(t => _post.Refused(_now, t.Way, t.Signal.Id, CallFailure.PeerUnknown, "nobody knows it"));

    private void Pass(TimeSpan time)
    {
        _now += time;
        _post.HandleTimeout(_now, Samples.NowUnixMs);
    }

    private Instant TimeoutAfterAll()
    {
        _post.HandleTimeout(_now, Samples.NowUnixMs);
        return _post.NextTimeout;
    }

    private List<(SignalWay Way, SealedSignal Signal)> Transmits()
    {
        var sent = new List<(SignalWay, SealedSignal)>();
        while (_post.TryPollTransmit(out var way, out var signal))
        {
            sent.Add((way, signal));
        }

        return sent;
    }

    private List<SignalWay> Sent() => [.. Transmits().Select(t => t.Way)];

    private List<SignalPostEvent> Events() => Events(_post);
}
