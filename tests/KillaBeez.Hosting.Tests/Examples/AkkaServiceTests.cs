using System.Globalization;
using System.Text.RegularExpressions;
using KillaBeez.Hosting.Tests.Hosts;

namespace KillaBeez.Hosting.Tests.Examples;

/// <summary>examples/akka-service does what its README says, as processes.</summary>
public sealed partial class AkkaServiceTests
{
    private const int JobCount = 400;

    /// <summary>Work for seconds, so that nobody has done it all before the kill.</summary>
    private const int Below = 10_000_000;
    private const int PrimesBelow = 664_579;

    [Fact]
    public async Task KilledWorkersJobs_AreTakenOver_AndAllAreDoneOnce()
    {
        await using var exchange = await TestExchange.StartAsync();
        string[] settings = ["--KillaBeez:Exchanges:0", exchange.Address.AbsoluteUri];
        using var coordinator = ServiceProcess.Start(["coordinator", "--below", $"{Below}", "--jobs", $"{JobCount}", .. settings]);
        var key = (await coordinator.UntilAsync(Coordinator())).Groups["key"].Value;
        var results = new List<int>();
        void Note(string line)
        {
            if (JobDone().Match(line) is { Success: true } job)
            {
                results.Add(int.Parse(job.Groups["job"].Value, CultureInfo.InvariantCulture));
            }
        }

        using var victim = ServiceProcess.Start(["worker", "--coordinator", key, .. settings]);
        var victimKey = (await coordinator.UntilAsync(Joined(), Note)).Groups["key"].Value;
        await coordinator.UntilAsync(JobDone(), Note);

        // It has jobs now, and would be given more for every one that it does.
        victim.Kill();
        using var second = ServiceProcess.Start(["worker", "--coordinator", key, .. settings]);
        using var third = ServiceProcess.Start(["worker", "--coordinator", key, .. settings]);
        var left = await coordinator.UntilAsync(Left(), Note);
        Assert.Equal(victimKey, left.Groups["key"].Value);
        Assert.NotEqual("0", left.Groups["jobs"].Value);

        var all = await coordinator.UntilAsync(AllDone(), Note);

        Assert.Equal(PrimesBelow, int.Parse(all.Groups["primes"].Value, CultureInfo.InvariantCulture));
        Assert.Equal(Enumerable.Range(0, JobCount), results.Order());
        Assert.Equal(0, await coordinator.ExitAsync());
    }

    [Theory]
    [InlineData("queen")]
    [InlineData("worker")]
    public async Task WrongArguments_AreAnsweredWithTheUsage(string argument)
    {
        using var process = ServiceProcess.Start(argument);

        Assert.Equal(1, await process.ExitAsync());
    }

    [GeneratedRegex("Coordinator (?<key>[0-9a-f]{64}) waits")]
    private static partial Regex Coordinator();

    [GeneratedRegex("Worker (?<key>[0-9a-f]{64}) has joined")]
    private static partial Regex Joined();

    [GeneratedRegex("Worker (?<key>[0-9a-f]{64}) has left with (?<jobs>[0-9]+) jobs")]
    private static partial Regex Left();

    [GeneratedRegex("Job (?<job>[0-9]+) is done by (?<key>[0-9a-f]{64})")]
    private static partial Regex JobDone();

    [GeneratedRegex("All [0-9]+ jobs are done: (?<primes>[0-9]+) primes")]
    private static partial Regex AllDone();
}
