using System.Diagnostics;
using System.Globalization;

namespace KillaBeez.Benchmarks;

/// <summary>Times a piece of work: some runs to warm up, then the median of several.</summary>
internal static class Measure
{
    private const int WarmUpRuns = 2;
    private const int Runs = 5;

    /// <summary>Prints time and allocation per operation, and MB/s where <paramref name="bytesPerOperation"/> is given.</summary>
    /// <param name="output">Where the line goes.</param>
    /// <param name="name">What was measured.</param>
    /// <param name="operations">How often one run of <paramref name="work"/> does the operation.</param>
    /// <param name="work">One run; it does the operation that many times.</param>
    /// <param name="bytesPerOperation">Payload bytes moved by each operation, or 0.</param>
    public static void Report(TextWriter output, string name, int operations, Action work, int bytesPerOperation = 0)
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
        var median = nanoseconds[Runs / 2];
        var rate = bytesPerOperation > 0 ? $"{bytesPerOperation * 1e3 / median,10:N0} MB/s" : $"{1e9 / median,10:N0} /s";
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name,-48} {median,12:N1} ns (of {nanoseconds[0]:N1}-{nanoseconds[^1]:N1}) {rate} {allocated,8:N1} B/op"));
    }
}
