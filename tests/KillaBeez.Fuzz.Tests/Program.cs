using KillaBeez.Fuzz.Tests.Fuzzing;

namespace KillaBeez.Fuzz.Tests;

/// <summary>The program behind ./killabeez fuzz.</summary>
internal static class Program
{
    public static int Main(string[] args)
    {
        if (!FuzzOptions.TryParse(args, out var options, out var message))
        {
            Console.Error.WriteLine(message);
            return 2;
        }

        if (options.IsHelp)
        {
            Console.WriteLine(FuzzOptions.Help);
            return 0;
        }

        if (options.IsList)
        {
            foreach (var target in FuzzTargets.All)
            {
                Console.WriteLine(target.Name);
            }

            return 0;
        }

        return options.Input is { } input ? Repeat(options.Targets[0], input) : FuzzSession.Run(options, Console.Out);
    }

    /// <summary>One input, once; where it ends in an exception, that is shown.</summary>
    private static int Repeat(FuzzTarget target, byte[] input)
    {
        var violation = Execution.Run(target, input, out var outcome);
        Console.WriteLine(violation is null ? $"{target.Name}: every oracle holds (outcome {outcome:x8})" : $"{target.Name}: {violation.Message}");
        return violation is null ? 0 : 1;
    }
}
