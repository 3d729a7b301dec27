using Akka.Pattern;

namespace KillaBeez.TestKit.Tests.Simulations;

/// <summary>Fifty actors in three systems, a fifth of them below a BackoffSupervisor with jitter, and an application that asks them.</summary>
internal static class ChaosSimulation
{
    private const int ActorCount = 50;
    private const int SystemCount = 3;

    public static SimulationRun Run(ulong seed)
    {
        using var simulation = new Simulation(seed);
        var world = new ChaosWorld(simulation);
        var random = new Random((int)seed);
        var systems = Enumerable.Range(0, SystemCount).Select(i => simulation.CreateSystem($"node{i}")).ToArray();
        for (var i = 0; i < ActorCount; i++)
        {
            var (name, own) = ($"w{i}", new Random(random.Next()));
            var props = Props.Create(() => new ChaosActor(name, world, own));
            if (i % 5 == 0)
            {
                props = BackoffSupervisor.Props(Backoff.OnFailure(props, "inner", TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(3), 0.3, -1));
            }

            var system = systems[i % SystemCount];
            world.Everyone.Add(simulation.Do(() => system.ActorOf(props, name)));
        }

        simulation.Post(() => _ = AskEveryoneAsync(world));
        simulation.RunFor(TimeSpan.FromSeconds(5));
        simulation.Do(() =>
        {
            foreach (var system in systems)
            {
                _ = system.Terminate();
            }
        });
        simulation.RunFor(TimeSpan.FromSeconds(5));
        Assert.All(systems, system => Assert.True(system.WhenTerminated.IsCompletedSuccessfully));
        simulation.ThrowIfForeign();
        Assert.Empty(simulation.Warnings);
        return new SimulationRun(simulation.HistoryHash, world.Log.ToString(), simulation.MessageCount);
    }

    /// <summary>Application code, outside of any actor: what it awaits comes back into the simulation.</summary>
    private static async Task AskEveryoneAsync(ChaosWorld world)
    {
        for (var i = 0; i < 20; i++)
        {
            string answer;
            try
            {
                answer = await world.Everyone[i].Ask<string>(new Question(i), TimeSpan.FromSeconds(1));
            }
            catch (AskTimeoutException)
            {
                answer = "none";
            }

            world.Note($"application {i} {answer}");
            await Task.Delay(TimeSpan.FromMilliseconds(100), world.Simulation.TimeProvider);
        }
    }
}
