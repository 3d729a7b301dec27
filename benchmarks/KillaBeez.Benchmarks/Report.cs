using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace KillaBeez.Benchmarks;

/// <summary>Measures and prints: a row of a table for each figure, or with <c>--json</c> one object a line.</summary>
internal sealed class Report(TextWriter output, bool json)
{
    private const int WarmUpRuns = 2;
    private const int Runs = 5;

    private readonly List<Figure> _figures = [];
    private string _benchmark = string.Empty;

    public IReadOnlyList<Figure> Figures => _figures;

    /// <summary>Names the benchmark that the following figures belong to.</summary>
    public void Begin(string benchmark)
    {
        _benchmark = benchmark;
        if (!json)
        {
            output.WriteLine();
            output.WriteLine($"== {benchmark}");
        }
    }

    /// <summary>A line that is no figure; the first one says which machine it is.</summary>
    public void Note(string text) => output.WriteLine(json ? JsonSerializer.Serialize(new { note = text }) : text);

    /// <summary>Times a piece of work, the median of several runs after some to warm up, and what it allocates.</summary>
    /// <param name="what">What was measured.</param>
    /// <param name="operations">How often one run of <paramref name="work"/> does the operation.</param>
    /// <param name="work">One run; it does the operation that many times.</param>
    /// <param name="bytesPerOperation">Payload bytes moved by each operation, or 0.</param>
    public void Time(string what, int operations, Action work, int bytesPerOperation = 0)
    {
        for (var i = 0; i < WarmUpRuns; i++)
        {
            work();
        }

        var nanoseconds = new double[Runs];
        var allocatedBefore = GC.GetTotalAllocatedBytes(precise: true);
        for (var i = 0; i < Runs; i++)
        {
            var start = Stopwatch.GetTimestamp();
            work();
            nanoseconds[i] = Stopwatch.GetElapsedTime(start).TotalNanoseconds / operations;
        }

        var allocated = (GC.GetTotalAllocatedBytes(precise: true) - allocatedBefore) / (double)Runs / operations;
        Array.Sort(nanoseconds);
        Add(new Figure(_benchmark, what, nanoseconds[Runs / 2], "ns")
        {
            Least = nanoseconds[0],
            Most = nanoseconds[^1],
            MegabytesPerSecond = bytesPerOperation > 0 ? bytesPerOperation * 1e3 / nanoseconds[Runs / 2] : null,
            AllocatedBytes = Math.Round(allocated, 1),
        });
    }

    /// <summary>The best of several measurements of a rate: what disturbs one only ever makes it slower.</summary>
    public void Best(string what, string unit, Func<double> measure)
    {
        var rates = new double[Runs];
        for (var i = 0; i < Runs; i++)
        {
            rates[i] = measure();
        }

        Add(new Figure(_benchmark, what, rates.Max(), unit) { Least = rates.Min(), Most = rates.Max() });
    }

    /// <summary>The middle of times that were taken one by one.</summary>
    public void Times(string what, string unit, double[] times)
    {
        Array.Sort(times);
        Add(new Figure(_benchmark, what, times[times.Length / 2], unit)
        {
            Least = times[0],
            Most = times[^1],
            P99 = times[times.Length * 99 / 100],
        });
    }

    public void Add(string what, double value, string unit) => Add(new Figure(_benchmark, what, value, unit));

    private void Add(Figure figure)
    {
        _figures.Add(figure);
        output.WriteLine(json ? JsonSerializer.Serialize(figure, _json) : figure.ToString());
        output.Flush();
    }

    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
    };
}

/// <summary>One figure.</summary>
/// <param name="Benchmark">Whose it is.</param>
/// <param name="What">What was measured.</param>
/// <param name="Value">The median of times, the best of rates.</param>
/// <param name="Unit">The unit of the value, the least, the most and the 99th percentile.</param>
internal sealed record Figure(string Benchmark, string What, double Value, string Unit)
{
    public double? Least { get; init; }

    public double? Most { get; init; }

    public double? P99 { get; init; }

    public double? MegabytesPerSecond { get; init; }

    /// <summary>Managed bytes allocated by each operation.</summary>
    public double? AllocatedBytes { get; init; }

    public override string ToString()
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{What,-52} {Value,14:N1} {Unit}");
        text += P99 is { } p99 ? string.Create(CultureInfo.InvariantCulture, $"   p99 {p99:N1}") : string.Empty;
        text += Least is { } least ? string.Create(CultureInfo.InvariantCulture, $"   ({least:N1} to {Most:N1})") : string.Empty;
        text += MegabytesPerSecond is { } rate ? string.Create(CultureInfo.InvariantCulture, $"   {rate:N0} MB/s") : string.Empty;
        text += AllocatedBytes is { } bytes ? string.Create(CultureInfo.InvariantCulture, $"   {bytes:N1} B allocated") : string.Empty;
        return text;
    }
}
