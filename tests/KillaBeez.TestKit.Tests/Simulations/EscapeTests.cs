using System.Diagnostics;
using Akka.Pattern;
using Akka.Streams;
using Akka.Streams.Dsl;
using Akka.Util;

namespace KillaBeez.TestKit.Tests.Simulations;

/// <summary>
/// What leaves a simulation, row by row as docs/testkit.md lists it: what reaches in from another thread is counted, with
/// the stack of the first and an advice that fits; what silently reads the real clock is shown, and warned of where that
/// can be seen.
/// </summary>
public sealed class EscapeTests : IDisposable
{
    private const int TurnsAnAttempt = 100;

    private readonly Simulation _simulation = new(1);
    private readonly ActorSystem _system;

    public EscapeTests() => _system = _simulation.CreateSystem("a");

    public void Dispose() => _simulation.Dispose();

    [Fact]
    public void TaskRunPipedTo_IsDetected() =>
        AssertForeign(Go(context => _ = Task.Run(() => "done").PipeTo(context.Self)), "Task.Run", "PipeTo");

    [Fact]
    public void AskContinueWithPipedTo_IsDetected()
    {
        var echo = _system.ActorOf(EchoActor.Of());
        AssertForeign(
            Go(context => _ = echo.Ask<string>("m").ContinueWith(answer => answer.Result, TaskScheduler.Default).PipeTo(context.Self)),
            "ContinueWith",
            "PipeTo");
    }

    [Fact]
    public void TaskRunAwaitedInReceiveAsync_IsDetected()
    {
        AssertForeign(Await(() => Task.Run(() => { })), "ReceiveAsync", "ActorTaskScheduler");
    }

    [Fact]
    public void TaskRunAwaitedInApplicationCode_IsDetected()
    {
        async Task WorkAsync() => await Task.Run(() => { });
        AssertForeign(() => _simulation.Post(() => _ = WorkAsync()), "application code", "ApplicationContext");
    }

    [Fact]
    public void TaskDelayOfTheRealClock_IsDetected() =>
        AssertForeign(Await(() => Task.Delay(1)), "timer of the real clock", "System.Threading.TimerQueue");

    [Fact]
    public void AskWithWaitAsync_IsDetected()
    {
        var silent = _system.ActorOf(LambdaActor.Of(_ => { }));
        AssertForeign(
            Go(context => _ = silent.Ask<string>("m").WaitAsync(TimeSpan.FromMilliseconds(1)).PipeTo(context.Self)),
            "timer of the real clock",
            "System.Threading.TimerQueue");
    }

    [Fact]
    public void StreamThatUnfoldsAsync_IsDetected() =>
        AssertForeign(
            Go(context => _ = Source.UnfoldAsync(0, n => Task.FromResult(Option<(int, int)>.Create((n + 1, n)))).Take(3).RunWith(Sink.Ignore<int>(), context.Materializer())),
            "thread pool",
            "ThreadPoolWorkQueue");

    [Fact]
    public void TaskOfAStreamPipedTo_IsDetected() =>
        AssertForeign(
            Go(context => _ = Source.Single("done").RunWith(Sink.First<string>(), context.Materializer()).PipeTo(context.Self)),
            "PipeTo",
            "PipeTo");

    [Fact]
    public void TellFromTheThreadPool_IsDetected()
    {
        var actor = _system.ActorOf(LambdaActor.Of(_ => { }));
        _simulation.RunReady();
        AssertForeign(Go(_ => ThreadPool.QueueUserWorkItem(_ => actor.Tell("m"))), "thread pool", "ThreadPoolWorkQueue");
    }

    [Fact]
    public void CoordinatedShutdown_IsDetected()
    {
        var actor = _system.ActorOf(LambdaActor.Of(_ => { }));
        var shutdown = CoordinatedShutdown.Get(_system);
        shutdown.AddTask(CoordinatedShutdown.PhaseServiceStop, "tells", () =>
        {
            actor.Tell("m");
            return Task.FromResult(Akka.Done.Instance);
        });
        AssertForeign(() => _ = _simulation.Do(() => shutdown.Run(CoordinatedShutdown.ClrExitReason.Instance)), "CoordinatedShutdown", "CoordinatedShutdown");
    }

