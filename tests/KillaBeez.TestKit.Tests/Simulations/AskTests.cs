namespace KillaBeez.TestKit.Tests.Simulations;

/// <summary>Ask, whose task and whose time limit would leave a simulation if nothing were done about them.</summary>
public sealed class AskTests : IDisposable
{
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);
    private readonly Simulation _simulation = new(1);
    private readonly ActorSystem _system;

    public AskTests() => _system = _simulation.CreateSystem("a", "akka.actor.ask-timeout = 20s");

    public void Dispose()
    {
        _simulation.ThrowIfForeign();
        _simulation.Dispose();
    }

    [Fact]
    public void Ask_WithoutAnAnswer_TimesOutAtItsVirtualTime()
    {
        var silent = _system.ActorOf(LambdaActor.Of(_ => { }));
        var answer = silent.Ask<string>("m", TimeSpan.FromSeconds(30));
        _simulation.RunFor(TimeSpan.FromSeconds(29.999));
        Assert.False(answer.IsCompleted);
        Assert.Throws<AskTimeoutException>(() => _simulation.RunUntilCompleted(answer, _second));
        Assert.Equal(TimeSpan.FromSeconds(30), _simulation.Elapsed);
        Assert.Equal(0, _simulation.TimerCount);
    }

    [Fact]
    public void Ask_WithTheLimitOfTheSettings_TimesOutAtItsVirtualTime()
    {
        var answer = _system.ActorOf(LambdaActor.Of(_ => { })).Ask<string>("m");
        Assert.Throws<AskTimeoutException>(() => _simulation.RunUntilCompleted(answer, TimeSpan.FromMinutes(1)));
        Assert.Equal(TimeSpan.FromSeconds(20), _simulation.Elapsed);
    }

    [Fact]
    public void Ask_Answered_LeavesNoTimer()
    {
        var answer = _system.ActorOf(EchoActor.Of()).Ask<string>("m", TimeSpan.FromHours(1));
        Assert.Equal("m", _simulation.RunUntilCompleted(answer, _second));
        Assert.Equal(0, _simulation.TimerCount);
    }

    [Fact]
    public void Ask_OfDeadLettersAndSelections_TimesOutAtItsVirtualTime()
    {
        var answers = new[] { _system.DeadLetters.Ask<string>("m", _second), _system.ActorSelection("/user/nobody").Ask<string>("m", _second) };
        _simulation.RunFor(_second);
        Assert.All(answers, answer => Assert.IsType<AskTimeoutException>(answer.Exception?.InnerException));
    }

    [Fact]
    public void Ask_OfAFailure_Throws()
    {
        var answer = _system.ActorOf(LambdaActor.Of((_, context) => context.Sender.Tell(new Status.Failure(new BadImageFormatException("mine"))))).Ask<string>("m");
        Assert.Throws<BadImageFormatException>(() => _simulation.RunUntilCompleted(answer, _second));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AskPipedTo_InAPlainHandler_StaysInside(bool useConfigureAwait)
    {
        var echo = _system.ActorOf(EchoActor.Of(_second));
        var seen = new List<(object, int, TimeSpan)>();
        var asker = _system.ActorOf(LambdaActor.Of((message, context) =>
        {
            if (message is "go")
            {
                _ = echo.Ask<string>("answer", TimeSpan.FromMinutes(1)).PipeTo(context.Self, useConfigureAwait, success: answer => answer);
            }
            else
            {
                seen.Add((message, Environment.CurrentManagedThreadId, _simulation.Elapsed));
            }
        }));
        asker.Tell("go");
        _simulation.RunFor(TimeSpan.FromMinutes(5));
        Assert.Equal([("answer", Environment.CurrentManagedThreadId, _second)], seen);
    }

    /// <summary>Who answers is in the middle of its own asynchronous handler, on a task scheduler of its own.</summary>
    [Fact]
    public void AskPipedTo_AnsweredFromReceiveAsync_StaysInside()
    {
        var slow = _system.ActorOf(Props.Create(() => new SlowActor(_simulation.TimeProvider)));
        var seen = new List<object>();
        var asker = _system.ActorOf(LambdaActor.Of((message, context) =>
        {
            if (message is "go")
            {
                _ = slow.Ask<string>("answer").PipeTo(context.Self);
            }
            else
            {
                seen.Add(message);
            }
        }));
        asker.Tell("go");
        _simulation.RunFor(_second * 2);
        Assert.Equal(["answer"], seen);
    }

    [Fact]
    public void ReceiveAsync_AwaitingAsks_ResumesOnTheSimulationsThreadAsTheActor()
    {
        var threads = new List<int>();
        var echo = _system.ActorOf(EchoActor.Of(_second * 2));
        var asker = _system.ActorOf(Props.Create(() => new AskingActor(echo, threads)), "asker");

        var answer = _simulation.RunUntilCompleted(asker.Ask<string>("q", _second * 15), _second * 60);

        Assert.Equal("asker got q after 00:00:02 and q after 00:00:04", answer);
        Assert.Equal([Environment.CurrentManagedThreadId], threads.Distinct());
    }

    [Fact]
    public void Ask_TwoAnswers_TakesTheFirst()
    {
        for (ulong seed = 1; seed <= 20; seed++)
        {
            using var simulation = new Simulation(seed);
            var twice = simulation.CreateSystem("a").ActorOf(LambdaActor.Of((_, context) =>
            {
                context.Sender.Tell(1);
                context.Sender.Tell(2);
            }));
            Assert.Equal(1, simulation.RunUntilCompleted(twice.Ask<int>("m"), _second));
        }
    }

    private sealed class SlowActor : ReceiveActor
    {
        public SlowActor(TimeProvider timeProvider) => ReceiveAsync<string>(async message =>
        {
            await Task.Delay(_second, timeProvider);
            Sender.Tell(message);
        });
    }

    private sealed class AskingActor : ReceiveActor
    {
        public AskingActor(IActorRef echo, List<int> threads) => ReceiveAsync<string>(async question =>
        {
            var text = new List<string>();
            for (var i = 0; i < 2; i++)
            {
                var answer = await echo.Ask<string>(question, TimeSpan.FromSeconds(10));
                threads.Add(Environment.CurrentManagedThreadId);
                text.Add($"{answer} after {Context.System.Scheduler.MonotonicClock}");
            }

            Sender.Tell($"{Self.Path.Name} got {string.Join(" and ", text)}");
        });
    }
}
