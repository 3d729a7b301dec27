namespace KillaBeez.Swarm.Tests.Multiplexing;

public sealed class MuxPropertyTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void RandomApplications_OverAPipeCutAnywhere_EveryByteArrivesAndNothingIsLeft(ulong family)
    {
        const ulong seedsPerFamily = 100;
        for (var seed = family * seedsPerFamily; seed < (family + 1) * seedsPerFamily; seed++)
        {
            using var simulation = new MuxSimulation(seed);
            try
            {
                simulation.Run();
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {seed}: {e.Message}", e);
            }
        }
    }
}
