using System.CommandLine;
using KillaBeez.Cli.Demo;

namespace KillaBeez.Cli.Commands;

/// <summary><c>killabeez demo [--nodes 3] [--timeout 30] [--json]</c>: a swarm of processes on this machine.</summary>
internal static class DemoCommand
{
    public static Command Create()
    {
        var nodes = new Option<int>("--nodes")
        {
            Description = $"How many nodes, each its own process: {DemoOptions.LeastNodes} to {DemoOptions.MostNodes}.",
            HelpName = "N",
            DefaultValueFactory = _ => DemoOptions.DefaultNodes,
        };
        nodes.RequireRange(DemoOptions.LeastNodes, DemoOptions.MostNodes);
        var timeout = new Option<int>("--timeout")
        {
            Description = "Seconds after which what is missing is named and the demo fails.",
            HelpName = "SECONDS",
            DefaultValueFactory = _ => DemoOptions.DefaultTimeoutSeconds,
        };
        timeout.RequireRange(1, DemoOptions.MostTimeoutSeconds);
        var json = Arguments.Json();
        var command = new Command("demo", "Start an exchange and N nodes, make N-1 calls, and see everybody connected to everybody; then kill the exchange and let every node greet every other.") { nodes, timeout, json };
        command.SetAction(async (result, cancellationToken) =>
        {
            var options = new DemoOptions
            {
                Nodes = result.GetValue(nodes),
                Timeout = TimeSpan.FromSeconds(result.GetValue(timeout)),
            };
            var reporter = DemoReporters.Create(result.InvocationConfiguration.Output, result.GetValue(json));
            await using var run = new DemoRun(options, reporter);
            return await run.RunAsync(cancellationToken).ConfigureAwait(false) ? CommandLine.Success : CommandLine.Failure;
        });
        return command;
    }
}
