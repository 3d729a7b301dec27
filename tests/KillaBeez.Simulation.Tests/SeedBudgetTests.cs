namespace KillaBeez.Simulation.Tests;

public sealed class SeedBudgetTests
{
    [Fact]
    public void Allows_ProcessorTimeIsUsedUp_TriesAFewAllTheSame()
    {
        var budget = Parse([]);

        Assert.True(budget.Allows(begun: 0, TimeSpan.FromHours(1)));
        Assert.True(budget.Allows(SeedBudget.LeastSeeds - 1, TimeSpan.FromHours(1)));
        Assert.False(budget.Allows(SeedBudget.LeastSeeds, TimeSpan.FromMinutes(4)));
        Assert.True(budget.Allows(begun: 100_000, TimeSpan.FromMinutes(3.99)));
    }

    [Fact]
    public void Allows_CountWasAskedFor_TriesThatMany()
    {
        var budget = Parse(new() { ["KILLABEEZ_SIMULATION_SEEDS"] = "3" });

        Assert.True(budget.Allows(begun: 2, TimeSpan.FromDays(1)));
        Assert.False(budget.Allows(begun: 3, TimeSpan.Zero));
    }

    [Fact]
    public void Parse_MinutesAndFirstSeed_AreTaken()
    {
        var budget = Parse(new() { ["KILLABEEZ_SIMULATION_CPU_MINUTES"] = "60", ["KILLABEEZ_SIMULATION_FIRST_SEED"] = "77" });

        Assert.Equal(77u, budget.FirstSeed);
        Assert.True(budget.Allows(begun: 500, TimeSpan.FromMinutes(59)));
        Assert.False(budget.Allows(begun: 500, TimeSpan.FromMinutes(60)));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("many")]
    [InlineData("1.5")]
    public void Parse_NotAWholeNumber_NamesTheVariable(string value)
    {
        var e = Assert.Throws<InvalidOperationException>(() => Parse(new() { ["KILLABEEZ_SIMULATION_SEEDS"] = value }));

        Assert.Contains("KILLABEEZ_SIMULATION_SEEDS", e.Message, StringComparison.Ordinal);
    }

    private static SeedBudget Parse(Dictionary<string, string> environment) => SeedBudget.Parse(firstSeed: 6, environment.GetValueOrDefault);
}
