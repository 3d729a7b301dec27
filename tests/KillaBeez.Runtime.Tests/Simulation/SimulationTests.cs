namespace KillaBeez.Runtime.Tests;

public sealed class SimulationTests
{
    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    [Fact]
    public void Tell_BeforeTheRun_IsHandledInTheRunAndOnItsThread()
    {
        var simulation = new Simulation(1);
        var system = simulation.CreateSystem("a");
        var threads = new List<int>();
        var actor = system.ActorOf(Lambda.Of(_ => threads.Add(Environment.CurrentManagedThreadId)));

        actor.Tell("m");
        Assert.Empty(threads);
        simulation.RunReady();

        Assert.Equal([Environment.CurrentManagedThreadId], threads);
    }

    [Fact]
    public void RunFor_WithNothingToDo_MovesTheClockByExactlyThatTime()
    {
        var simulation = new Simulation(1);
        simulation.RunFor(Seconds(3.5));
        simulation.RunFor(Seconds(1));
        Assert.Equal(Instant.FromElapsed(Seconds(4.5)), simulation.Now);
    }

    [Fact]
    public void Scheduler_InASystem_ReadsTheSharedVirtualClock()
    {
        var simulation = new Simulation(1);
        var scheduler = simulation.CreateSystem("a").Scheduler;
        simulation.RunFor(TimeSpan.FromDays(400));
        Assert.Equal(TimeSpan.FromDays(400), scheduler.MonotonicClock);
        Assert.Equal(TimeSpan.FromDays(400), scheduler.HighResMonotonicClock);
        Assert.Equal(Runtime.Simulation.Epoch.AddDays(400), scheduler.Now);
    }

    [Fact]
    public void Timers_OfSeveralSystems_FireAtTheirExactTimes()
    {
        var simulation = new Simulation(1);
        var seen = new List<(string, TimeSpan)>();
        foreach (var (name, periodSeconds) in new[] { ("a", 2.0), ("b", 3.0) })
        {
            simulation.CreateSystem(name).ActorOf(Ticker.Of(name, Seconds(periodSeconds), (who, at) => seen.Add(new(who, at))));
        }

        simulation.RunFor(Seconds(5));

        Assert.Equal([("a", Seconds(2)), ("b", Seconds(3)), ("a", Seconds(4))], seen);
    }

    [Fact]
    public void Schedule_SeveralAtOneMoment_RunInTheOrderOfTheCalls()
    {
        var simulation = new Simulation(1);
        var seen = new List<int>();
        for (var i = 0; i < 20; i++)
        {
            var number = i;
            simulation.Schedule(Seconds(1), () => seen.Add(number));
        }

        simulation.RunFor(Seconds(1));

        Assert.Equal(Enumerable.Range(0, 20), seen);
    }

    [Fact]
    public void Schedule_Cancelled_DoesNotRunAndLeavesNothing()
    {
        var simulation = new Simulation(1);
        simulation.Schedule(Seconds(1), () => Assert.Fail("cancelled")).Cancel();
        Assert.Equal(0, simulation.TimerCount);
        simulation.RunFor(Seconds(2));
    }

    [Fact]
    public void Schedule_ActionThatThrows_ComesOutOfTheRunAndTheRunCanGoOn()
    {
        var simulation = new Simulation(1);
        simulation.Schedule(Seconds(1), () => throw new BadImageFormatException("mine"));
        Assert.Throws<BadImageFormatException>(() => simulation.RunFor(Seconds(2)));
        Assert.Equal(Seconds(1), simulation.Elapsed);
        simulation.RunFor(Seconds(2));
        Assert.Equal(Seconds(3), simulation.Elapsed);
    }

    [Fact]
    public void RunUntil_ConditionMet_StopsTheClockThere()
    {
        var simulation = new Simulation(1);
        var count = 0;
        simulation.CreateSystem("a").ActorOf(Ticker.Of("a", Seconds(1), (_, _) => count++));
        Assert.True(simulation.RunUntil(() => count == 3, TimeSpan.FromDays(1)));
        Assert.Equal(Seconds(3), simulation.Elapsed);
        Assert.False(simulation.RunUntil(() => count == 10, Seconds(2)));
        Assert.Equal(Seconds(5), simulation.Elapsed);
    }

    [Fact]
    public void RunFor_FromInside_IsRefused()
    {
        var simulation = new Simulation(1);
        simulation.Post(() => simulation.RunFor(Seconds(1)));
        Assert.Throws<InvalidOperationException>(simulation.RunReady);
    }

