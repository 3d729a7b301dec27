using KillaBeez.Fuzz.Tests.Fuzzing;
using Xunit.Abstractions;

namespace KillaBeez.Fuzz.Tests;

/// <summary>Every target for its share of the time, first under the seed that never changes and then under a fresh one.</summary>
public sealed class FuzzTests(ITestOutputHelper output)
{
    public static TheoryData<string> Targets => [.. FuzzTargets.All.Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Target_UnderTheFixedSeed_KeepsItsOracles(string name) =>
        Run(name, FuzzBudget.FixedSeed, FuzzBudget.FixedTimeOf(FuzzTargets.Named(name)));

    [Theory]
    [MemberData(nameof(Targets))]
    public void Target_UnderAFreshSeed_KeepsItsOracles(string name) =>
        Run(name, FuzzBudget.FreshSeed, FuzzBudget.FreshTimeOf(FuzzTargets.Named(name)));

    private void Run(string name, ulong seed, TimeSpan time)
    {
        var run = new FuzzRun(FuzzTargets.Named(name), seed);
        var finding = FuzzLoop.Run(run, time);
        output.WriteLine($"{name}: seed {seed}, {run.Executions} executions, {run.CorpusCount} inputs, {run.Outcomes} outcomes");
        Assert.True(finding is null, finding?.ToString());
        Assert.True(run.Executions > 0, $"seed {seed}: nothing was executed in {time}");
    }
}
