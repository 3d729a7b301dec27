using Spectre.Console;

namespace KillaBeez.Cli.Demo;

/// <summary>Prints what happens in a demo.</summary>
internal interface IDemoReporter
{
    void Report(DemoFact fact);
}

/// <summary>Chooses how a demo is printed.</summary>
internal static class DemoReporters
{
    /// <summary>JSON where asked for, colours and tables on a terminal, plain text anywhere else.</summary>
    public static IDemoReporter Create(TextWriter output, bool json)
    {
        if (json)
        {
            return new JsonDemoReporter(output);
        }

        // NO_COLOR and dumb terminals are known to Spectre.Console; a redirected stream is not a terminal at all.
        return ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities.Ansi
            ? new TerminalDemoReporter(AnsiConsole.Console)
            : new PlainDemoReporter(output);
    }
}
