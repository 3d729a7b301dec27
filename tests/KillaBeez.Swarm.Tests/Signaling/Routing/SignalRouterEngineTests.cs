using KillaBeez.Swarm.Signaling;
using KillaBeez.Swarm.Signaling.Routing;

namespace KillaBeez.Swarm.Tests.Signaling.Routing;

/// <summary>Alice - Carol - Bob: Carol is the peer between, unless a test says otherwise.</summary>
public class SignalRouterEngineTests
{
    private readonly Dictionary<PeerId, SignalRouterEngine> _nodes = [];
    private readonly Dictionary<PeerId, List<SignalRouterEvent>> _events = [];
    private readonly SignalRouterEngine _alice;
    private readonly SignalRouterEngine _carol;
    private readonly SignalRouterEngine _bob;
    private readonly Instant _now = Instant.Zero;

    public SignalRouterEngineTests()
    {
        _alice = Add(Samples.Alice);
        _carol = Add(Samples.Carol, new RoutingLimits { FrameBurst = 20, FrameRatePerSecond = 1 });
        _bob = Add(Samples.Bob);
        Connect(Samples.Alice, Samples.Carol);
        Connect(Samples.Carol, Samples.Bob);
    }

    [Fact]
    public void Send_OverThePeerBetween_ArrivesAndOpens()
    {
        var signal = Samples.Seal(Samples.Alice, Samples.Bob.Id);
        Assert.True(_alice.Send(Samples.Carol.Id, signal));
        Run();

        var received = Assert.IsType<SignalRouterEvent.SignalReceived>(_events[Samples.Bob.Id].Single());
        Assert.Equal(Samples.Carol.Id, received.Via);
        Assert.True(SignalSealer.TryOpen(Samples.Bob, received.Signal, out _, out _));
        Assert.False(SignalSealer.TryOpen(Samples.Carol, received.Signal, out _, out _));
        Assert.Empty(_events[Samples.Alice.Id]);
        Assert.Equal(1, _carol.Carried);
    }

    [Fact]
    public void Send_ToThePeerItself_Arrives()
    {
        Assert.True(_alice.Send(Samples.Carol.Id, Samples.Seal(Samples.Alice, Samples.Carol.Id)));
        Run();

        Assert.IsType<SignalRouterEvent.SignalReceived>(_events[Samples.Carol.Id].Single());
    }

    [Fact]
    public void Send_OverAPeerThatIsNotConnected_IsFalse() =>
        Assert.False(_alice.Send(Samples.Bob.Id, Samples.Seal(Samples.Alice, Samples.Bob.Id)));

    [Fact]
    public void Send_ReceiverNotThere_IsNotConnectedAndMayBeSentAgain()
    {
        var signal = Samples.Seal(Samples.Alice, Samples.Bob.Id);
        _carol.PeerDisconnected(Samples.Bob.Id);
        AssertUndeliverable(signal, UndeliverableReason.NotConnected);

        Connect(Samples.Carol, Samples.Bob);
        _alice.Send(Samples.Carol.Id, signal);
        Run();
        Assert.IsType<SignalRouterEvent.SignalReceived>(_events[Samples.Bob.Id].Single());
    }

    [Fact]
    public void Send_AlteredReplayedExpiredOrForeign_IsUndeliverableWithItsReason()
    {
        var good = Samples.Seal(Samples.Alice, Samples.Bob.Id);
        _alice.Send(Samples.Carol.Id, good);
        Run();

        AssertUndeliverable(good, UndeliverableReason.Replayed);
        AssertUndeliverable(Samples.Seal(Samples.Alice, Samples.Bob.Id) with { Box = new byte[40] }, UndeliverableReason.BadSignature);
        var tooLong = Samples.Seal(Samples.Alice, Samples.Bob.Id);
        AssertUndeliverable(Samples.Resign(Samples.Alice, tooLong with { ExpiresUnixMs = tooLong.ExpiresUnixMs + 1 }), UndeliverableReason.BadTimes);
        AssertUndeliverable(Samples.Seal(Samples.Bob, Samples.Alice.Id) with { To = Samples.Bob.Id }, UndeliverableReason.NotYours);
        Assert.Single(_events[Samples.Bob.Id]);
        Assert.Equal(1, _carol.Carried);
    }

    [Fact]
    public void Send_MoreThanTheRate_IsRateLimitedAndRecovers()
    {
        for (var i = 0; i < 21; i++)
        {
            _alice.Send(Samples.Carol.Id, Samples.Seal(Samples.Alice, Samples.Bob.Id));
        }

        Run();
        Assert.Equal(20, _events[Samples.Bob.Id].Count);
        Assert.Equal(UndeliverableReason.RateLimited, Assert.IsType<SignalRouterEvent.Undeliverable>(_events[Samples.Alice.Id].Single()).Reason);

        _alice.Send(Samples.Carol.Id, Samples.Seal(Samples.Alice, Samples.Bob.Id));
        Run(_now.AddMs(1_000));
        Assert.Equal(21, _events[Samples.Bob.Id].Count);
    }

    [Fact]
    public void HandleData_SignalThatCameOverAnExchangeBefore_CountsOnce()
    {
        var gate = new SignalGate(Samples.Bob.Id);
        var bob = Add(Samples.Bob, gate: gate);
        Connect(Samples.Carol, Samples.Bob);
        var signal = Samples.Seal(Samples.Alice, Samples.Bob.Id);
        Assert.Equal(SignalVerdict.Accepted, gate.Check(_now, Samples.NowUnixMs, signal));
        _alice.Send(Samples.Carol.Id, signal);
        Run();

        Assert.Empty(_events[Samples.Bob.Id]);
        Assert.False(bob.TryPollEvent(out _));
    }

