namespace KillaBeez.Examples.AkkaService;

/// <summary>A piece of work: how many primes are there from a number up to, and without, another?</summary>
internal sealed record Job(int Number, int From, int To)
{
    /// <summary>All numbers below a limit, in so many jobs.</summary>
    public static IEnumerable<Job> Below(int limit, int count)
    {
        for (var i = 0; i < count; i++)
        {
            yield return new Job(i, (int)((long)limit * i / count), (int)((long)limit * (i + 1) / count));
        }
    }
}

/// <summary>What a worker found.</summary>
internal sealed record JobResult(int Number, int Primes);
