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
        Parallel.For(first, first + count, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, seed => RunOne((ulong)seed, run, failures));
        AssertNone(output, failures, count);
    }

    /// <summary>
    /// Runs a seed on each core at a time for as long as the budget lasts. It counts the processor time of the whole
    /// process, which must do nothing else meanwhile; so a busy machine takes longer and tries as many seeds as an idle one.
    /// </summary>
    public static void ForBudget(ITestOutputHelper output, SeedBudget budget, Action<ulong> run)
    {
        var failures = new ConcurrentQueue<string>();
        var start = Environment.CpuUsage.TotalTime;
        TimeSpan Used() => Environment.CpuUsage.TotalTime - start;

        var gate = new Lock();
        var count = 0;
        Parallel.For(0, Environment.ProcessorCount, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, _ =>
        {
            while (true)
            {
                int index;
                lock (gate)
                {
                    if (!budget.Allows(count, Used()))
                    {
                        return;
                    }

                    index = count++;
                }

                RunOne(budget.FirstSeed + (ulong)index, run, failures);
            }
        });

        // The runner shows such lines of tests that pass, too.
        output.WriteLine($"note: {count} seeds from {budget.FirstSeed} on in {Used().TotalSeconds:0} s of processor time; the next is {budget.FirstSeed + (ulong)count}");
        AssertNone(output, failures, count);
    }

    private static void RunOne(ulong seed, Action<ulong> run, ConcurrentQueue<string> failures)
    {
        try
        {
            run(seed);
        }
        catch (Exception e)
        {
            failures.Enqueue($"seed {seed}: {e}");
        }
    }

    private static void AssertNone(ITestOutputHelper output, ConcurrentQueue<string> failures, int count)
    {
        foreach (var failure in failures.Take(3))
        {
            output.WriteLine(failure);
        }

        Assert.True(failures.IsEmpty, $"{failures.Count} of {count} seeds failed; the first: {failures.FirstOrDefault()}");
    }
}
