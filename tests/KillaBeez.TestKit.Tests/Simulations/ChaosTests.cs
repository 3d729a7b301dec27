using System.Diagnostics;
using System.Globalization;

namespace KillaBeez.TestKit.Tests.Simulations;

/// <summary>Unmodified Akka.NET actors, whatever they do, have one history for a seed.</summary>
public sealed class ChaosTests
{
    private const int SeedCount = 200;
    private const int ProcessSeedCount = 5;

    [Fact]
    public void FiftyActorsInThreeSystems_EverySeedTwice_RepeatTheirHistories() => Seeds.RepeatTheirHistories(SeedCount, seed =>
    {
        var run = ChaosSimulation.Run(seed);
        Assert.True(run.Messages > 3_000, $"the actors are at work: {run.Messages} messages");
        return run;
    });

    /// <summary>
    /// The harder proof: hashes of strings and of objects differ from process to process, and with them the order of every
    /// hash set inside of Akka.NET.
    /// </summary>
    [Fact]
    public async Task FiftyActorsInThreeSystems_InTwoProcesses_HaveTheSameHistories()
    {
        var here = string.Concat(Enumerable.Range(1, ProcessSeedCount).Select(i => ChaosProcess.Line((ulong)i)));
        var host = Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";
        var start = new ProcessStartInfo(host, ["exec", typeof(ChaosTests).Assembly.Location, ChaosProcess.Command, ProcessSeedCount.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var (there, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();

        Assert.True(process.ExitCode == 0, await errors);
        Assert.Equal(here, await there);
    }
}
