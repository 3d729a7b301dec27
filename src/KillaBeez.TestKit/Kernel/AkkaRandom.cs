using System.Reflection;
using Akka.Util;

namespace KillaBeez.TestKit.Kernel;

/// <summary>
/// Akka.NET draws actor uids, the jitter of its BackoffSupervisor and the choices of random routers from one private
/// field per thread. It is the one thing of a simulation that has no extension point, hence the reflection.
/// </summary>
internal static class AkkaRandom
{
    private static readonly ThreadLocal<Random>? _field =
        typeof(ThreadLocalRandom).GetField("_rng", BindingFlags.Static | BindingFlags.NonPublic)?.GetValue(null) as ThreadLocal<Random>;

    /// <summary>Whether the field is there. Without it histories still repeat, but for uids and jitter.</summary>
    public static bool IsSeedable => _field is not null;

    /// <summary>Replaces what the calling thread draws from.</summary>
    /// <returns>What it drew from before; null where nothing was replaced.</returns>
    public static Random? Swap(Random? random)
    {
        if (_field is null || random is null)
        {
            return null;
        }

        var former = _field.Value;
        _field.Value = random;
        return former;
    }
}
