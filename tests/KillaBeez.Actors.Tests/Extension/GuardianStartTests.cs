using KillaBeez.Actors.Messages;
using KillaBeez.Actors.Nodes;
using KillaBeez.Messages;

namespace KillaBeez.Actors.Tests.Extension;

/// <summary>What a guardian is told before its node runs waits, and has an answer in any case.</summary>
public sealed class GuardianStartTests : IDisposable
{
    private static readonly PeerId _nobody = KeyPair.Generate(new SeededRandomSource(99)).Id;

    private readonly Simulation _simulation = new(1);
    private readonly SimulatedProbe _probe;
    private readonly NodeLaunch _launch = new();
    private readonly IActorRef _guardian;

    public GuardianStartTests()
    {
        var (system, launch) = (_simulation.CreateSystem("app", "killabeez.dispatcher.type = Dispatcher"), _launch);
        _probe = new SimulatedProbe(_simulation, system);
        _guardian = _simulation.Do(() => system.ActorOf(Props.Create(() => new SwarmGuardian(launch)), "killabeez"));
    }

    public void Dispose() => _simulation.Dispose();

    [Fact]
    public void Commands_WhereTheStartFails_AreAnsweredWithWhy()
    {
        Tell(new Call(_nobody), new OpenSubstream(_nobody, "chat"), new Listen("chat"), new GetPeers(), new Subscribe(_probe.Ref));
        _simulation.Do(() => _guardian.Tell(new GuardianMessages.LaunchFailed("no socket"), ActorRefs.NoSender));

        var failed = _probe.ExpectMsg<CallFailed>(TimeSpan.FromSeconds(1));
        Assert.Equal((_nobody, KillaBeezError.Closed), (failed.Target, failed.Error));
        Assert.Contains("could not be started: no socket", failed.Reason, StringComparison.Ordinal);
        Assert.Contains("no socket", _probe.ExpectMsg<SubstreamRefused>(TimeSpan.FromSeconds(1)).Reason, StringComparison.Ordinal);
        Assert.Contains("no socket", _probe.ExpectMsg<ListenFailed>(TimeSpan.FromSeconds(1)).Reason, StringComparison.Ordinal);
        Assert.Empty(_probe.ExpectMsg<ConnectedPeers>(TimeSpan.FromSeconds(1)).Peers);
        _probe.ExpectNoMsg(TimeSpan.FromSeconds(1));
        Assert.True(((ActorRefWithCell)_guardian).IsTerminated, "the guardian is still there");
    }

    [Fact]
    public void Commands_BeyondTheLimit_AreRefusedAtOnce()
    {
        const int limit = 10_000;
        Tell([.. Enumerable.Repeat(new GetPeers(), limit)]);
        Tell(new Call(_nobody));

        Assert.Equal(KillaBeezError.LimitExceeded, _probe.ExpectMsg<CallFailed>(TimeSpan.FromSeconds(1)).Error);
    }

    private void Tell(params SwarmCommand[] commands) => _simulation.Do(() =>
    {
        foreach (var command in commands)
        {
            _guardian.Tell(command, _probe.Ref);
        }
    });
}
