using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using KillaBeez.Cli.Bench.Agents;
using KillaBeez.Cli.Bench.Link;
using KillaBeez.Cli.Bench.Mesh;
using KillaBeez.Cli.Bench.Reports;
using KillaBeez.Cli.Commands;

namespace KillaBeez.Cli.Bench;

/// <summary><c>killabeez bench link</c>, <c>killabeez bench mesh</c> and <c>killabeez bench agent</c>: their options.</summary>
internal static class BenchCommand
{
    private const int MostSeconds = 3600;
    private const int MostRepeats = 1_000_000;

    public static Command Create() => Create(LinkBench.RunAsync, MeshBench.RunAsync, AgentProgram.RunAsync);

    /// <summary>The command with others behind it, for tests of what it reads.</summary>
    public static Command Create(
        Func<BenchLinkOptions, BenchReport, CancellationToken, Task> link,
        Func<BenchMeshOptions, BenchReport, CancellationToken, Task> mesh,
        Func<AgentOptions, TextReader, TextWriter, CancellationToken, Task> agent) =>
        new("bench", "Measure how fast this machine does it.") { Link(link), Mesh(mesh), AgentCommandLine.Create(agent) };

    private static Command Link(Func<BenchLinkOptions, BenchReport, CancellationToken, Task> run)
    {
        var defaults = new BenchLinkOptions();
        var sizes = new Option<int[]>("--sizes")
        {
            Description = $"Message sizes in bytes, with ',' between: {BenchLinkOptions.LeastMessageBytes} to {BenchLinkOptions.MostMessageBytes}.",
            HelpName = "BYTES",
            CustomParser = ParseSizes,
            DefaultValueFactory = _ => [.. defaults.MessageBytes],
        };
        var seconds = Number("--seconds", "SECONDS", "How long each throughput run sends.", (int)defaults.Duration.TotalSeconds, 1, MostSeconds);
        var roundTrips = Number("--round-trips", "N", "64-byte messages sent there and back.", defaults.RoundTrips, 1, MostRepeats);
        var setUps = Number("--setups", "N", "Connections set up for the median set-up time.", defaults.SetUps, 1, MostRepeats);
        var json = Arguments.Json();
        var command = new Command("link", "Two processes on loopback, one data channel: throughput, CPU, round trip and set-up time.") { sizes, seconds, roundTrips, setUps, json };
        command.SetAction((result, cancellationToken) => RunAsync(
            run,
            new BenchLinkOptions
            {
                MessageBytes = result.GetValue(sizes) ?? [],
                Duration = TimeSpan.FromSeconds(result.GetValue(seconds)),
                RoundTrips = result.GetValue(roundTrips),
                SetUps = result.GetValue(setUps),
            },
            result,
            json,
            cancellationToken));
        return command;
    }

    private static Command Mesh(Func<BenchMeshOptions, BenchReport, CancellationToken, Task> run)
    {
        var defaults = new BenchMeshOptions();
        var nodes = Number("--nodes", "N", "How many nodes, all in this process.", defaults.Nodes, BenchMeshOptions.LeastNodes, BenchMeshOptions.MostNodes);
        var runs = Number("--runs", "N", "How many meshes after one to warm up; the median is reported.", defaults.Runs, 1, MostRepeats);
        var timeout = Number("--timeout", "SECONDS", "How long one mesh may take.", (int)defaults.Timeout.TotalSeconds, 1, MostSeconds);
        var json = Arguments.Json();
        var command = new Command("mesh", "An exchange and N nodes over real WebRTC in this process: seconds from the calls to the full mesh, CPU, memory.") { nodes, runs, timeout, json };
        command.SetAction((result, cancellationToken) => RunAsync(
            run,
            new BenchMeshOptions
            {
                Nodes = result.GetValue(nodes),
                Runs = result.GetValue(runs),
                Timeout = TimeSpan.FromSeconds(result.GetValue(timeout)),
            },
            result,
            json,
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync<T>(
        Func<T, BenchReport, CancellationToken, Task> run, T options, ParseResult result, Option<bool> json, CancellationToken cancellationToken)
    {
        var configuration = result.InvocationConfiguration;
        var report = new BenchReport(configuration.Output, configuration.Error, result.GetValue(json));
        await run(options, report, cancellationToken).ConfigureAwait(false);
        report.Finish();
        return CommandLine.Success;
    }

    private static Option<int> Number(string name, string helpName, string description, int value, int least, int most)
    {
        var option = new Option<int>(name) { Description = description, HelpName = helpName, DefaultValueFactory = _ => value };
        option.RequireRange(least, most);
        return option;
    }

    private static int[] ParseSizes(ArgumentResult result)
    {
        var sizes = new List<int>();
        foreach (var text in result.Tokens.SelectMany(token => token.Value.Split(',')))
        {
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var size)
                && size is >= BenchLinkOptions.LeastMessageBytes and <= BenchLinkOptions.MostMessageBytes)
            {
                sizes.Add(size);
            }
            else
            {
                result.AddError($"'{text}' is not a message size: {BenchLinkOptions.LeastMessageBytes} to {BenchLinkOptions.MostMessageBytes} bytes.");
            }
        }

        return [.. sizes];
    }
}