    [Fact]
    public void RunFor_AnActorThatTellsItselfForEver_IsGivenUpAndNamed()
    {
        var simulation = new Simulation(1) { StepLimit = 10_000 };
        IActorRef? actor = null;
        actor = simulation.CreateSystem("a").ActorOf(Lambda.Of(m => actor!.Tell(m)), "loop");
        actor.Tell("again");
        var e = Assert.Throws<InvalidOperationException>(() => simulation.RunFor(Seconds(1)));
        Assert.Contains("/user/loop", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ask_WithoutAReply_TimesOutAtItsVirtualTime()
    {
        var simulation = new Simulation(1);
        var silent = simulation.CreateSystem("a").ActorOf(Lambda.Of(_ => { }));
        var reply = silent.Ask<string>("m", Seconds(30));
        simulation.RunFor(Seconds(29.999));
        Assert.False(reply.IsCompleted);
        Assert.Throws<AskTimeoutException>(() => simulation.RunUntilCompleted(reply, Seconds(1)));
        Assert.Equal(Seconds(30), simulation.Elapsed);
        Assert.Equal(0, simulation.TimerCount);
    }

    [Fact]
    public void ReceiveAsync_AwaitingAnAsk_ResumesOnTheSimulationsThreadAsTheActor()
    {
        var simulation = new Simulation(1);
        var system = simulation.CreateSystem("a");
        var echo = system.ActorOf(Echo.Of(Seconds(2)));
        var threads = new List<int>();
        var asker = system.ActorOf(Asker.Of(echo, threads), "asker");

        var answer = simulation.RunUntilCompleted(asker.Ask<string>("q", Seconds(60)), Seconds(60));

        Assert.Equal("asker got q after 00:00:02 and q after 00:00:04", answer);
        Assert.Equal([Environment.CurrentManagedThreadId], threads.Distinct());
        Assert.Equal(0, simulation.ForeignPosts);
    }

    [Fact]
    public void AsyncCode_OutsideOfActors_ResumesInTheSimulation()
    {
        var simulation = new Simulation(1);
        var echo = simulation.CreateSystem("a").ActorOf(Echo.Of(Seconds(1)));
        var threads = new List<int>();
        Task? script = null;
        async Task Script()
        {
            for (var i = 0; i < 3; i++)
            {
                await echo.Ask<string>("m", Seconds(10));
                await Task.Yield();
                threads.Add(Environment.CurrentManagedThreadId);
            }
        }

        simulation.Post(() => script = Script());
        simulation.RunReady();
        simulation.RunUntilCompleted(script!, Seconds(10));

        Assert.Equal(Enumerable.Repeat(Environment.CurrentManagedThreadId, 3), threads);
        Assert.Equal(Seconds(3), simulation.Elapsed);
    }

    [Fact]
    public void TimeProvider_DelaysPeriodsAndDeadlines_AreVirtual()
    {
        var simulation = new Simulation(1);
        var seen = new List<(string, TimeSpan)>();
        void Note(string what) => seen.Add((what, simulation.Elapsed));
        async Task Delay()
        {
            await Task.Delay(Seconds(5), simulation.TimeProvider);
            Note("delay");
        }

        async Task Period()
        {
            using var timer = new PeriodicTimer(Seconds(2), simulation.TimeProvider);
            for (var i = 0; i < 2; i++)
            {
                await timer.WaitForNextTickAsync();
                Note("period");
            }
        }

        using var deadline = new CancellationTokenSource(Seconds(3), simulation.TimeProvider);
        deadline.Token.Register(() => Note("deadline"));
        Task? all = null;
        simulation.Post(() => all = Task.WhenAll(Delay(), Period()));
        simulation.RunReady();
        simulation.RunUntilCompleted(all!, TimeSpan.FromMinutes(1));

        Assert.Equal([("period", Seconds(2)), ("deadline", Seconds(3)), ("period", Seconds(4)), ("delay", Seconds(5))], seen);
        Assert.Equal(0, simulation.ForeignPosts);
        Assert.Equal(0, simulation.TimerCount);
    }

    [Fact]
    public void ReceiveTimeout_InVirtualTime_IsExactAndPutOffByMessages()
    {
        var simulation = new Simulation(1);
        var seen = new List<TimeSpan>();
        var actor = simulation.CreateSystem("a").ActorOf(Sleeper.Of(Seconds(10), seen));
        simulation.Schedule(Seconds(7), () => actor.Tell("wake"));
        simulation.RunFor(Seconds(30));
        Assert.Equal([Seconds(17), Seconds(27)], seen);
    }

    [Fact]
    public void Terminate_InsideASimulation_EndsTheSystemAndItsTimersAndNoOther()
    {
        var simulation = new Simulation(1);
        var ticks = 0;
        var (first, second) = (simulation.CreateSystem("a"), simulation.CreateSystem("b"));
        foreach (var system in new[] { first, second })
        {
            system.ActorOf(Ticker.Of("t", Seconds(1), (_, _) => ticks++));
        }

        simulation.RunFor(Seconds(1));
        Assert.Equal(2, ticks);
        simulation.RunUntilCompleted(first.Terminate(), Seconds(1));
        Assert.Equal(1, simulation.TimerCount);
        simulation.RunFor(Seconds(2));
        Assert.Equal(4, ticks);
        Assert.Throws<InvalidOperationException>(() => first.ActorOf(Lambda.Of(_ => { })));
    }

    [Fact]
    public void Terminate_WithAPendingAsk_FailsIt()
    {
        var simulation = new Simulation(1);
        var system = simulation.CreateSystem("a");
        var reply = system.ActorOf(Lambda.Of(_ => { })).Ask<string>("m", TimeSpan.FromHours(1));
        simulation.RunUntilCompleted(system.Terminate(), Seconds(1));
        Assert.IsType<AskTimeoutException>(reply.Exception?.InnerException);
    }

    [Fact]
    public void CoordinatedShutdown_TaskThatNeverEnds_IsLeftBehindAfterThePhasesTime()
    {
        var simulation = new Simulation(1);
        var system = simulation.CreateSystem("a");
        var shutdown = CoordinatedShutdown.Get(system);
        var later = new List<string>();
        shutdown.AddTask(CoordinatedShutdown.PhaseServiceUnbind, "hangs", () => new TaskCompletionSource<Done>().Task);
        shutdown.AddTask(CoordinatedShutdown.PhaseServiceStop, "fails", () => throw new BadImageFormatException("mine"));
        shutdown.AddTask(CoordinatedShutdown.PhaseBeforeActorSystemTerminate, "works", () =>
        {
            later.Add("works");
            return Task.FromResult(Done.Instance);
        });
        simulation.RunUntilCompleted(shutdown.Run(CoordinatedShutdown.ClrExitReason.Instance), TimeSpan.FromMinutes(1));
        Assert.Equal(CoordinatedShutdown.PhaseTimeout, simulation.Elapsed);
        Assert.Equal(["works"], later);
        Assert.True(system.WhenTerminated.IsCompletedSuccessfully);
    }

    [Fact]
    public void ForeignPosts_AnotherThreadTellsDuringTheRun_AreCountedAndNotLost()
    {
        var simulation = new Simulation(1);
        var seen = 0;
        var actor = simulation.CreateSystem("a").ActorOf(Lambda.Of(_ => seen++));
        simulation.RunReady();
        simulation.Post(() =>
        {
            var thread = new Thread(() => actor.Tell("m"));
            thread.Start();
            thread.Join();
        });
        simulation.RunReady();
        Assert.Equal(1, seen);
        Assert.Equal(1, simulation.ForeignPosts);
    }

    private sealed class Lambda : UntypedActor
    {
        private readonly Action<object> _handler;

        public Lambda(Action<object> handler) => _handler = handler;

        public static Props Of(Action<object> handler) => Props.Create(() => new Lambda(handler));

        protected override void OnReceive(object message) => _handler(message);
    }

    private sealed class Ticker : ReceiveActor, IWithTimers
    {
        public static Props Of(string name, TimeSpan period, Action<string, TimeSpan> onTick) =>
            Props.Create(() => new Ticker(name, period, onTick));

        public Ticker(string name, TimeSpan period, Action<string, TimeSpan> onTick)
        {
            Receive<string>(_ => onTick(name, Context.System.Scheduler.MonotonicClock));
            Timers.StartPeriodicTimer("t", "tick", period);
        }

        public ITimerScheduler Timers { get; set; } = null!;
    }

    private sealed class Echo : ReceiveActor
    {
        public static Props Of(TimeSpan delay) => Props.Create(() => new Echo(delay));

        public Echo(TimeSpan delay) =>
            ReceiveAny(m => Context.System.Scheduler.ScheduleTellOnceCancelable(delay, Sender, m, Self));
    }

    private sealed class Asker : ReceiveActor
    {
        public static Props Of(IActorRef echo, List<int> threads) => Props.Create(() => new Asker(echo, threads));

        public Asker(IActorRef echo, List<int> threads) => ReceiveAsync<string>(async question =>
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

    private sealed class Sleeper : ReceiveActor
    {
        public static Props Of(TimeSpan timeout, List<TimeSpan> seen) => Props.Create(() => new Sleeper(timeout, seen));

        public Sleeper(TimeSpan timeout, List<TimeSpan> seen)
        {
            SetReceiveTimeout(timeout);
            Receive<ReceiveTimeout>(_ => seen.Add(Context.System.Scheduler.MonotonicClock));
            Receive<string>(_ => { });
        }
    }
}
