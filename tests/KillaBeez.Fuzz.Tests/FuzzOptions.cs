using System.Globalization;
using KillaBeez.Fuzz.Tests.Fuzzing;

namespace KillaBeez.Fuzz.Tests;

/// <summary>The command line of ./killabeez fuzz.</summary>
internal sealed record FuzzOptions
{
    public const string Help =
        """
        Usage: ./killabeez fuzz [--hours N] [--target NAME]... [--seed N]
               ./killabeez fuzz --target NAME --input HEX
               ./killabeez fuzz --list

        Feeds mutated input to every parser and engine and checks their oracles (docs/fuzzing.md).

          --hours N      how long, fractions allowed; 0.1 without it
          --target NAME  only this target; may be given several times
          --seed N       the base seed; a fresh one, printed, without it
          --input HEX    executes one input once, as a finding names it
          --list         the names of the targets
        """;

    public TimeSpan Time { get; init; } = TimeSpan.FromHours(0.1);

    public IReadOnlyList<FuzzTarget> Targets { get; init; } = FuzzTargets.All;

    public ulong Seed { get; init; } = SystemRandomSource.Instance.NextUInt64();

    public byte[]? Input { get; init; }

    public bool IsHelp { get; init; }

    public bool IsList { get; init; }

    public static bool TryParse(string[] args, out FuzzOptions options, out string message)
    {
        options = new FuzzOptions();
        var targets = new List<FuzzTarget>();
        try
        {
            for (var i = 0; i < args.Length; i++)
            {
                options = args[i] switch
                {
                    "-h" or "--help" => options with { IsHelp = true },
                    "--list" => options with { IsList = true },
                    "--hours" => options with { Time = TimeSpan.FromHours(double.Parse(ValueOf(args, ref i), NumberStyles.Float, CultureInfo.InvariantCulture)) },
                    "--seed" => options with { Seed = ulong.Parse(ValueOf(args, ref i), NumberStyles.None, CultureInfo.InvariantCulture) },
                    "--input" => options with { Input = Convert.FromHexString(ValueOf(args, ref i)) },
                    "--target" => options with { Targets = Appended(targets, ValueOf(args, ref i)) },
                    var other => throw new ArgumentException($"unknown option {other}"),
                };
            }

            if (options.Input is not null && options.Targets.Count != 1)
            {
                throw new ArgumentException("--input needs one --target");
            }

            message = string.Empty;
            return true;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            message = $"{e.Message}\n\n{Help}";
            return false;
        }
    }

    private static string ValueOf(string[] args, ref int i) =>
        ++i < args.Length ? args[i] : throw new ArgumentException($"{args[i - 1]} needs a value");

    private static List<FuzzTarget> Appended(List<FuzzTarget> targets, string name)
    {
        targets.Add(FuzzTargets.Named(name));
        return targets;
    }
}
