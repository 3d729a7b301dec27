namespace KillaBeez.Runtime.Tests;

/// <summary>The pauses of a BackoffSupervisor in virtual time, where they can be checked exactly.</summary>
public sealed class BackoffTests
{
    private readonly Simulation _simulation = new(1);
    private readonly ActorSystem _system;
    private readonly List<double> _starts = [];

    public BackoffTests() => _system = _simulation.CreateSystem("a");

    private static BackoffOptions OnFailure(Props child, double randomFactor = 0) =>
        Backoff.OnFailure(child, "child", TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(8), randomFactor, -1);

    [Fact]
    public void OnFailure_WithoutRandomPart_PausesDoubleUpToTheLongest()
    {
        _system.ActorOf(BackoffSupervisor.Props(OnFailure(Child(lifeSeconds: 0))));
        _simulation.RunFor(TimeSpan.FromSeconds(35));
        Assert.Equal([0, 1, 3, 7, 15, 23, 31], _starts);
    }

    [Fact]
    public void OnFailure_ChildThatLivesLongEnough_PausesStartAnew()
    {
        _system.ActorOf(BackoffSupervisor.Props(OnFailure(Child(lifeSeconds: 3)).WithAutoReset(TimeSpan.FromSeconds(2))));
        _simulation.RunFor(TimeSpan.FromSeconds(15));
        Assert.Equal([0, 4, 8, 12], _starts);
    }

    [Fact]
    public void OnFailure_WithRandomPart_PausesDifferWithinTheirBounds()
    {
        _system.ActorOf(BackoffSupervisor.Props(OnFailure(Child(lifeSeconds: 0), randomFactor: 0.5)));
        _simulation.RunFor(TimeSpan.FromSeconds(9));
        var pauses = _starts.Zip(_starts.Skip(1), (a, b) => b - a).Take(3).ToList();
        Assert.InRange(pauses[0], 1, 1.5);
        Assert.InRange(pauses[1], 2, 3);
        Assert.InRange(pauses[2], 4, 6);
        Assert.Equal(3, pauses.Select((pause, i) => pause / (1 << i)).Distinct().Count());
    }

    [Fact]
    public void OnFailure_ConstructorThatThrows_EndsTheSupervisorUnlessItsStrategySaysRestart()
    {
        var child = Props.Create(() => new Stillborn(_simulation, _starts));
        var plain = _system.ActorOf(BackoffSupervisor.Props(OnFailure(child)));
        _simulation.RunFor(TimeSpan.FromSeconds(10));
        Assert.Single(_starts);
        Assert.True(((LocalActorRef)plain).IsTerminated);

        _starts.Clear();
        _system.ActorOf(BackoffSupervisor.Props(OnFailure(child).WithSupervisorStrategy(new OneForOneStrategy(_ => Directive.Restart))));
        _simulation.RunFor(TimeSpan.FromSeconds(8));
        Assert.Equal([10, 11, 13, 17], _starts);
    }

    private Props Child(double lifeSeconds) => Props.Create(() => new Mayfly(_simulation, _starts, lifeSeconds));

    private sealed class Mayfly : ReceiveActor, IWithTimers
    {
        public Mayfly(Simulation simulation, List<double> starts, double lifeSeconds)
        {
            starts.Add(simulation.Elapsed.TotalSeconds);
            Timers.StartSingleTimer("end", "end", TimeSpan.FromSeconds(lifeSeconds));
            ReceiveAny(_ => throw new BadImageFormatException("end"));
        }

        public ITimerScheduler Timers { get; set; } = null!;
    }

    private sealed class Stillborn : ReceiveActor
    {
        public Stillborn(Simulation simulation, List<double> starts)
        {
            starts.Add(simulation.Elapsed.TotalSeconds);
            throw new BadImageFormatException("born dead");
        }
    }
}
