using System.Globalization;

namespace KillaBeez.WebRtc.Tests.Ice;

/// <summary>
/// How many seeds a sweep tries: a few in every run, many times as many where the environment variable
/// KILLABEEZ_SEED_FACTOR says so (nightly).
/// </summary>
internal static class SeedSweep
{
    private static readonly int Factor =
        int.TryParse(Environment.GetEnvironmentVariable("KILLABEEZ_SEED_FACTOR"), NumberStyles.None, CultureInfo.InvariantCulture, out var factor)
            ? Math.Max(1, factor)
            : 1;

    public static IEnumerable<ulong> Of(int count)
    {
        for (ulong seed = 1; seed <= (ulong)count * (ulong)Factor; seed++)
        {
            yield return seed;
        }
    }
}
