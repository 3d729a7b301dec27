using Akka.Event;
using KillaBeez.Actors.Messages;
using KillaBeez.Actors.Nodes;
using KillaBeez.Actors.Tests.Worlds;
using KillaBeez.Swarm.Signaling;

namespace KillaBeez.Actors.Tests.Logging;

/// <summary>The lines of docs/logging.md come, each at its level, and where a level is off they do not.</summary>
public sealed class SwarmLogTests : IDisposable
{
    private const string Debug = "akka.loglevel = DEBUG";

    private readonly World _world = new();
    private readonly List<LogEvent> _events = [];

    public void Dispose() => _world.Dispose();

    [Fact]
    public void Session_FromCallToClose_IsTold()
    {
        var (a, b, bAtA) = Pair(Debug);
        Assert.Contains(Line(LogLevel.InfoLevel, "Exchange ws://exchange.simulated/ is ready"), Lines());
        Assert.Contains(Line(LogLevel.DebugLevel, $"Link 1 to peer {b.Id.ToShortString()} is up: Simulated"), Lines());
        Assert.Contains(Line(LogLevel.InfoLevel, $"Peer {b.Id.ToShortString()} is up"), Lines());

        _world.Run(() => bAtA.CloseAsync());
        _world.RunFor(5);

        Assert.Contains(Line(LogLevel.InfoLevel, $"Peer {b.Id.ToShortString()} is down: \"Closed\""), Lines());
        Assert.Contains(Lines(), line => line.StartsWith($"DebugLevel Link 1 to peer {b.Id.ToShortString()} is down: \"", StringComparison.Ordinal));
    }

    [Fact]
    public void Session_ItsLinkIsCut_IsTold()
    {
        var (a, b, _) = Pair(Debug);
        var (stalled, resumed) = (
            Line(LogLevel.InfoLevel, $"Peer {b.Id.ToShortString()} has stalled: it has no link, another is being made"),
            Line(LogLevel.InfoLevel, $"Peer {b.Id.ToShortString()} has resumed over another link"));
        Assert.DoesNotContain(stalled, Lines());

        Assert.Equal(1, _world.Network.CutLinks(a.Id, b.Id));
        _world.Until(() => Lines().Contains(resumed), "the peer resumes");

        Assert.Contains(stalled, Lines().TakeWhile(line => line != resumed));
        Assert.Single(Lines(), line => line.EndsWith($"Peer {b.Id.ToShortString()} is up", StringComparison.Ordinal));
    }

    [Fact]
    public void Exchange_LostAndFoundAgain_IsToldOnceEach()
    {
        var (_, _, _) = Pair(Debug);
        _world.Swarm.Exchange.Stop();
        _world.RunFor(120);

        var lost = Lines().Where(line => line.Contains("Exchange ws://exchange.simulated/ is lost: \"", StringComparison.Ordinal)).ToList();
        var retries = Lines().Where(line => line.Contains("Exchange ws://exchange.simulated/ cannot be reached: \"", StringComparison.Ordinal)).ToList();
        Assert.StartsWith("WarningLevel", Assert.Single(lost), StringComparison.Ordinal);
        Assert.True(retries.Count > 2, $"{retries.Count} retries");
        Assert.All(retries, line => Assert.StartsWith("DebugLevel", line, StringComparison.Ordinal));

        _world.Swarm.Exchange.Start();
        _world.RunFor(60);
        Assert.Equal(2, Lines().Count(line => line == Line(LogLevel.InfoLevel, "Exchange ws://exchange.simulated/ is ready")));
    }

    [Fact]
    public void Exchange_NeverReached_IsWarnedOfOnce()
    {
        _world.Swarm.Exchange.Stop();
        Add(Debug);
        _world.RunFor(120);

        Assert.Single(Lines(), line => line.StartsWith("WarningLevel Exchange ws://exchange.simulated/ cannot be reached: \"", StringComparison.Ordinal));
        Assert.DoesNotContain(Lines(), line => line.Contains("is lost", StringComparison.Ordinal));
    }

    [Fact]
    public void Exchange_ClosesWithATextOfItsOwn_ForgesNoLine()
    {
        var (a, _, _) = Pair(Debug);
        ActorTree.Find(a, "killabeez/signaling")!.Tell(new ExchangeMessages.State(0, IsReady: false, "bye\"\r\n[ERROR] \u001b[31mforged"), ActorRefs.NoSender);
        _world.RunFor(0.01);

        Assert.Contains(Line(LogLevel.WarningLevel, "Exchange ws://exchange.simulated/ is lost: \"bye'[ERROR] [31mforged\""), Lines());
    }

    [Fact]
    public void Peer_FailingAgainAndAgain_IsWarnedOf()
    {
        var (a, b, _) = Pair(Debug);
        var quarantined = Line(LogLevel.WarningLevel, $"Peer {b.Id.ToShortString()} failed 2 times in a row at this side and is in quarantine for 2 s");
        for (var i = 0; i < 2; i++)
        {
            Assert.DoesNotContain(quarantined, Lines());
            _world.Until(() => ActorTree.Find(a, $"killabeez/peers/{b.Id}") is not null, "the peer has an actor");
            Crash.Peer(ActorTree.PeerActorOf(a, b.Id));
            _world.RunFor(0.01);
            if (i == 0)
            {
                _world.Run(() => a.CallAsync(b.Id));
            }
        }

        Assert.Contains(quarantined, Lines());
        _world.Fails(() => a.CallAsync(b.Id));
        _world.RunFor(0.01);
        Assert.Contains(Line(LogLevel.InfoLevel, $"Call to peer {b.Id.ToShortString()} failed: \"{b.Id.ToShortString()} failed repeatedly and is not called for a while\""), Lines());
    }

