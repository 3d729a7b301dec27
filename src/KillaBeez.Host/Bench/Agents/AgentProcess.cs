using System.Diagnostics;
using KillaBeez.Cli.Processes;

namespace KillaBeez.Cli.Bench.Agents;

/// <summary>A scriptable peer in a process of its own; disposing it ends the process.</summary>
internal sealed class AgentProcess : IAsyncDisposable
{
    private readonly ChildProcess _child;
    private readonly Process _process;

    private AgentProcess(ChildProcess child, AgentInbox inbox)
    {
        _child = child;
        Inbox = inbox;
        _process = Process.GetProcessById(child.Id);
    }

    public AgentInbox Inbox { get; }

    public int Id => _child.Id;

    /// <summary>The processor time that the process has used.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Starts this program as a peer.</summary>
    /// <param name="name">What errors call it.</param>
    /// <param name="address">The address its sockets are bound to.</param>
    public static AgentProcess Start(string name, string address)
    {
        var inbox = new AgentInbox(name);
        var child = ChildProcess.Start(
            ["bench", "agent", "--bind", address],
            line =>
            {
                if (AgentEvent.TryParse(line, out var e))
                {
                    inbox.Add(e);
                }
            },
            ended => inbox.End($"The {name} end of the bench stopped with exit code {ended.ExitCode}. {ended.ErrorText}"));
        return new AgentProcess(child, inbox);
    }

    public void Tell(AgentCommand command) => _child.Send(command.ToJson());

    /// <summary>Closes the process's input, which ends it, and waits until it is gone.</summary>
    public async ValueTask DisposeAsync()
    {
        await _child.DisposeAsync().ConfigureAwait(false);
        _process.Dispose();
    }
}
