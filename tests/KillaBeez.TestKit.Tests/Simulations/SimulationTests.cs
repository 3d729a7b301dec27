namespace KillaBeez.TestKit.Tests.Simulations;

/// <summary>The clock, the turns and the ends of a simulation.</summary>
public sealed class SimulationTests : IDisposable
{
    private readonly Simulation _simulation = new(1);

    public void Dispose() => _simulation.Dispose();

    [Fact]
    public void Tell_BeforeTheRun_IsHandledInTheRunAndOnItsThread()
    {
        var threads = new List<int>();
        var actor = _simulation.CreateSystem("a").ActorOf(LambdaActor.Of(_ => threads.Add(Environment.CurrentManagedThreadId)));

        actor.Tell("m");
        Assert.Empty(threads);
        _simulation.RunReady();

        Assert.Equal([Environment.CurrentManagedThreadId], threads);
        Assert.Equal(0, _simulation.ForeignPosts);
    }

    [Fact]
    public void RunFor_WithNothingToDo_MovesTheClockByExactlyThatTime()
    {
        _simulation.RunFor(Seconds(3.5));
        _simulation.RunFor(Seconds(1));
        Assert.Equal(Instant.FromElapsed(Seconds(4.5)), _simulation.Now);
        Assert.Throws<ArgumentOutOfRangeException>(() => _simulation.RunFor(Seconds(-1)));
    }

    [Fact]
    public void Scheduler_InASystem_ReadsTheSharedVirtualClock()
    {
        var scheduler = _simulation.CreateSystem("a").Scheduler;
        _simulation.RunFor(TimeSpan.FromDays(400));
        Assert.Equal(TimeSpan.FromDays(400), scheduler.MonotonicClock);
        Assert.Equal(TimeSpan.FromDays(400), scheduler.HighResMonotonicClock);
        Assert.Equal(Simulation.Epoch.AddDays(400), scheduler.Now);
    }

    [Fact]
    public void Timers_OfSeveralSystems_FireAtTheirExactTimes()
    {
        var seen = new List<(string, TimeSpan)>();
        foreach (var (name, periodSeconds) in new[] { ("a", 2.0), ("b", 3.0) })
        {
            _simulation.CreateSystem(name).ActorOf(TickingActor.Of(name, Seconds(periodSeconds), (who, at) => seen.Add((who, at))));
        }

        _simulation.RunFor(Seconds(5));

        Assert.Equal([("a", Seconds(2)), ("b", Seconds(3)), ("a", Seconds(4))], seen);
    }

    [Fact]
    public void Schedule_SeveralAtOneMoment_RunInTheOrderOfTheCalls()
    {
        var seen = new List<int>();
        for (var i = 0; i < 20; i++)
        {
            var number = i;
            _simulation.Schedule(Seconds(1), () => seen.Add(number));
        }

        _simulation.RunFor(Seconds(1));

        Assert.Equal(Enumerable.Range(0, 20), seen);
    }

    [Fact]
    public void Schedule_Cancelled_DoesNotRunAndLeavesNothing()
    {
        _simulation.Schedule(Seconds(1), () => Assert.Fail("cancelled")).Cancel();
        Assert.Equal(0, _simulation.TimerCount);
        _simulation.RunFor(Seconds(2));
    }

    [Fact]
    public void Schedule_TheLongestTimeThereIs_Waits()
    {
        _simulation.RunFor(Seconds(1));
        _simulation.Schedule(TimeSpan.MaxValue, () => Assert.Fail("too early"));
        _simulation.RunFor(TimeSpan.FromDays(100_000));
        Assert.Equal(1, _simulation.TimerCount);
    }

    [Fact]
    public void Schedule_ActionThatThrows_ComesOutOfTheRunAndTheRunCanGoOn()
    {
        _simulation.Schedule(Seconds(1), () => throw new BadImageFormatException("mine"));
        Assert.Throws<BadImageFormatException>(() => _simulation.RunFor(Seconds(2)));
        Assert.Equal(Seconds(1), _simulation.Elapsed);
        _simulation.RunFor(Seconds(2));
        Assert.Equal(Seconds(3), _simulation.Elapsed);
    }

