using Akka.Configuration;
using KillaBeez.TestKit.Kernel;

namespace KillaBeez.TestKit.Plugins;

/// <summary>The configuration that plugs a simulation into an actor system.</summary>
internal static class SimulationConfig
{
    private const string Key = "killabeez-testkit.simulation";

    /// <summary>
    /// Everything that would run on another thread or read the real clock is replaced or off: the loggers, since Akka.NET
    /// waits for them with a blocked thread; the listener of dead letters, which reads the date; coordinated shutdown,
    /// whose phases are tasks of the pool with deadlines of the real clock.
    /// </summary>
    private static readonly Config _plugins = ConfigurationFactory.ParseString($$"""
        akka {
          loggers = []
          stdout-loglevel = OFF
          loglevel = OFF
          log-dead-letters = off
          log-dead-letters-during-shutdown = off
          coordinated-shutdown {
            run-by-actor-system-terminate = off
            run-by-clr-shutdown-hook = off
            terminate-actor-system = off
          }
          scheduler.implementation = "{{NameOf(typeof(SimulationScheduler))}}"
          actor {
            default-dispatcher { type = "{{NameOf(typeof(SimulationDispatcherConfigurator))}}" }
            internal-dispatcher { type = "{{NameOf(typeof(SimulationDispatcherConfigurator))}}" }
            default-blocking-io-dispatcher = akka.actor.default-dispatcher
            default-fork-join-dispatcher = akka.actor.default-dispatcher
            task-dispatcher = akka.actor.default-dispatcher
            synchronized-dispatcher = akka.actor.default-dispatcher
          }
          stream.blocking-io-dispatcher = akka.actor.default-dispatcher
          stream.materializer.blocking-io-dispatcher = akka.actor.default-dispatcher
          io.pinned-dispatcher = akka.actor.default-dispatcher
        }
        """).WithFallback(ConfigurationFactory.Default());

    /// <summary>The configuration of a system in a simulation.</summary>
    /// <param name="kernel">The simulation.</param>
    /// <param name="overlay">The user's own settings, which win; null for none.</param>
    public static Config For(SimulationKernel kernel, Config? overlay)
    {
        var own = ConfigurationFactory.ParseString($"{Key} = \"{kernel.Id}\"").WithFallback(_plugins);
        return overlay is null ? own : overlay.WithFallback(own);
    }

    /// <summary>The simulation that a configuration names.</summary>
    public static SimulationKernel KernelOf(Config config) => SimulationKernel.Of(config.GetString(Key));

    private static string NameOf(Type type) => $"{type.FullName}, {type.Assembly.GetName().Name}";
}
