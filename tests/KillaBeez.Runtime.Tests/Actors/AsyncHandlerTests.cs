namespace KillaBeez.Runtime.Tests;

/// <summary>What becomes of a half-done asynchronous handler when its actor fails or ends.</summary>
public sealed class AsyncHandlerTests
{
    private readonly Simulation _simulation = new(1);
    private readonly ActorSystem _system;
    private readonly List<string> _log = [];
    private readonly List<ActorFailure> _failures = [];

    public AsyncHandlerTests()
    {
        _system = _simulation.CreateSystem("a");
        _system.FailureObserver = _failures.Add;
    }

    [Fact]
    public void Stop_DuringTheAwait_EndsTheActorAndStillRunsTheRestOfTheHandler()
    {
        var gate = new TaskCompletionSource();
        var actor = _system.ActorOf(Waiter.Of(gate.Task, _log));
        actor.Tell("wait");
        _simulation.RunReady();
        _system.Stop(actor);
        _simulation.RunReady();
        Assert.Equal(["in", "PostStop"], _log);

        _simulation.Post(gate.SetResult);
        _simulation.RunReady();

        Assert.Equal(["in", "PostStop", "out without context", "finally"], _log);
    }

    [Fact]
    public void Messages_DuringTheAwait_WaitWhileOthersAreStillSupervised()
    {
        var gate = new TaskCompletionSource();
        var actor = _system.ActorOf(Waiter.Of(gate.Task, _log));
        actor.Tell("wait");
        actor.Tell("next");
        _simulation.RunReady();
        ((LocalActorRef)actor).Cell.ChildRecords()[0].Ref.Tell("fail");
        _simulation.RunReady();
        Assert.Equal(["in"], _log);
        Assert.Equal("child", Assert.Single(_failures).Cause.Message);

        _simulation.Post(gate.SetResult);
        _simulation.RunReady();

        Assert.Equal(["in", "out of wait", "finally", "next"], _log);
    }

    [Fact]
    public void Cancellation_OfTheHandlersTask_IsAFailureThatRestarts()
    {
        var gate = new TaskCompletionSource();
        var actor = _system.ActorOf(Waiter.Of(gate.Task, _log));
        actor.Tell("wait");
        actor.Tell("next");
        _simulation.Post(gate.SetCanceled);
        _simulation.RunReady();
        Assert.IsType<TaskCanceledException>(Assert.Single(_failures).Cause);
        Assert.Equal("wait", _failures[0].Message);
        Assert.Equal(["in", "finally", "PostStop", "next"], _log);
    }

    private sealed class Waiter : ReceiveActor
    {
        private readonly List<string> _log;

        public Waiter(Task gate, List<string> log)
        {
            _log = log;
            Context.ActorOf(Props.Create(() => new Failing()), "child");
            ReceiveAsync<string>(s => s == "wait", async s =>
            {
                log.Add("in");
                try
                {
                    await gate;
                    log.Add(HasContext() ? "out of " + s : "out without context");
                }
                finally
                {
                    log.Add("finally");
                }
            });
            Receive<string>(log.Add);
        }

        public static Props Of(Task gate, List<string> log) => Props.Create(() => new Waiter(gate, log));

        protected override void PostStop() => _log.Add("PostStop");

        private static bool HasContext()
        {
            try
            {
                return Context is not null;
            }
            catch (NotSupportedException)
            {
                return false;
            }
        }
    }

    private sealed class Failing : UntypedActor
    {
        protected override void OnReceive(object message) => throw new BadImageFormatException("child");
    }
}
