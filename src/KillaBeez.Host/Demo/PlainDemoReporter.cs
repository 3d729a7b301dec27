namespace KillaBeez.Cli.Demo;

/// <summary>Plain text, a line at a time: for pipes, files and CI logs.</summary>
internal sealed class PlainDemoReporter(TextWriter output) : IDemoReporter
{
    private const int ColumnChars = 8;

    public void Report(DemoFact fact)
    {
        if (fact is DemoFact.Complete complete)
        {
            WriteTable(complete.RttMs);
        }

        if (DemoText.Line(fact) is { } line)
        {
            output.WriteLine(line);
        }

        if (fact is DemoFact.Incomplete incomplete)
        {
            foreach (var pair in incomplete.Missing)
            {
                output.WriteLine(DemoText.MissingLine(pair));
            }
        }

        output.Flush();
    }

    private void WriteTable(IReadOnlyList<IReadOnlyList<double?>> rtt)
    {
        WriteRow("rtt ms", Enumerable.Range(1, rtt.Count).Select(n => $"peer{n}"));
        for (var i = 0; i < rtt.Count; i++)
        {
            WriteRow($"peer{i + 1}", rtt[i].Select(DemoText.Rtt));
        }
    }

    private void WriteRow(string head, IEnumerable<string> cells) =>
        output.WriteLine(head.PadRight(ColumnChars) + string.Concat(cells.Select(c => c.PadLeft(ColumnChars))));
}
