using KillaBeez.TestRunner;

namespace KillaBeez.Architecture.Tests.Runner;

public sealed class PlanTests
{
    private static readonly RunnerOptions _options = new() { Root = "/" };

    private static TestProject Project(string name, double seconds, bool isRealTime = false) => new()
    {
        Name = name,
        Assembly = name + ".dll",
        Expected = TimeSpan.FromSeconds(seconds),
        IsRealTime = isRealTime,
    };

    private static List<string> Order(Plan plan, int atOnce)
    {
        var order = new List<string>();
        var running = new List<(TestProject Project, TimeSpan End)>();
        var now = TimeSpan.Zero;
        while (true)
        {
            while (running.Count < atOnce && plan.Take(running.Select(r => r.Project)) is { } next)
            {
                order.Add(next.Name);
                running.Add((next, now + next.Expected));
            }

            if (running.Count == 0)
            {
                return order;
            }

            var first = running.MinBy(r => r.End);
            now = first.End;
            running.Remove(first);
        }
    }

    [Fact]
    public void Take_DurationsAreKnown_TheLongestBeginsFirst() =>
        Assert.Equal(["c", "a", "d", "b"], Order(new Plan([Project("a", 20), Project("b", 1), Project("c", 300), Project("d", 5)]), atOnce: 2));

    [Fact]
    public void Take_NothingIsKnown_GoesByName() =>
        Assert.Equal(["a", "b", "c"], Order(new Plan([Project("c", 0), Project("a", 0), Project("b", 0)]), atOnce: 1));

    [Fact]
    public void Take_OneInRealTimeRuns_TheNextIsNone()
    {
        var plan = new Plan([Project("interop", 300, isRealTime: true), Project("lab", 200, isRealTime: true), Project("core", 5)]);
        var interop = plan.Take([])!;

        Assert.Equal("interop", interop.Name);
        Assert.Equal("core", plan.Take([interop])!.Name);
    }

    [Fact]
    public void Take_OnlyRealTimeIsLeft_DoesNotWait()
    {
        var plan = new Plan([Project("interop", 300, isRealTime: true), Project("lab", 200, isRealTime: true)]);

        Assert.Equal("lab", plan.Take([plan.Take([])!])!.Name);
    }

    [Fact]
    public void LimitOf_LongProject_LeavesAFactorOfFourAtLeast() =>
        Assert.True(Plan.LimitOf(Project("a", 600), _options) >= TimeSpan.FromSeconds(4 * 600));

    [Fact]
    public void LimitOf_ShortProject_IsNotShort() => Assert.Equal(Plan.ShortestLimit, Plan.LimitOf(Project("a", 2), _options));

    [Fact]
    public void LimitOf_OneWasAskedFor_IsThat() =>
        Assert.Equal(TimeSpan.FromSeconds(30), Plan.LimitOf(Project("a", 600), _options with { ProjectTimeout = TimeSpan.FromSeconds(30) }));
}
