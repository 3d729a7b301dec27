using Akka.Configuration;
using Akka.Configuration.Hocon;
using KillaBeez.Actors.Nodes;
using KillaBeez.TestKit.Kernel;

namespace KillaBeez.TestKit.Plugins;

/// <summary>The configuration that plugs a simulation into an actor system.</summary>
internal static class SimulationConfig
{
    private const string Key = "killabeez-testkit.simulation";
    private const string Loggers = "akka.loggers";

    /// <summary>
    /// Everything that would run on another thread or read the real clock is replaced or off: the loggers, since Akka.NET
    /// waits for them with a blocked thread; the listener of dead letters, which reads the date; coordinated shutdown,
    /// whose phases are tasks of the pool with deadlines of the real clock.
    /// </summary>
    /// <remarks>Made one object out of two, with the settings of KillaBeez and of Akka.NET in it: every look-up of every system ends at once.</remarks>
    private static readonly Config _plugins = Flatten(ConfigurationFactory.ParseString($$"""
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
            provider = "{{NameOf(typeof(SimulationActorRefProvider))}}"
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
        {{NodeRegistry.NetworkRefusalKey}} = "This actor system is simulated, so no node of it may use this machine's network. SimulatedSwarm.AddNode starts a node on the simulated network, in an actor system of its own."
        killabeez.dispatcher.type = "{{NameOf(typeof(SimulationDispatcherConfigurator))}}"
        """).WithFallback(KillaBeezSwarm.DefaultConfig()).WithFallback(ConfigurationFactory.Default()));

    private static readonly string[] _threadedDispatchers =
        ["Dispatcher", "ForkJoinDispatcher", "PinnedDispatcher", "TaskDispatcher", "SynchronizedDispatcher"];

    /// <summary>The configuration of a system in a simulation.</summary>
    /// <param name="kernel">The simulation.</param>
    /// <param name="overlay">The user's own settings, which win, but for loggers and the types of dispatchers; null for none.</param>
    public static Config For(SimulationKernel kernel, Config? overlay)
    {
        var own = ConfigurationFactory.ParseString($"{Key} = \"{kernel.Id}\"").WithFallback(_plugins);
        if (overlay is null)
        {
            return own;
        }

        var dispatchers = new List<string>();
        FindThreadedDispatchers(overlay.Root, string.Empty, dispatchers);
        var kept = dispatchers.Select(static path => $"{path}.type = \"{NameOf(typeof(SimulationDispatcherConfigurator))}\"");
        if (overlay.HasPath(Loggers))
        {
            kept = kept.Append($"{Loggers} = []");
        }

        var settings = string.Join('\n', kept);
        var all = overlay.WithFallback(own);
        return settings.Length == 0 ? all : ConfigurationFactory.ParseString(settings).WithFallback(all);
    }

    /// <summary>The simulation that a configuration names.</summary>
    public static SimulationKernel KernelOf(Config config) => SimulationKernel.Of(config.GetString(Key));

    private static void FindThreadedDispatchers(HoconValue value, string path, List<string> found)
    {
        if (!value.IsObject())
        {
            return;
        }

        var items = value.GetObject().Items;
        if (items.TryGetValue("executor", out _) || (items.TryGetValue("type", out var type) && type.IsString() && _threadedDispatchers.Contains(type.GetString())))
        {
            found.Add(path);
        }

        foreach (var (key, inner) in items)
        {
            var name = key.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') ? key : $"\"{key}\"";
            FindThreadedDispatchers(inner, path.Length == 0 ? name : $"{path}.{name}", found);
        }
    }

    private static Config Flatten(Config config) => new(new HoconRoot(config.Root));

    private static string NameOf(Type type) => $"{type.FullName}, {type.Assembly.GetName().Name}";
}
