using KillaBeez.Actors.Nodes;
using KillaBeez.Actors.Messages;
using KillaBeez.Actors.Tests.Worlds;
using KillaBeez.Actors.Transport;
using KillaBeez.Swarm.Signaling;
using KillaBeez.Swarm.Signaling.Exchange.Messages;

namespace KillaBeez.Actors.Tests.BadInput;

/// <summary>
/// An exchange, or somebody who speaks through it, that hands a node signals which are expired, replayed, altered
/// or too large. Each is counted and dropped; no state is made for the stranger that it names.
/// </summary>
public sealed class HostileExchangeTests : IDisposable
{
    private readonly World _world = new(11);
    private readonly KeyPair _key = KeyPair.Generate(new SeededRandomSource(21));
    private readonly KeyPair _stranger = KeyPair.Generate(new SeededRandomSource(22));
    private readonly SeededRandomSource _random = new(23);
    private readonly List<string> _failures = [];
    private readonly InjectingExchange _exchange;
    private readonly SimulatedNode _friend;
    private readonly SimulatedNode _victim;
    private readonly Peer _friendAtVictim;

    public HostileExchangeTests()
    {
        _exchange = new InjectingExchange(new SimulatedExchangeConnector([_world.Swarm.Exchange]));
        var host = _world.Network.AddHost(_key.Id);
        var environment = new SwarmEnvironment
        {
            Identity = _key,
            Options = new SwarmOptions { Exchanges = { _world.Swarm.Exchange.Uri } },
            Transport = new SimulatedLinkTransport(_world.Network, host),
            Exchanges = _exchange,
            Random = new SeededRandomSource(24),
            ApplicationScheduler = new SimulationPipeScheduler(_world.Swarm.Simulation),
            DispatchEventsInline = true,
            ApplicationContext = _world.Swarm.Simulation.ApplicationContext,
        };
        var system = _world.Swarm.Simulation.CreateSystem("victim");
        _world.Swarm.Simulation.FailureObserver = failure => _failures.Add($"{failure.Actor}: {failure.Cause}");
        _victim = new SimulatedNode(_world.Swarm, host, _world.Swarm.Simulation.Do(() => NodeRegistry.Of(system).Start(name: null, environment)), system, environment);
        _friend = _world.Swarm.AddNode();
        (_, _friendAtVictim) = _world.Connect(_friend, _victim);
    }

    private long UnixMs => _world.Swarm.Simulation.UtcNow.ToUnixTimeMilliseconds();

    public void Dispose()
    {
        _world.Dispose();
        _key.Dispose();
        _stranger.Dispose();
    }

    [Fact]
    public void SignalThatIsGood_ReachesThePeer()
    {
        // What the other tests inject is dropped for its faults, not because nothing gets through here.
        var transport = new SimulatedLinkTransport(_world.Network, _world.Network.AddHost(_stranger.Id));
        _exchange.HidesErrors = true;
        string? offer = null;
        _world.Swarm.Simulation.Post(() => transport.Offer(new OfferObserver(text => offer = text)));
        _world.RunFor(0.1);
        Inject(SignalSealer.Seal(_stranger, _key.Id, Offer() with { Body = offer! }, UnixMs, _random));
        Assert.Equal(0, Dropped());
        Assert.True(KnowsTheStranger, "a good offer of a stranger is answered");
    }

    [Fact]
    public void ExpiredSignal_IsDroppedAndCounted()
    {
        var old = Seal(UnixMs - SignalLimits.MaximumLifetimeMs - SignalLimits.ClockSkewMs - 1);
        InjectBad(old, SignalVerdict.Expired);
    }

    [Fact]
    public void SignalFromTheFuture_IsDroppedAndCounted() =>
        InjectBad(Seal(UnixMs + SignalLimits.ClockSkewMs + 10_000), SignalVerdict.FromTheFuture);

    [Fact]
    public void SignalThatLivesTooLong_IsDroppedAndCounted()
    {
        var signal = Seal();
        InjectBad(signal with { ExpiresUnixMs = signal.ExpiresUnixMs + 1 }, SignalVerdict.LifetimeTooLong);
    }

    [Fact]
    public void SignalForAnotherKey_IsDroppedAndCounted() =>
        InjectBad(SignalSealer.Seal(_stranger, _friend.Id, Offer(), UnixMs, _random), SignalVerdict.NotForMe);

    [Fact]
    public void SignalFromTheNodeItself_IsDroppedAndCounted() =>
        InjectBad(SignalSealer.Seal(_key, _key.Id, Offer(), UnixMs, _random), SignalVerdict.ToItself);

    [Fact]
    public void AlteredSignal_IsDroppedAndCountedWhateverWasAltered()
    {
        var good = Seal();
        SealedSignal[] altered =
        [
            good with { From = _friend.Id },
            good with { Id = new SignalId(PipeHelper.Content(1, SignalId.SizeBytes)) },
            good with { CreatedUnixMs = good.CreatedUnixMs + 1 },
            good with { ExpiresUnixMs = good.ExpiresUnixMs - 1 },
            good with { EphemeralKey = Changed(good.EphemeralKey) },
            good with { Box = Changed(good.Box) },
            good with { Signature = Changed(good.Signature) },
        ];
        foreach (var signal in altered)
        {
            Inject(signal);
        }

        Assert.Equal(altered.Length, Counters().Verdicts[SignalVerdict.BadSignature]);
        AssertNothingWasDone(altered.Length);
    }

