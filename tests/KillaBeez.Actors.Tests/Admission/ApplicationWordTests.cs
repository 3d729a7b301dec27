using Akka.Event;
using KillaBeez.Actors.Tests.Worlds;
using KillaBeez.Messages;

namespace KillaBeez.Actors.Tests.Admission;

/// <summary>The application says who gets a link: by a handler, and by an actor.</summary>
public sealed class ApplicationWordTests : IDisposable
{
    private static readonly string[] _candidates = [.. Enumerable.Range(1, 20).Select(i => $"candidate-{i}")];

    private readonly World _world = new(41);
    private readonly List<IncomingCall> _asked = [];
    private readonly SimulatedNode _caller;
    private readonly SimulatedNode _called;
    private CandidateTransport? _calledLinks;

    public ApplicationWordTests()
    {
        _caller = _world.AddBehind(transport: links => new CandidateTransport(links, _candidates));
        _called = _world.AddBehind(transport: links => _calledLinks = new CandidateTransport(links, []));
        _world.RunFor(1);
    }

    public void Dispose()
    {
        Assert.Equal(0, _world.Swarm.ForeignPosts);
        _world.Dispose();
    }

    [Fact]
    public void Refuse_TheCallerIsToldTheCode_AndNothingIsMadeForIt()
    {
        AnswerAfter(TimeSpan.Zero, CallAdmission.Refuse(4711));
        var links = 0;
        Task<Peer>? call = null;
        _world.Swarm.Simulation.Post(() => call = _caller.CallAsync(_called.Id));
        _world.Until(
            () =>
            {
                links = Math.Max(links, _called.PendingLinks);
                return call is { IsCompleted: true };
            },
            "the call is over",
            World.Soon);
        var failure = Assert.IsType<KillaBeezException>(call!.Exception!.InnerException);
        Assert.Equal(KillaBeezError.CallRefused, failure.Error);
        Assert.Contains("4711", failure.Message, StringComparison.Ordinal);
        Assert.Equal(0, links);
        Assert.Empty(ActorTree.Below(_called, $"/killabeez/peers/{_caller.Id}"));

        // It is not asked again at once.
        Assert.Equal(KillaBeezError.CallRefused, _world.Fails(() => _caller.CallAsync(_called.Id)).Error);
        var asked = Assert.Single(_asked);
        Assert.Equal((_caller.Id, null, true), (asked.Caller, asked.IntroducedBy, asked.IsByApplication));
    }

    [Fact]
    public void Accept_AfterAWhile_WhatCameMeanwhileIsThereInOrder()
    {
        AnswerAfter(TimeSpan.FromSeconds(0.4), CallAdmission.Accept);
        Assert.True(_world.Run(() => _caller.CallAsync(_called.Id)).IsConnected);
        Assert.Equal(_candidates, _calledLinks!.Received);
        Assert.Single(_asked);
    }

    [Fact]
    public void NoAnswer_IsARefusalInItsTime()
    {
        var isCancelled = false;
        _called.Node.Admission = async (_, cancellationToken) =>
        {
            cancellationToken.Register(() => isCancelled = true);
            await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
            return CallAdmission.Accept;
        };
        var begun = _world.Swarm.Now;
        Assert.Equal(KillaBeezError.CallRefused, _world.Fails(() => _caller.CallAsync(_called.Id)).Error);
        Assert.InRange((_world.Swarm.Now - begun).TotalSeconds, 4.9, 5.5);
        Assert.True(isCancelled);
    }

    [Fact]
    public void HandlerThatThrows_RefusesAndIsLogged()
    {
        List<LogEvent> logged = [];
        var node = _world.AddConfigured("akka.loglevel = DEBUG", system => system.EventStream.Subscribe(
            system.ActorOf(Props.Create(() => new Recorder(logged)), "log"), typeof(LogEvent)));
        node.Node.Admission = (_, _) => throw new InvalidOperationException("a handler that fails");
        _world.RunFor(1);
        Assert.Equal(KillaBeezError.CallRefused, _world.Fails(() => _caller.CallAsync(node.Id)).Error);
        Assert.Contains(logged, e => e.LogLevel() == LogLevel.ErrorLevel && e.Cause?.Message == "a handler that fails");
    }

