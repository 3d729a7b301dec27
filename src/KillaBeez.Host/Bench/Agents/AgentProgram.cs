using KillaBeez.Cli.Processes;

namespace KillaBeez.Cli.Bench.Agents;

/// <summary>A scriptable peer on the standard streams: commands in, events out, and the end of the input is its end.</summary>
internal static class AgentProgram
{
    public static async Task RunAsync(AgentOptions options, TextReader input, TextWriter output, CancellationToken cancellationToken)
    {
        var writing = new Lock();
        var agent = Agent.Start(options, Report);
        await using (agent.ConfigureAwait(false))
        {
            using var parent = ParentWatch.Start(isChild: true, input, line => Read(agent, line, Report), cancellationToken);
            var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            using var registration = parent.Token.Register(ended.SetResult);
            Report(new AgentEvent.Ready());
            await ended.Task.ConfigureAwait(false);
        }

        void Report(AgentEvent e)
        {
            var line = e.ToJson();
            lock (writing)
            {
                output.WriteLine(line);
                output.Flush();
            }
        }
    }

    private static void Read(Agent agent, string line, Action<AgentEvent> report)
    {
        if (AgentCommand.TryParse(line, out var command, out var error))
        {
            agent.Handle(command);
        }
        else if (!string.IsNullOrWhiteSpace(line))
        {
            report(new AgentEvent.Error($"Not a command: {error}"));
        }
    }
}
