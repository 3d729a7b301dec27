namespace KillaBeez.TestKit.Tests.Simulations;

/// <summary>Systems that a test makes itself, with a simulation's configuration, and what is different about them.</summary>
public sealed class OwnSystemTests : IDisposable
{
    private static readonly TimeSpan _hour = TimeSpan.FromHours(1);

    private readonly Simulation _simulation = new(1);

    public void Dispose() => _simulation.Dispose();

    [Fact]
    public void SystemOfConfigFor_RunsInVirtualTime()
    {
        var system = Make();
        var probe = new SimulatedProbe(_simulation, system);
        probe.Send(system.ActorOf(EchoActor.Of(_hour)), "m");
        Assert.Equal("m", probe.ExpectMsg<string>(_hour));
        Assert.Equal(_hour, _simulation.Elapsed);
        _simulation.ThrowIfForeign();
    }

    /// <summary>A logger is an actor of which nobody expects that it changes the history; Akka.NET waits for it with a blocked thread.</summary>
    [Fact]
    public void LoggersInHocon_AreNotStarted()
    {
        const string Hocon = """
            akka {
              loglevel = DEBUG
              loggers = ["Akka.Event.DefaultLogger, Akka"]
            }
            """;
        var system = _simulation.CreateSystem("logging", Hocon);
        Assert.Empty(system.Settings.Loggers);
        Assert.Equal("DEBUG", system.Settings.LogLevel);

        var probe = new SimulatedProbe(_simulation, system);
        _simulation.Do(() => system.EventStream.Subscribe(probe.Ref, typeof(Akka.Event.Error)));
        system.ActorOf(LambdaActor.Of(_ => throw new InvalidOperationException("said to the event stream"))).Tell("m");
        Assert.Contains("said to the event stream", probe.ExpectMsg<Akka.Event.Error>(_hour).ToString(), StringComparison.Ordinal);
        _simulation.ThrowIfForeign();
        Assert.Empty(_simulation.Warnings);
    }

    [Fact]
    public async Task SystemOfConfigFor_Terminated_SaysSoInTheThreadPool() =>
        Assert.NotEqual(Environment.CurrentManagedThreadId, await EndedOn(Make()));

    [Fact]
    public async Task SystemOfCreateSystem_Terminated_SaysSoInside() =>
        Assert.Equal(Environment.CurrentManagedThreadId, await EndedOn(_simulation.CreateSystem("theirs")));

    private ActorSystem Make() => _simulation.Do(() => ActorSystem.Create("mine", _simulation.ConfigFor()));

    /// <summary>The thread that completes WhenTerminated. This one meanwhile gives itself to nobody, so it is not it by chance.</summary>
    private Task<int> EndedOn(ActorSystem system)
    {
        var thread = system.WhenTerminated.ContinueWith(
            _ => Environment.CurrentManagedThreadId,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        _ = _simulation.Do(system.Terminate);
        _simulation.RunFor(_hour);
        Assert.True(SpinWait.SpinUntil(() => thread.IsCompleted, TimeSpan.FromMinutes(2)), "the system ended");
        return thread;
    }
}