    [Fact]
    public void Inform_OverThePeerBetween_TellsTheOther()
    {
        Assert.True(_alice.Inform(Samples.Carol.Id, Samples.Bob.Id));
        Run();

        Assert.Equal(new SignalRouterEvent.Informed(Samples.Alice.Id, Samples.Carol.Id), _events[Samples.Bob.Id].Single());
    }

    [Fact]
    public void Inform_AboutSomebodyWhoIsNotThere_IsDropped()
    {
        _carol.PeerDisconnected(Samples.Bob.Id);
        _alice.Inform(Samples.Carol.Id, Samples.Bob.Id);
        _alice.Inform(Samples.Carol.Id, Samples.Alice.Id);
        Run();

        Assert.Equal(2, _carol.Dropped);
        Assert.All(_events.Values, Assert.Empty);
    }

    [Theory]
    [InlineData("0100")]
    [InlineData("0200")]
    [InlineData("0301ff")]
    [InlineData("0400")]
    [InlineData("01c000000000000000")]
    public void HandleData_Nonsense_IsAViolationOfThatPeerOnly(string hex)
    {
        _carol.HandleData(_now, Samples.NowUnixMs, Samples.Alice.Id, Convert.FromHexString(hex));
        Run();
        Assert.Equal(Samples.Alice.Id, Assert.IsType<SignalRouterEvent.Violated>(_events[Samples.Carol.Id].Single()).Peer);

        // What follows on the same substream is not looked at.
        _carol.HandleData(_now, Samples.NowUnixMs, Samples.Alice.Id, RoutingFrame.Inform(Samples.Bob.Id));
        Assert.False(_carol.TryPollTransmit(out _, out _));
        Assert.True(_carol.Send(Samples.Bob.Id, Samples.Seal(Samples.Carol, Samples.Bob.Id)));
    }

    [Fact]
    public void HandleData_FrameOfALaterVersion_IsSkipped()
    {
        _carol.HandleData(_now, Samples.NowUnixMs, Samples.Alice.Id, [0x55, 0x03, 1, 2, 3, .. RoutingFrame.Inform(Samples.Bob.Id)]);
        Run();

        Assert.IsType<SignalRouterEvent.Informed>(_events[Samples.Bob.Id].Single());
    }

    [Fact]
    public void HandleData_RandomBytes_NeverThrowsAndKeepsItsBounds()
    {
        for (ulong seed = 1; seed <= 300; seed++)
        {
            var random = new SeededRandomSource(seed);
            var limits = new RoutingLimits { MaximumQueuedEvents = 8, MaximumQueuedFrames = 8 };
            var node = new SignalRouterEngine(Samples.Carol.Id, new SignalGate(Samples.Carol.Id), limits);
            node.PeerConnected(Samples.Alice.Id);
            node.PeerConnected(Samples.Bob.Id);
            for (var i = 0; i < 60; i++)
            {
                var frame = random.NextInt32(0, 4) switch
                {
                    0 => RoutingFrame.Informed(Samples.Bob.Id),
                    1 => RoutingFrame.Inform(Samples.Bob.Id),
                    2 => RoutingFrame.Undeliverable(SignalId.Generate(random), UndeliverableReason.NotConnected),
                    _ => RoutingFrame.Signal(Samples.Seal(Samples.Alice, Samples.Bob.Id, random: random)),
                };
                if (random.Chance(0.1))
                {
                    frame[random.NextInt32(0, frame.Length)] = (byte)random.NextInt32(0, 256);
                }

                node.HandleData(_now, Samples.NowUnixMs, Samples.Alice.Id, frame.AsSpan(0, random.Chance(0.1) ? random.NextInt32(0, frame.Length) : frame.Length));
            }

            var events = 0;
            while (node.TryPollEvent(out _))
            {
                events++;
            }

            var frames = 0;
            while (node.TryPollTransmit(out _, out _))
            {
                frames++;
            }

            Assert.True(events <= limits.MaximumQueuedEvents + 1 && frames <= limits.MaximumQueuedFrames, $"seed {seed}: {events} events, {frames} frames");
        }
    }

    private SignalRouterEngine Add(KeyPair key, RoutingLimits? limits = null, SignalGate? gate = null)
    {
        var node = new SignalRouterEngine(key.Id, gate ?? new SignalGate(key.Id), limits);
        _nodes[key.Id] = node;
        _events[key.Id] = [];
        return node;
    }

    private void Connect(KeyPair a, KeyPair b)
    {
        _nodes[a.Id].PeerConnected(b.Id);
        _nodes[b.Id].PeerConnected(a.Id);
    }

    private void AssertUndeliverable(SealedSignal signal, UndeliverableReason expected)
    {
        Assert.True(_alice.Send(Samples.Carol.Id, signal));
        Run();
        Assert.Equal(new SignalRouterEvent.Undeliverable(signal.Id, expected, Samples.Carol.Id), _events[Samples.Alice.Id].Last());
    }

    private void Run(Instant? at = null)
    {
        for (var moved = true; moved;)
        {
            moved = false;
            foreach (var (id, node) in _nodes)
            {
                while (node.TryPollTransmit(out var to, out var frame))
                {
                    moved = true;
                    _nodes[to].HandleData(at ?? _now, Samples.NowUnixMs, id, frame);
                }
            }
        }

        foreach (var (id, node) in _nodes)
        {
            while (node.TryPollEvent(out var e))
            {
                _events[id].Add(e);
            }
        }
    }
}
