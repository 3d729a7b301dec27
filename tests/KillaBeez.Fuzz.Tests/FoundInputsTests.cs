using KillaBeez.Fuzz.Tests.Fuzzing;

namespace KillaBeez.Fuzz.Tests;

public sealed class FoundInputsTests
{
    public static TheoryData<string, string, string> Inputs => FoundInputs.All;

    [Theory]
    [MemberData(nameof(Inputs))]
    public void Input_ThatOnceViolatedAnOracle_KeepsItNow(string target, string hex, string what)
    {
        var violation = Execution.Run(FuzzTargets.Named(target), Convert.FromHexString(hex), out _);
        Assert.True(violation is null, $"{what}: {violation?.Message}");
    }
}