    [Fact]
    public void SignalWhoseBoxIsForNobody_IsDroppedAndCounted()
    {
        // Rightly signed by a key that exists, around bytes that are no box.
        var good = Seal();
        var box = PipeHelper.Content(9, good.Box.Length);
        var unsigned = good with { Box = box, Signature = new byte[SealedSignal.SignatureBytes] };
        var signature = new byte[SealedSignal.SignatureBytes];
        _stranger.Sign(SignaturePurpose.Signal, unsigned.ToBinary().AsSpan(..^SealedSignal.SignatureBytes), signature);
        Inject(unsigned with { Signature = signature });
        Assert.Equal(1, Counters().Opened[SignalOpenError.BadBox]);
        AssertNothingWasDone(dropped: 0);
    }

    [Fact]
    public void ReplayedSignals_AreDroppedAndCounted()
    {
        // Everything that the friend's call has sent here, again, beside the session that came of it.
        var signals = _exchange.Told.Where(IsSignal).ToArray();
        Assert.NotEmpty(signals);
        Array.ForEach(signals, Inject);
        Assert.Equal(signals.Length, Counters().Verdicts[SignalVerdict.Replayed]);
        Assert.Equal(1, _world.Network.LinkCount);
        AssertNothingWasDone(signals.Length);
    }

    [Fact]
    public void OversizedMessage_EndsTheConnectionWithAReasonAndTheNextOneWorks()
    {
        var events = _world.Record(_victim);
        var body = new string('x', SignalLimits.MaximumMessageBytes);
        Inject(System.Text.Encoding.UTF8.GetBytes($$"""{"type":"signal","signal":{"v":1,"box":"{{body}}"} }"""));
        var lost = events.OfType<ExchangeStateEvent>().Single(e => e.Reason is not null);
        Assert.Contains("cannot be read (TooLarge)", lost.Reason, StringComparison.Ordinal);
        _world.Until(() => events.OfType<ExchangeStateEvent>().Last().IsReady, "the exchange is connected again", World.Soon);
        AssertNothingWasDone(dropped: 0);
    }

    [Theory]
    [InlineData("")]
    [InlineData("no json")]
    [InlineData("""{"type":"signal"}""")]
    [InlineData("""{"type":"signal","signal":{"v":1}}""")]
    [InlineData("""{"type":"challenge","version":1}""")]
    [InlineData("""{"type":"ready","key":"0000"}""")]
    public void MalformedMessage_EndsTheConnectionWithAReasonAndTheNextOneWorks(string text)
    {
        var events = _world.Record(_victim);
        Inject(System.Text.Encoding.UTF8.GetBytes(text));
        var lost = events.OfType<ExchangeStateEvent>().Single(e => e.Reason is not null);
        Assert.Contains("cannot be read", lost.Reason, StringComparison.Ordinal);
        _world.Until(() => events.OfType<ExchangeStateEvent>().Last().IsReady, "the exchange is connected again", World.Soon);
        AssertNothingWasDone(dropped: 0);
    }

    private bool KnowsTheStranger => ActorTree.Below(_victim, $"/killabeez/peers/{_stranger.Id}").Any();

    private static SignalContent Offer() =>
        new() { Kind = SignalKind.Offer, Call = SignalCallId.Generate(new SeededRandomSource(25)), Body = "sim-offer 999" };

    private static byte[] Changed(ReadOnlyMemory<byte> bytes)
    {
        var changed = bytes.ToArray();
        changed[^1] ^= 1;
        return changed;
    }

    private static bool IsSignal(byte[] message) =>
        ExchangeMessage.TryParse(message, out var parsed, out _) && parsed is SignalMessage;

    private SealedSignal Seal(long? createdUnixMs = null) =>
        SignalSealer.Seal(_stranger, _key.Id, Offer(), createdUnixMs ?? UnixMs, _random);

    private void InjectBad(SealedSignal signal, SignalVerdict verdict)
    {
        Inject(signal);
        Assert.Equal(1, Counters().Verdicts[verdict]);
        AssertNothingWasDone(dropped: 1);
    }

    private void Inject(SealedSignal signal) => Inject(new SignalMessage { Signal = signal }.ToJson());

    private void Inject(byte[] message)
    {
        _world.Swarm.Simulation.Post(() => _exchange.Inject(message));
        _world.RunFor(0.1);
    }

    private SignalCounters Counters()
    {
        SignalCounters? counters = null;
        _victim.Node.Guardian.Tell(new GuardianMessages.AskCounters(answer => counters = answer), ActorRefs.NoSender);
        _world.Until(() => counters is not null, "the guardian answers", World.Soon);
        return counters!;
    }

    private long Dropped() => Counters().Verdicts.Where(v => v.Key != SignalVerdict.Accepted).Sum(v => v.Value);

    private void AssertNothingWasDone(int dropped)
    {
        Assert.Equal(dropped, Dropped());
        Assert.False(KnowsTheStranger, "state was made for a stranger");
        Assert.Empty(_failures);
        Assert.Equal(0, _victim.PendingLinks);
        Assert.True(_friendAtVictim.IsConnected, "another peer was harmed");
        Assert.True(_world.Run(() => _friendAtVictim.PingAsync()) < TimeSpan.FromSeconds(1));

        var caller = _world.Swarm.AddNode(new SwarmOptions { MeshDegree = 0 });
        _world.RunFor(1);
        Assert.True(_world.Run(() => caller.CallAsync(_key.Id)).IsConnected, "a good call does not get through");
    }
}
