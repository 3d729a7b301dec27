using KillaBeez.Cli.Commands;
using KillaBeez.Cli.Output;
using KillaBeez.Cli.Processes;

namespace KillaBeez.Cli.Nodes;

/// <summary>One node process, from start to stop.</summary>
internal static class NodeProgram
{
    /// <summary>Runs the node until the token is cancelled or, for a child, until its input ends.</summary>
    public static async Task RunAsync(NodeProgramOptions options, TextReader input, LineWriter lines, CancellationToken cancellationToken)
    {
        using var key = options.KeyFile is { } path ? KeygenCommand.Load(path) : KeyPair.Generate();
        var session = await NodeSession.StartAsync(options, key, lines.Write, cancellationToken).ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
        {
            lines.Write(new ProcessEvent.Started(key.Id, Environment.ProcessId));
            using var parent = ParentWatch.Start(options.IsChild, input, line => Obey(session, line), cancellationToken);
            foreach (var callee in options.Calls)
            {
                session.Call(callee);
            }

            await UntilCancelledAsync(parent.Token).ConfigureAwait(false);
        }

        lines.Write(new ProcessEvent.Stopped());
    }

    private static void Obey(NodeSession session, string line)
    {
        switch (NodeOrder.TryParse(line))
        {
            case NodeOrder.Call order:
                session.Call(order.Key);
                break;
            case NodeOrder.Greet order:
                session.Greet(order.Key, order.Bytes);
                break;
            case NodeOrder.Ping order:
                session.Ping(order.Key);
                break;
            default:
                // Only this program writes here, so an unknown line is of a newer version: it asks for something else.
                break;
        }
    }

    private static Task UntilCancelledAsync(CancellationToken cancellationToken)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        cancellationToken.Register(cancelled.SetResult);
        return cancelled.Task;
    }
}
