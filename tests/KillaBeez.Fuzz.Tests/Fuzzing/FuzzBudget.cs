using System.Globalization;

namespace KillaBeez.Fuzz.Tests.Fuzzing;

/// <summary>How the time of a test run is shared out. KILLABEEZ_FUZZ_SECONDS overrides the five minutes, KILLABEEZ_FUZZ_SEED the fresh seed.</summary>
internal static class FuzzBudget
{
    /// <summary>The seed that every run tries, so that what is found with it stays found.</summary>
    public const ulong FixedSeed = 20_261_120;

    private const double DefaultSeconds = 300;

    /// <summary>The part of the time that goes to the fixed seed.</summary>
    private const double FixedShare = 1.0 / 3;

    public static TimeSpan Total { get; } = TimeSpan.FromSeconds(
        double.TryParse(Environment.GetEnvironmentVariable("KILLABEEZ_FUZZ_SECONDS"), NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)
            ? seconds
            : DefaultSeconds);

    /// <summary>Another one in every run, so that every run looks where none has looked; it is printed.</summary>
    public static ulong FreshSeed { get; } =
        ulong.TryParse(Environment.GetEnvironmentVariable("KILLABEEZ_FUZZ_SEED"), NumberStyles.None, CultureInfo.InvariantCulture, out var seed)
            ? seed
            : SystemRandomSource.Instance.NextUInt64();

    public static TimeSpan FixedTimeOf(FuzzTarget target) => Total * FixedShare * ShareOf(target);

    public static TimeSpan FreshTimeOf(FuzzTarget target) => Total * (1 - FixedShare) * ShareOf(target);

    private static double ShareOf(FuzzTarget target) => (double)target.Weight / FuzzTargets.All.Sum(t => t.Weight);
}
