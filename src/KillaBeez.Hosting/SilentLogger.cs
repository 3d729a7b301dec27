using Akka.Event;

namespace KillaBeez.Hosting;

/// <summary>
/// Stands where an actor system has its console logger: Akka.NET gives that one what the other loggers have left when the
/// system ends, whatever stdout-loglevel says.
/// </summary>
internal sealed class SilentLogger : MinimalLogger
{
    protected override void Log(object message)
    {
    }
}
