using Akka.Actor.Setup;
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

    /// <param name="setup">What code gives the system besides; null for nothing.</param>
    public static ActorSystem Create(Setup? setup = null)
    {
        var bootstrap = BootstrapSetup.Create().WithConfig(_config);
        return ActorSystem.Create(Name, setup is null ? ActorSystemSetup.Create(bootstrap) : ActorSystemSetup.Create(bootstrap, setup));
    }
}
