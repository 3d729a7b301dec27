using System.Globalization;

namespace KillaBeez.Cli.Bench.Reports;

/// <summary>
/// Where a bench says what it does and what came of it: progress on standard error; the results on standard output, as
/// a table at the end or, as JSON, a line each at once.
/// </summary>
internal sealed class BenchReport(TextWriter output, TextWriter progress, bool json)
{
    private readonly List<BenchResult> _results = [];

    public IReadOnlyList<BenchResult> Results => _results;

    public void Progress(FormattableString text) => progress.WriteLine(text.ToString(CultureInfo.InvariantCulture));

    public void Add(BenchResult result)
    {
        _results.Add(result);
        if (json)
        {
            output.WriteLine(result.ToJson());
            output.Flush();
        }
    }

    /// <summary>Prints the table, where the results were not printed already.</summary>
    public void Finish()
    {
        if (json)
        {
            return;
        }

        var rows = _results.SelectMany(result => result.Rows()).ToList();
        var width = rows.Select(row => row.What.Length).DefaultIfEmpty().Max();
        foreach (var (what, figure) in rows)
        {
            output.WriteLine($"{what.PadRight(width)}  {figure}");
        }
    }
}
