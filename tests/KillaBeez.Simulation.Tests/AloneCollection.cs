namespace KillaBeez.Simulation.Tests;

/// <summary>Tests that measure the processor time of their process: xunit runs them one by one, when all others have ended.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "alone";
}