    [Fact]
    public void OwnCall_WhileTheQuestionIsOpen_AnswersIt()
    {
        AnswerAfter(TimeSpan.FromSeconds(4), CallAdmission.Refuse());
        Task<Peer>? call = null;
        _world.Swarm.Simulation.Post(() => call = _caller.CallAsync(_called.Id));
        _world.Until(() => _asked.Count == 1, "it is asked", World.Soon);
        Assert.True(_world.Run(() => _called.CallAsync(_caller.Id)).IsConnected);
        Assert.True(_world.Run(() => call!).IsConnected);
        _world.RunFor(10);
        Assert.Equal([_caller.Id], _called.PeerIds);
    }

    [Fact]
    public void Mesh_IsAskedAboutToo()
    {
        _called.Node.Admission = (call, _) =>
        {
            _asked.Add(call);
            return Task.FromResult(call.IsByApplication ? CallAdmission.Accept : CallAdmission.Refuse());
        };
        var third = _world.Swarm.AddNode();
        _world.RunFor(1);
        Assert.True(_world.Run(() => _caller.CallAsync(_called.Id)).IsConnected);
        Assert.True(_world.Run(() => _caller.CallAsync(third.Id)).IsConnected);
        _world.RunFor(60);
        Assert.Equal([_caller.Id], _called.PeerIds);
        Assert.Contains(_asked, call => call.Caller == third.Id && !call.IsByApplication);
    }

    [Fact]
    public void Actor_AnswersCalls_UntilItEnds()
    {
        var (first, second) = (new Protocol.Inbox(_called, _world.Swarm.Simulation, "first"), new Protocol.Inbox(_called, _world.Swarm.Simulation, "second"));
        Tell(new AnswerCalls(), first);
        Tell(new AnswerCalls(), second);
        _world.Until(() => first.Find<AnsweringCalls>() is not null && second.Find<AnswerCallsFailed>() is not null, "both have their answers", World.Soon);

        Task<Peer>? call = null;
        _world.Swarm.Simulation.Post(() => call = _caller.CallAsync(_called.Id));
        _world.Until(() => first.Find<CallOffered>() is not null, "the actor is asked", World.Soon);
        var offered = first.Find<CallOffered>()!;
        Assert.Equal((_caller.Id, true), (offered.Call.Caller, offered.Call.IsByApplication));
        _world.Swarm.Simulation.Post(() => offered.Refuse(9));
        Assert.Contains("with code 9", _world.Fails(() => call!).Message, StringComparison.Ordinal);

        // Another caller, that is asked about when the actor ends.
        var other = _world.Swarm.AddNode();
        _world.RunFor(1);
        _world.Swarm.Simulation.Post(() => call = other.CallAsync(_called.Id));
        _world.Until(() => first.Received.OfType<CallOffered>().Count() == 2, "the actor is asked again", World.Soon);
        _world.Swarm.Simulation.Do(() => first.Ref.Tell(PoisonPill.Instance, ActorRefs.NoSender));
        Assert.Equal(KillaBeezError.CallRefused, _world.Fails(() => call!).Error);

        Tell(new AnswerCalls(), second);
        _world.Until(() => second.Find<AnsweringCalls>() is not null, "another has its place", World.Soon);
        Tell(new StopAnsweringCalls(), second);
        var unasked = _world.Swarm.AddNode();
        _world.RunFor(1);
        Assert.True(_world.Run(() => unasked.CallAsync(_called.Id)).IsConnected);
    }

    private void AnswerAfter(TimeSpan time, CallAdmission answer) => _called.Node.Admission = async (call, cancellationToken) =>
    {
        _asked.Add(call);
        await Task.Delay(time, _world.Swarm.TimeProvider, cancellationToken);
        return answer;
    };

    private void Tell(SwarmCommand command, Protocol.Inbox from) => _world.Swarm.Simulation.Do(() => _called.Node.Guardian.Tell(command, from.Ref));

    private sealed class Recorder : ReceiveActor
    {
        public Recorder(List<LogEvent> events) => Receive<LogEvent>(events.Add);
    }
}
