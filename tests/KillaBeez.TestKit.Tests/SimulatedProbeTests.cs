using KillaBeez.TestKit.Tests.Simulations;

namespace KillaBeez.TestKit.Tests;

public sealed class SimulatedProbeTests : IDisposable
{
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);
    private readonly Simulation _simulation = new(1);
    private readonly ActorSystem _system;
    private readonly SimulatedProbe _probe;

    public SimulatedProbeTests()
    {
        _system = _simulation.CreateSystem("a");
        _probe = new SimulatedProbe(_simulation, _system, "probe");
    }

    public void Dispose()
    {
        _simulation.ThrowIfForeign();
        _simulation.Dispose();
    }

    [Fact]
    public void ExpectMsg_AnAnswer_TakesNoMoreTimeThanItNeeds()
    {
        var echo = _system.ActorOf(EchoActor.Of(_second * 3));
        _probe.Send(echo, "hello");
        Assert.Equal("hello", _probe.ExpectMsg<string>(TimeSpan.FromHours(1)));
        Assert.Equal(_second * 3, _simulation.Elapsed);
        Assert.Equal(echo, _probe.LastSender);
        _probe.Reply("again");
        Assert.Equal("again", _probe.ExpectMsg<string>(_second * 3));
    }

    [Fact]
    public void ExpectMsg_Nothing_SaysSo()
    {
        _simulation.RunFor(_second);
        var e = Assert.Throws<SimulatedProbeException>(() => _probe.ExpectMsg<string>(_second * 2));
        Assert.Equal("Expected a String within 00:00:02 of virtual time from 00:00:01 on, and nothing came.", e.Message);
        Assert.Equal(_second * 3, _simulation.Elapsed);
    }

    [Fact]
    public void ExpectMsg_AnotherMessage_SaysWhatCame()
    {
        _probe.Send(_system.ActorOf(EchoActor.Of(_second), "echo"), 7);
        var e = Assert.Throws<SimulatedProbeException>(() => _probe.ExpectMsg<string>(_second * 2));
        Assert.Equal("Expected a String within 00:00:02 of virtual time from 00:00:00 on, but what came was a Int32 (7) from akka://a/user/echo at 00:00:01.", e.Message);
    }

    [Fact]
    public void FishForMessage_AmongOthers_FindsItOrSaysWhatCame()
    {
        var echo = _system.ActorOf(EchoActor.Of());
        foreach (var number in Enumerable.Range(1, 5))
        {
            _probe.Send(echo, number);
            _simulation.RunReady();
        }

        Assert.Equal(3, _probe.FishForMessage<int>(n => n == 3, _second));
        Assert.Equal(4, _probe.ExpectMsg<int>(_second));
        var e = Assert.Throws<SimulatedProbeException>(() => _probe.FishForMessage<string>(null, _second));
        Assert.Contains("what came was a Int32 (5)", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ExpectNoMsg_Quiet_LetsThatTimePass()
    {
        _probe.ExpectNoMsg(_second * 5);
        Assert.Equal(_second * 5, _simulation.Elapsed);
        _probe.Send(_system.ActorOf(EchoActor.Of(_second)), 7);
        Assert.Throws<SimulatedProbeException>(() => _probe.ExpectNoMsg(_second * 2));
        Assert.Equal(_second * 6, _simulation.Elapsed);
    }

    [Fact]
    public void Watch_AnActorThatEnds_IsTold()
    {
        var actor = _system.ActorOf(EchoActor.Of());
        _probe.Watch(actor);
        _simulation.Do(() => _system.Stop(actor));
        Assert.Equal(actor, _probe.ExpectMsg<Terminated>(_second).ActorRef);
    }
}
