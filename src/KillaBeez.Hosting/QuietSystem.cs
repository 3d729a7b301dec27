using Microsoft.Extensions.Logging;

namespace KillaBeez.Hosting;

/// <summary>The actor system of a host that has no other actors: it says nothing on the console, and logs to the host's ILogger.</summary>
internal static class QuietSystem
{
    private static readonly string _hocon = $$"""
        akka {
          stdout-loglevel = OFF
          stdout-logger-class = "{{typeof(SilentLogger).AssemblyQualifiedName}}"
          log-dead-letters = off
          coordinated-shutdown.run-by-clr-shutdown-hook = off
        }
        """;

    public static void Configure(AkkaConfigurationBuilder akka, ILoggerFactory logging, Func<SwarmOptions> options)
    {
        // Lines below the level are never made; what is made, ILogger's filters judge.
        var isDebugged = logging.CreateLogger<ActorSystem>().IsEnabled(Microsoft.Extensions.Logging.LogLevel.Debug);
        akka.ConfigureLoggers(loggers =>
        {
            loggers.LogLevel = isDebugged ? Akka.Event.LogLevel.DebugLevel : Akka.Event.LogLevel.InfoLevel;
            loggers.AddLoggerFactory();
        });
        akka.AddHocon(_hocon, HoconAddMode.Prepend);
        HostedNodes.Of(akka).Add(name: null, o => Copy(options(), o));
    }

    /// <summary>Every property, also those that will be added.</summary>
    private static void Copy(SwarmOptions from, SwarmOptions to)
    {
        foreach (var property in typeof(SwarmOptions).GetProperties())
        {
            property.SetValue(to, property.GetValue(from));
        }
    }
}