    [Fact]
    public void Handler_Throws_IsAnErrorWithItsException()
    {
        var (a, b, bAtA) = Pair(Debug);
        b.Node.SubstreamOpened += (_, _) => { };
        var failure = new InvalidOperationException("the handler's own");
        a.Node.SubstreamOpened += (_, _) => throw failure;
        a.Node.PeerDisconnected += (_, _) => throw failure;

        var aAtB = b.Node.Peers.Single();
        Assert.Equal(KillaBeezError.SubstreamRefused, _world.Fails(() => aAtB.OpenAsync("test")).Error);
        _world.Run(() => bAtA.CloseAsync());
        _world.RunFor(1);

        var errors = _events.OfType<Error>().ToList();
        Assert.All(errors, error => Assert.Same(failure, error.Cause));
        Assert.Equal(
            ["A handler of the application failed at SubstreamOpenedEvent", "A handler of the application failed at PeerDisconnectedEvent"],
            errors.Select(error => error.Message.ToString()));
    }

    [Fact]
    public void Call_ToNobody_IsToldWithItsReason()
    {
        var a = Add(Debug);
        _world.RunFor(1);
        using var nobody = KeyPair.Generate(new SeededRandomSource(77));
        _world.Fails(() => a.CallAsync(nobody.Id));
        _world.RunFor(0.01);

        Assert.Contains(Lines(), line => line.StartsWith($"InfoLevel Call to peer {nobody.Id.ToShortString()} failed: \"Nobody knows ", StringComparison.Ordinal));
    }

    [Fact]
    public void Signal_NotForThisNode_IsDroppedAndTold()
    {
        var a = Add(Debug);
        _world.RunFor(1);
        using var sender = KeyPair.Generate(new SeededRandomSource(78));
        using var other = KeyPair.Generate(new SeededRandomSource(79));
        var now = _world.Swarm.Simulation.UtcNow.ToUnixTimeMilliseconds();
        var content = new SignalContent { Kind = SignalKind.Goodbye, Call = default, Body = "bye" };
        var signal = SignalSealer.Seal(sender, other.Id, content, now, new SeededRandomSource(80));
        ActorTree.Find(a, "killabeez/signaling")!.Tell(new ExchangeMessages.Received(0, signal), ActorRefs.NoSender);
        _world.RunFor(0.01);

        Assert.Contains(Line(LogLevel.DebugLevel, $"Signal from {sender.Id.ToShortString()} was dropped: {SignalVerdict.NotForMe}"), Lines());
    }

    /// <summary>Nobody may have asked for anything, so nobody would hear of it otherwise.</summary>
    [Fact]
    public void Start_Fails_IsToldAsAnError()
    {
        var simulation = _world.Swarm.Simulation;
        var (system, launch) = (simulation.CreateSystem("failing", Debug), new NodeLaunch());
        EventRecorder.Record(system, _events);
        var guardian = simulation.Do(() => system.ActorOf(Props.Create(() => new SwarmGuardian(launch)), "killabeez"));
        simulation.Do(() => guardian.Tell(new GuardianMessages.LaunchFailed("no socket"), ActorRefs.NoSender));
        _world.RunFor(0.01);

        Assert.Contains(Line(LogLevel.ErrorLevel, "The node could not be started: \"no socket\""), Lines());
    }

    [Theory]
    [InlineData("WARNING", LogLevel.WarningLevel)]
    [InlineData("INFO", LogLevel.InfoLevel)]
    [InlineData("OFF", null)]
    public void Levels_BelowTheConfigured_AreSilent(string level, LogLevel? least)
    {
        var (a, b, bAtA) = Pair($"akka.loglevel = {level}");
        _world.Network.CutLinks(a.Id, b.Id);
        _world.RunFor(30);
        _world.Swarm.Exchange.Stop();
        _world.RunFor(60);
        _world.Run(() => bAtA.CloseAsync());
        _world.RunFor(5);

        Assert.All(_events, e => Assert.True(e.LogLevel() >= least, e.ToString()));
        Assert.Equal(least is not null, Lines().Exists(line => line.Contains("is lost", StringComparison.Ordinal)));
        Assert.Equal(least == LogLevel.InfoLevel, Lines().Exists(line => line.Contains("has stalled", StringComparison.Ordinal)));
    }

    private static string Line(LogLevel level, string message) => $"{level} {message}";

    private SimulatedNode Add(string hocon) => _world.AddConfigured(hocon, system => EventRecorder.Record(system, _events));

    /// <summary>A node that is listened to has called another.</summary>
    private (SimulatedNode A, SimulatedNode B, Peer BAtA) Pair(string hocon)
    {
        var (a, b) = (Add(hocon), _world.Swarm.AddNode());
        var (bAtA, _) = _world.Connect(a, b);
        return (a, b, bAtA);
    }

    private List<string> Lines() => [.. _events.Select(e => Line(e.LogLevel(), e.Message.ToString()!))];
}
