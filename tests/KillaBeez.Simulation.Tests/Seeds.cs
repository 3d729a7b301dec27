using System.Collections.Concurrent;
using Xunit.Abstractions;

namespace KillaBeez.Simulation.Tests;

/// <summary>Runs a test for many seeds.</summary>
internal static class Seeds
{
    /// <summary>Runs a seed on each core at a time; the first failures are shown with their seeds.</summary>
    public static void ForEach(ITestOutputHelper output, int first, int count, Action<ulong> run)
    {
        var failures = new ConcurrentQueue<string>();
        Parallel.For(first, first + count, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, seed =>
        {
            try
            {
                run((ulong)seed);
            }
            catch (Exception e)
            {
                failures.Enqueue($"seed {seed}: {e}");
            }
        });
        foreach (var failure in failures.Take(3))
        {
            output.WriteLine(failure);
        }

        Assert.True(failures.IsEmpty, $"{failures.Count} of {count} seeds failed; the first: {failures.FirstOrDefault()}");
    }
}
