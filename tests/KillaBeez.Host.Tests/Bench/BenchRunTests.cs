using System.Text.Json;
using KillaBeez.Cli.Commands;

namespace KillaBeez.Cli.Tests.Bench;

/// <summary>Whole benches, as small as they get: what they print, not how fast they are.</summary>
public sealed class BenchRunTests
{
    [Fact]
    public async Task Link_Json_IsOneObjectForEachFigure()
    {
        var results = await RunAsync("bench", "link", "--json", "--seconds", "1", "--sizes", "1000,64", "--round-trips", "5", "--setups", "2");

        Assert.Equal(["machine", "setup", "roundtrip", "throughput", "throughput"], results.Select(Kind));
        Assert.Equal(2, results[1].GetProperty("count").GetInt32());
        Assert.True(results[1].GetProperty("medianMs").GetDouble() > 0);
        Assert.True(results[2].GetProperty("p99Us").GetDouble() >= results[2].GetProperty("p50Us").GetDouble());
        Assert.Equal([1000, 64], results.Skip(3).Select(r => r.GetProperty("messageBytes").GetInt32()));
        Assert.All(results.Skip(3), r => Assert.True(r.GetProperty("bytes").GetInt64() > 0));
    }

    [Fact]
    public async Task Mesh_Json_IsEveryRunAndTheMedian()
    {
        var results = await RunAsync("bench", "mesh", "--json", "--nodes", "3", "--runs", "1");

        Assert.Equal(["machine", "mesh-run", "mesh-run", "mesh"], results.Select(Kind));
        Assert.True(results[1].GetProperty("isWarmUp").GetBoolean());
        Assert.False(results[2].GetProperty("isWarmUp").GetBoolean());
        Assert.Equal(results[2].GetProperty("seconds").GetDouble(), results[3].GetProperty("medianSeconds").GetDouble());
        Assert.Equal(results[1].GetProperty("seconds").GetDouble(), results[3].GetProperty("coldSeconds").GetDouble());
    }

    [Fact]
    public async Task Mesh_Text_IsATableOfRunsAndMedians()
    {
        using var output = new StringWriter();

        Assert.Equal(0, await CommandLine.RunAsync(["bench", "mesh", "--nodes", "2", "--runs", "1"], output, TextWriter.Null));

        var lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Collection(
            lines,
            line => Assert.StartsWith("machine ", line, StringComparison.Ordinal),
            line => Assert.StartsWith("warm-up (cold) ", line, StringComparison.Ordinal),
            line => Assert.StartsWith("run 1 ", line, StringComparison.Ordinal),
            line => Assert.StartsWith("2 nodes to full mesh  median ", line, StringComparison.Ordinal),
            line => Assert.StartsWith("CPU ", line, StringComparison.Ordinal),
            line => Assert.StartsWith("memory ", line, StringComparison.Ordinal));
    }

    private static async Task<List<JsonElement>> RunAsync(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        Assert.True(await CommandLine.RunAsync(args, output, error) == 0, error.ToString());
        return [.. output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line))];
    }

    private static string? Kind(JsonElement result) => result.GetProperty("result").GetString();
}
