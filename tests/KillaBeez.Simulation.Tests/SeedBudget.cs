using System.Globalization;

namespace KillaBeez.Simulation.Tests;

/// <summary>
/// How many seeds a sweep tries that could go on for ever: those that fit in some minutes of processor time, or a number
/// that somebody asked for.
/// </summary>
internal sealed record SeedBudget
{
    private const string FirstVariable = "KILLABEEZ_SIMULATION_FIRST_SEED";
    private const string CountVariable = "KILLABEEZ_SIMULATION_SEEDS";
    private const string MinutesVariable = "KILLABEEZ_SIMULATION_CPU_MINUTES";

    /// <summary>A machine on which not even these fit tries them all the same.</summary>
    public const int LeastSeeds = 10;

    public required ulong FirstSeed { get; init; }

    /// <summary>Exactly so many, whatever they take; null for what fits.</summary>
    public int? Count { get; init; }

    public TimeSpan ProcessorTime { get; init; } = TimeSpan.FromMinutes(4);

    /// <summary>Whether a seed more may begin, after so many have, in so much time.</summary>
    public bool Allows(int begun, TimeSpan used) => Count is { } count ? begun < count : begun < LeastSeeds || used < ProcessorTime;

    /// <summary>What the environment says, beginning with the given seed where it says nothing about that.</summary>
    public static SeedBudget FromEnvironment(ulong firstSeed) => Parse(firstSeed, Environment.GetEnvironmentVariable);

    public static SeedBudget Parse(ulong firstSeed, Func<string, string?> variable)
    {
        var budget = new SeedBudget { FirstSeed = Number(variable, FirstVariable) ?? firstSeed, Count = (int?)Number(variable, CountVariable) };
        return Number(variable, MinutesVariable) is { } minutes ? budget with { ProcessorTime = TimeSpan.FromMinutes(minutes) } : budget;
    }

    private static uint? Number(Func<string, string?> variable, string name)
    {
        var text = variable(name);
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        return uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= int.MaxValue
            ? number
            : throw new InvalidOperationException($"{name} is '{text}': a whole number from 1 on is wanted");
    }
}
