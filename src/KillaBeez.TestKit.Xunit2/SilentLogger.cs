using Akka.Event;

namespace KillaBeez.TestKit.Xunit2;

/// <summary>
/// Stands where Akka.NET would write to the console: what is logged goes to the test's output and to event filters only.
/// Named in HOCON, and made by Akka.NET.
/// </summary>
internal sealed class SilentLogger : MinimalLogger
{
    protected override void Log(object message)
    {
    }
}