    [Fact]
    public void RunUntil_ConditionMet_StopsTheClockThere()
    {
        var count = 0;
        _simulation.CreateSystem("a").ActorOf(TickingActor.Of("a", Seconds(1), (_, _) => count++));
        Assert.True(_simulation.RunUntil(() => count == 3, TimeSpan.FromDays(1)));
        Assert.Equal(Seconds(3), _simulation.Elapsed);
        Assert.False(_simulation.RunUntil(() => count == 10, Seconds(2)));
        Assert.Equal(Seconds(5), _simulation.Elapsed);
    }

    [Fact]
    public void RunFor_FromInside_IsRefused()
    {
        _simulation.Post(() => _simulation.RunFor(Seconds(1)));
        Assert.Throws<InvalidOperationException>(_simulation.RunReady);
    }

    [Fact]
    public void RunFor_AnActorThatTellsItselfForEver_IsGivenUpAndNamed()
    {
        using var simulation = new Simulation(new SeededRandomSource(1), stepLimit: 10_000);
        var actor = simulation.CreateSystem("a").ActorOf(LambdaActor.Of((m, context) => context.Self.Tell(m)), "loop");
        actor.Tell("again");
        var e = Assert.Throws<InvalidOperationException>(() => simulation.RunFor(Seconds(1)));
        Assert.Contains("/user/loop", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RunFor_ATimerThatSetsItselfForNowForEver_IsGivenUp()
    {
        using var simulation = new Simulation(new SeededRandomSource(1), stepLimit: 10_000);
        void Again() => simulation.Schedule(TimeSpan.Zero, Again);
        Again();
        Assert.Throws<InvalidOperationException>(() => simulation.RunFor(Seconds(1)));
    }

    [Fact]
    public void AsyncCode_OutsideOfActors_ResumesInTheSimulation()
    {
        var echo = _simulation.CreateSystem("a").ActorOf(EchoActor.Of(Seconds(1)));
        var threads = new List<int>();
        Task? script = null;
        async Task ScriptAsync()
        {
            for (var i = 0; i < 3; i++)
            {
                await echo.Ask<string>("m", Seconds(10));
                await Task.Yield();
                threads.Add(Environment.CurrentManagedThreadId);
            }
        }

        _simulation.Post(() => script = ScriptAsync());
        _simulation.RunReady();
        _simulation.RunUntilCompleted(script!, Seconds(10));

        Assert.Equal(Enumerable.Repeat(Environment.CurrentManagedThreadId, 3), threads);
        Assert.Equal(Seconds(3), _simulation.Elapsed);
        Assert.Equal(0, _simulation.ForeignPosts);
    }

    [Fact]
    public void RunUntilCompleted_ATaskThatDoesNotEnd_SaysWhenThatWas()
    {
        var e = Assert.Throws<TimeoutException>(() => _simulation.RunUntilCompleted(new TaskCompletionSource().Task, Seconds(3)));
        Assert.Equal("The task has not ended within 00:00:03 of virtual time (it is 00:00:03 now).", e.Message);
    }

    [Fact]
    public void TimeProvider_DelaysPeriodsAndDeadlines_AreVirtual()
    {
        var seen = new List<(string, TimeSpan)>();
        void Note(string what) => seen.Add((what, _simulation.Elapsed));
        async Task DelayAsync()
        {
            await Task.Delay(Seconds(5), _simulation.TimeProvider);
            Note("delay");
        }

        async Task PeriodAsync()
        {
            using var timer = new PeriodicTimer(Seconds(2), _simulation.TimeProvider);
            for (var i = 0; i < 2; i++)
            {
                await timer.WaitForNextTickAsync();
                Note("period");
            }
        }

        using var deadline = new CancellationTokenSource(Seconds(3), _simulation.TimeProvider);
        deadline.Token.Register(() => Note("deadline"));
        Task? all = null;
        _simulation.Post(() => all = Task.WhenAll(DelayAsync(), PeriodAsync()));
        _simulation.RunReady();
        _simulation.RunUntilCompleted(all!, TimeSpan.FromMinutes(1));

        Assert.Equal([("period", Seconds(2)), ("deadline", Seconds(3)), ("period", Seconds(4)), ("delay", Seconds(5))], seen);
        Assert.Equal(0, _simulation.ForeignPosts);
        Assert.Equal(0, _simulation.TimerCount);
    }

    [Fact]
    public void ReceiveTimeout_InVirtualTime_IsExactAndPutOffByMessages()
    {
        var seen = new List<TimeSpan>();
        var actor = _simulation.CreateSystem("a").ActorOf(LambdaActor.Of((message, context) =>
        {
            if (message is ReceiveTimeout)
            {
                seen.Add(_simulation.Elapsed);
            }
            else
            {
                context.SetReceiveTimeout(Seconds(10));
            }
        }));
        actor.Tell("begin");
        _simulation.Schedule(Seconds(7), () => actor.Tell("wake"));
        _simulation.RunFor(Seconds(30));
        Assert.Equal([Seconds(17), Seconds(27)], seen);
    }

    [Fact]
    public void Terminate_InsideASimulation_EndsTheSystemAndItsTimersAndNoOther()
    {
        var ticks = 0;
        var (first, second) = (_simulation.CreateSystem("a"), _simulation.CreateSystem("b"));
        foreach (var system in new[] { first, second })
        {
            system.ActorOf(TickingActor.Of("t", Seconds(1), (_, _) => ticks++));
        }

        _simulation.RunFor(Seconds(1));
        Assert.Equal(2, ticks);
        _simulation.RunUntilCompleted(_simulation.Do(first.Terminate), Seconds(1));
        _simulation.RunFor(Seconds(2));
        Assert.Equal(4, ticks);
        Assert.Equal(1, _simulation.TimerCount);
        Assert.Equal(0, _simulation.ForeignPosts);
    }

    [Fact]
    public void Terminate_OfEverySystem_LeavesNoActor()
    {
        var systems = Enumerable.Range(0, 10).Select(i => _simulation.CreateSystem($"s{i}")).ToArray();
        _simulation.RunFor(Seconds(1));
        Assert.True(_simulation.ActorCount > 10);
        _simulation.Do(() => Array.ForEach(systems, system => _ = system.Terminate()));
        _simulation.RunFor(Seconds(1));
        Assert.Equal(0, _simulation.ActorCount);
        Assert.Equal(0, _simulation.TimerCount);
    }

    [Fact]
    public void ForeignPosts_AnotherThreadTellsDuringTheRun_AreCountedAndNotLost()
    {
        var seen = 0;
        var actor = _simulation.CreateSystem("a").ActorOf(LambdaActor.Of(_ => seen++));
        _simulation.RunReady();
        _simulation.Post(() =>
        {
            var thread = new Thread(() => actor.Tell("m"));
            thread.Start();
            thread.Join();
        });
        _simulation.RunReady();
        Assert.Equal(1, seen);
        Assert.Equal(1, _simulation.ForeignPosts);
        Assert.Contains(nameof(ForeignPosts_AnotherThreadTellsDuringTheRun_AreCountedAndNotLost), _simulation.FirstForeignPost, StringComparison.Ordinal);
        var e = Assert.Throws<InvalidOperationException>(_simulation.ThrowIfForeign);
        Assert.Contains("once", e.Message, StringComparison.Ordinal);
        Assert.Contains("Simulation.Do", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FailureObserver_AnActorThatThrows_IsTold()
    {
        var seen = new List<(string, string)>();
        _simulation.FailureObserver = failure => seen.Add((failure.Actor.Path.Name, failure.Cause.Message));
        _simulation.CreateSystem("a").ActorOf(LambdaActor.Of(_ => throw new BadImageFormatException("mine")), "x").Tell("m");
        _simulation.RunReady();
        Assert.Equal([("x", "mine")], seen);
    }

    [Fact]
    public void CreateSystem_WithSettings_HasThemAndItsDispatchersAreTheSimulations()
    {
        const string Hocon = """
            mine.number = 7
            mine.pool { type = ForkJoinDispatcher, throughput = 3 }
            akka.actor.default-dispatcher.type = PinnedDispatcher
            """;
        var system = _simulation.CreateSystem("a", Hocon);
        var threads = new List<int>();
        void Note(object message) => threads.Add(Environment.CurrentManagedThreadId);
        system.ActorOf(LambdaActor.Of(Note)).Tell("m");
        system.ActorOf(LambdaActor.Of(Note).WithDispatcher("mine.pool")).Tell("m");
        _simulation.RunReady();
        Assert.Equal(7, system.Settings.Config.GetInt("mine.number"));
        Assert.Equal([Environment.CurrentManagedThreadId, Environment.CurrentManagedThreadId], threads);
        Assert.Empty(_simulation.Warnings);
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);
}
