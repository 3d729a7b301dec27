using Xunit.Abstractions;

namespace KillaBeez.Swarm.Tests.Calls;

/// <summary>
/// Every order in which signals, links and notices can take effect, by depth-first search over all choices: each
/// execution replays a prefix of choices and takes the first one after that.
/// </summary>
public sealed class CallInterleavingTests(ITestOutputHelper output)
{
    private const int MaxSteps = 400;

    public static TheoryData<string, int, int, int> Scenarios => new()
    {
        // name, signals that may be lost, signals that may arrive twice, time-outs that may come early
        { "both call", 0, 0, 0 },
        { "both call", 2, 0, 0 },
        { "both call", 0, 1, 0 },
        { "both call", 1, 1, 0 },
        { "both call", 0, 0, 1 },
        { "larger calls", 2, 1, 0 },
        { "larger calls", 1, 0, 1 },
        { "smaller calls", 2, 1, 0 },
        { "smaller calls", 1, 0, 1 },
        { "link breaks", 1, 0, 0 },
        { "link breaks", 0, 1, 0 },
        { "larger restarts and calls", 2, 0, 0 },
        { "smaller restarts and calls", 2, 0, 0 },
        { "smaller restarts, both call", 1, 0, 0 },
    };

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void EveryOrder_OfAllThatCanHappen_EndsInOneConnectionThatBothKnow(string scenario, int losses, int duplicates, int earlyTimeouts)
    {
        List<(int Chosen, int Count)> path = [];
        long executions = 0;
        do
        {
            Execute(scenario, losses, duplicates, earlyTimeouts, path);
            executions++;
        }
        while (Advance(path));
        output.WriteLine($"{executions} executions");
        Assert.True(executions > 1);
    }

    private static void Start(CallWorld world, string scenario)
    {
        switch (scenario)
        {
            case "both call":
                world.Call(0);
                world.Call(1);
                return;
            case "larger calls":
                world.Call(0);
                return;
            case "smaller calls":
                world.Call(1);
                return;
        }

        world.Call(0);
        world.RunToRest();
        Assert.Null(world.Verdict());
        switch (scenario)
        {
            case "link breaks":
                world.BreakLink();
                return;
            case "larger restarts and calls":
                world.Restart(0);
                world.Call(0);
                return;
            default:
                world.Restart(1);
                world.Call(1);
                if (scenario.EndsWith("both call", StringComparison.Ordinal))
                {
                    world.Call(0);
                }

                return;
        }
    }

    private static void Execute(string scenario, int losses, int duplicates, int earlyTimeouts, List<(int Chosen, int Count)> path)
    {
        var world = new CallWorld(seed: 1);
        Start(world, scenario);
        List<CallWorld.Step> trace = [];
        for (var depth = 0; ; depth++)
        {
            var steps = world.Steps(losses > 0, duplicates > 0, earlyTimeouts > 0);
            if (steps.Count == 0)
            {
                break;
            }

            Assert.True(depth < MaxSteps, $"{scenario}: does not come to rest: {string.Join(", ", trace)}");
            if (depth == path.Count)
            {
                path.Add((0, steps.Count));
            }

            var step = steps[path[depth].Chosen];
            trace.Add(step);
            losses -= step.Kind == CallWorld.StepKind.Lose ? 1 : 0;
            duplicates -= step.Kind == CallWorld.StepKind.Duplicate ? 1 : 0;
            earlyTimeouts -= step.Kind == CallWorld.StepKind.Timeout && steps.Count > 1 ? 1 : 0;
            world.Do(step);
        }

        var verdict = world.Verdict();
        Assert.True(verdict is null, $"{scenario}: {verdict} after {string.Join(", ", trace)}");
    }

    private static bool Advance(List<(int Chosen, int Count)> path)
    {
        while (path.Count > 0)
        {
            var (chosen, count) = path[^1];
            path.RemoveAt(path.Count - 1);
            if (chosen + 1 < count)
            {
                path.Add((chosen + 1, count));
                return true;
            }
        }

        return false;
    }
}
