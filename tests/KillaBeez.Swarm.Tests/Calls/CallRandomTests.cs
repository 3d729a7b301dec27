using KillaBeez.Swarm.Calls;

namespace KillaBeez.Swarm.Tests.Calls;

/// <summary>What is too much for every order: many losses, doubles, candidates, early time-outs, breaks and restarts.</summary>
public sealed class CallRandomTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void RandomTrouble_ThatStops_EndsInOneConnectionThatBothKnow(ulong family)
    {
        const ulong seedsPerFamily = 500;
        for (var seed = family * seedsPerFamily; seed < (family + 1) * seedsPerFamily; seed++)
        {
            try
            {
                Run(seed);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {seed}: {e.Message}", e);
            }
        }
    }

    private static void Run(ulong seed)
    {
        var random = new SeededRandomSource(seed);
        var options = new CallOptions
        {
            Attempts = 1000,
            Limits = new CallLimits { SignalBurst = 10_000, SignalsPerSecond = 1000 },
        };
        var world = new CallWorld(seed, options)
        {
            PreparesAtOnce = random.Chance(0.5),
            Candidates = random.NextInt32(0, 4),
        };
        var troubleSteps = random.NextInt32(0, 300);
        var lossRate = random.NextDouble() * 0.6;
        var duplicateRate = random.NextDouble() * 0.3;
        var timeoutRate = random.NextDouble() * 0.3;
        for (var i = 0; i < troubleSteps; i++)
        {
            Trouble(world, random);
            TakeStep(world, random, lossRate, duplicateRate, timeoutRate);
        }

        world.Call(0);
        world.Call(1);
        for (var i = 0; world.Steps(false, false, false).Count > 0; i++)
        {
            if (i > 20_000)
            {
                throw new InvalidOperationException("does not come to rest");
            }

            TakeStep(world, random, 0, 0, 0);
        }

        Assert.Null(world.Verdict());
    }

    private static void Trouble(CallWorld world, SeededRandomSource random)
    {
        if (random.Chance(0.1))
        {
            world.Call(random.NextInt32(0, 2));
        }

        if (random.Chance(0.02))
        {
            world.Restart(random.NextInt32(0, 2));
        }

        if (random.Chance(0.05) && world.Verdict() is null)
        {
            world.BreakLink();
        }
    }

    private static void TakeStep(CallWorld world, SeededRandomSource random, double lossRate, double duplicateRate, double timeoutRate)
    {
        var steps = world.Steps(random.Chance(lossRate), random.Chance(duplicateRate), random.Chance(timeoutRate));
        if (steps.Count > 0)
        {
            world.Do(steps[random.NextInt32(0, steps.Count)]);
        }
    }
}
