using System.Collections.Concurrent;

namespace KillaBeez.TestKit.Tests.Simulations;

/// <summary>Runs a test for many seeds, one on each core at a time.</summary>
internal static class Seeds
{
    /// <summary>Runs each seed twice and compares: the two are equal, and no two seeds are.</summary>
    public static void RepeatTheirHistories(int count, Func<ulong, SimulationRun> run)
    {
        var failures = new ConcurrentQueue<string>();
        var hashes = new ConcurrentDictionary<ulong, ulong>();
        Parallel.For(1, count + 1, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
        {
            var seed = (ulong)i;
            try
            {
                var (first, second) = (run(seed), run(seed));
                if (first != second)
                {
                    failures.Enqueue($"seed {seed}: two runs differ, {first.Hash:x16} and {second.Hash:x16}; {Difference(first.Log, second.Log)}");
                }

                if (!hashes.TryAdd(first.Hash, seed))
                {
                    failures.Enqueue($"seed {seed} has the history of seed {hashes[first.Hash]}");
                }
            }
            catch (Exception e)
            {
                failures.Enqueue($"seed {seed}: {e}");
            }
        });
        Assert.True(failures.IsEmpty, $"{failures.Count} of {count} seeds failed; the first: {failures.FirstOrDefault()}");
    }

    private static string Difference(string first, string second)
    {
        var lines = first.Split('\n').Zip(second.Split('\n')).FirstOrDefault(static pair => pair.First != pair.Second);
        return lines.First is null ? "their logs are equal" : $"their logs at '{lines.First}' and '{lines.Second}'";
    }
}

/// <summary>What a run is compared by: its history, and what its actors wrote, with their uids.</summary>
internal sealed record SimulationRun(ulong Hash, string Log, long Messages);