    [Fact]
    public void DispatcherAddedLater_IsWarnedOfAndDetected()
    {
        _system.Settings.InjectTopLevelFallback("late.pinned { type = PinnedDispatcher }");
        var answered = _system.ActorOf(LambdaActor.Of(_ => { }));
        var actor = _system.ActorOf(LambdaActor.Of(message => answered.Tell(message)).WithDispatcher("late.pinned"), "threaded");
        _simulation.RunReady();
        var warning = Assert.Single(_simulation.Warnings);
        Assert.Contains("/user/threaded", warning, StringComparison.Ordinal);
        Assert.Contains("late.pinned", warning, StringComparison.Ordinal);
        AssertForeign(() => actor.Tell("m"), "threads of its own", "Mailbox.Run");
    }

    /// <summary>
    /// Three failures in three virtual minutes are more than two in a second of the real clock. With a clock of its own such
    /// a supervisor would restart the child for ever.
    /// </summary>
    [Fact]
    public void SupervisorStrategyWithAWindow_CountsByTheRealClockAndIsWarnedOf()
    {
        var ended = new List<TimeSpan>();
        _system.ActorOf(Props.Create(() => new WindowedSupervisor(() => ended.Add(_simulation.Elapsed))), "windowed");
        _simulation.RunFor(TimeSpan.FromMinutes(10));
        Assert.Equal([TimeSpan.FromMinutes(3)], ended);
        Assert.Equal(0, _simulation.ForeignPosts);
        var warning = Assert.Single(_simulation.Warnings);
        Assert.Contains("akka://a/user/windowed", warning, StringComparison.Ordinal);
        Assert.Contains("1000 ms of the real clock", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void SupervisorStrategyWithoutAWindow_IsNotWarnedOf()
    {
        _system.ActorOf(LambdaActor.Of(_ => throw new InvalidOperationException())).Tell("m");
        _simulation.RunReady();
        Assert.Empty(_simulation.Warnings);
    }

    /// <summary>A breaker closes again in virtual time, but says by the real clock how long that will take.</summary>
    [Fact]
    public void CircuitBreaker_SaysByTheRealClockHowLongItStaysOpen()
    {
        var breaker = new CircuitBreaker(_system.Scheduler, maxFailures: 1, callTimeout: TimeSpan.FromHours(1), resetTimeout: TimeSpan.FromHours(100));
        _simulation.Do(breaker.Fail);
        _simulation.RunFor(TimeSpan.FromHours(99));
        var open = Assert.Throws<OpenCircuitException>(() => breaker.WithSyncCircuitBreaker(() => { }));
        Assert.True(open.RemainingDuration > TimeSpan.FromHours(50), $"an hour is left, it says {open.RemainingDuration}");
        _simulation.RunFor(TimeSpan.FromHours(2));
        Assert.True(breaker.IsHalfOpen);
    }

    /// <summary>
    /// One element an hour is allowed, and they come two hours apart. The real clock has not moved as far: by it the second
    /// is too early.
    /// </summary>
    [Fact]
    public void StreamThrottle_CountsByTheRealClockAndSilently()
    {
        var hour = TimeSpan.FromHours(1);
        var passed = new List<TimeSpan>();
        Task? end = null;
        _system.ActorOf(LambdaActor.Of((_, context) => end = Source.Tick(TimeSpan.Zero, 2 * hour, "tick")
            .Throttle(1, hour, 1, ThrottleMode.Enforcing)
            .RunForeach(_ => passed.Add(_simulation.Elapsed), context.Materializer()))).Tell("go");
        _simulation.RunFor(10 * hour);
        Assert.Equal([TimeSpan.Zero], passed);
        Assert.True(SpinWait.SpinUntil(() => end!.IsCompleted, TimeSpan.FromMinutes(2)), "the stream failed");
        Assert.Contains("throttle throughput exceeded", end!.Exception!.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, _simulation.ForeignPosts);
        Assert.Empty(_simulation.Warnings);
    }

    /// <summary>Other threads are seen by what they tell or post, and by nothing else.</summary>
    [Fact]
    public async Task ThreadsThatTellNobody_AreNotSeen()
    {
        var sum = 0;
        Task? field = null;
        var work = Go(_ =>
        {
            sum = Enumerable.Range(0, 1000).AsParallel().Sum();
            field = Task.Run(() => Volatile.Write(ref sum, sum + 1));
        });
        work();
        _simulation.RunReady();
        await field!;
        _simulation.RunReady();
        Assert.Equal(499_501, sum);
        AssertUnseen();
    }

    /// <summary>Dates and times are of the real clock, and what is random is another in every run.</summary>
    [Fact]
    public void ClockAndRandomOfTheMachine_AreReadUnseen()
    {
        var read = new List<(DateTime Date, TimeSpan Elapsed, long Random)>();
        var watch = Stopwatch.StartNew();
        var work = Go(_ => read.Add((DateTime.UtcNow, watch.Elapsed, Random.Shared.NextInt64())));
        work();
        _simulation.RunFor(TimeSpan.FromDays(365));
        work();
        _simulation.RunReady();
        Assert.True(read[1].Date - read[0].Date < TimeSpan.FromDays(1), "a year has passed in the simulation");
        Assert.True(read[1].Elapsed < TimeSpan.FromDays(1), "a year has passed in the simulation");
        Assert.NotEqual(read[0].Random, read[1].Random);
        AssertUnseen();
    }

    /// <summary>Children are kept by the hashes of their names, which differ from process to process.</summary>
    [Fact]
    public void GetChildren_AreInNoOrder_ByNameTheyAre()
    {
        List<string> names = [.. Enumerable.Range(0, 40).Select(i => $"child{i:d2}")];
        List<string> seen = [];
        var parent = _system.ActorOf(LambdaActor.Of((_, context) =>
        {
            names.ForEach(name => context.ActorOf(LambdaActor.Of(_ => { }), name));
            seen.AddRange(context.GetChildren().Select(child => child.Path.Name));
        }));
        parent.Tell("go");
        _simulation.RunReady();
        Assert.NotEqual(names, seen);
        Assert.Equal(names, seen.Order(StringComparer.Ordinal));
    }

    private void AssertUnseen()
    {
        Assert.Equal(0, _simulation.ForeignPosts);
        Assert.Empty(_simulation.Warnings);
    }

    /// <summary>An actor that does something when it is told to go.</summary>
    private Action Go(Action<IActorContext> work)
    {
        var actor = _system.ActorOf(LambdaActor.Of((message, context) =>
        {
            if (message is "go")
            {
                work(context);
            }
        }));
        return () => actor.Tell("go");
    }

    /// <summary>An actor that awaits something when it is told to go.</summary>
    private Action Await(Func<Task> work)
    {
        var actor = _system.ActorOf(Props.Create(() => new AwaitingActor(work)));
        return () => actor.Tell("go");
    }

    /// <summary>
    /// This thread has to drive on while another one reaches in: it waits for that without giving itself to others. Work
    /// that is done before it is awaited leaves nothing, so it is begun again and again.
    /// </summary>
    private void AssertForeign(Action begin, string advice, string inStack)
    {
        var turns = 0;
        var isSeen = SpinWait.SpinUntil(
            () =>
            {
                if (turns++ % TurnsAnAttempt == 0)
                {
                    begin();
                }

                _simulation.RunFor(TimeSpan.FromSeconds(1));
                return _simulation.ForeignPosts > 0;
            },
            TimeSpan.FromMinutes(2));
        Assert.True(isSeen, "nothing reached in");
        Assert.Contains(inStack, _simulation.FirstForeignPost, StringComparison.Ordinal);
        var e = Assert.Throws<InvalidOperationException>(_simulation.ThrowIfForeign);
        Assert.Contains(advice, e.Message.Split(Environment.NewLine)[0], StringComparison.Ordinal);
        Assert.Contains(_simulation.FirstForeignPost!, e.Message, StringComparison.Ordinal);
    }

    private sealed class AwaitingActor : ReceiveActor
    {
        public AwaitingActor(Func<Task> work) => ReceiveAsync<string>(_ => work());
    }

    private sealed class WindowedSupervisor : ReceiveActor
    {
        public WindowedSupervisor(Action onEnded)
        {
            var child = Context.ActorOf(LambdaActor.Of(_ => throw new InvalidOperationException()));
            Context.Watch(child);
            Context.System.Scheduler.ScheduleTellRepeatedly(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1), child, "fail", Self);
            Receive<Terminated>(_ => onEnded());
        }

        protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(2, TimeSpan.FromSeconds(1), _ => Directive.Restart);
    }
}
