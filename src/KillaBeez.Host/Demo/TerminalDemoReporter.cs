using Spectre.Console;

namespace KillaBeez.Cli.Demo;

/// <summary>The same lines for a person at a terminal: coloured, with a drawn table.</summary>
internal sealed class TerminalDemoReporter(IAnsiConsole console) : IDemoReporter
{
    public void Report(DemoFact fact)
    {
        if (fact is DemoFact.Complete complete)
        {
            console.Write(Table(complete.RttMs));
        }

        if (DemoText.Line(fact) is { } line)
        {
            console.MarkupLineInterpolated($"[{Colour(fact)}]{line}[/]");
        }

        if (fact is DemoFact.Incomplete incomplete)
        {
            foreach (var pair in incomplete.Missing)
            {
                console.MarkupLineInterpolated($"[red]{DemoText.MissingLine(pair)}[/]");
            }
        }
    }

    private static string Colour(DemoFact fact) => fact switch
    {
        DemoFact.GotPeer => "yellow",
        DemoFact.Complete => "green",
        DemoFact.Incomplete or DemoFact.LostPeer or DemoFact.Greeted => "red",
        _ => "grey",
    };

    private static Table Table(IReadOnlyList<IReadOnlyList<double?>> rtt)
    {
        var table = new Table().AddColumn("rtt ms");
        for (var i = 1; i <= rtt.Count; i++)
        {
            table.AddColumn(new TableColumn($"peer{i}").RightAligned());
        }

        for (var i = 0; i < rtt.Count; i++)
        {
            table.AddRow([$"peer{i + 1}", .. rtt[i].Select(DemoText.Rtt)]);
        }

        return table;
    }
}
