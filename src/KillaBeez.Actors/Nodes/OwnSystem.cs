using Akka.Configuration;

namespace KillaBeez.Actors.Nodes;

/// <summary>The actor system of a node that was started without one. It has no other purpose and ends with the node.</summary>
internal static class OwnSystem
{
    private const string Name = "killabeez";

    /// <summary>It says nothing on the console, reports no dead letters, and hangs nothing on the end of the process.</summary>
    private static readonly Config _config = ConfigurationFactory.ParseString("""
        akka {
          loggers = []
          loglevel = OFF
          stdout-loglevel = OFF
          log-dead-letters = off
          coordinated-shutdown.run-by-clr-shutdown-hook = off
        }
        """);

    public static ActorSystem Create() => ActorSystem.Create(Name, _config);
}
