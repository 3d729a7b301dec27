using System.Threading.Channels;
using KillaBeez.Cli.Commands;

namespace KillaBeez.Cli.Bench.Agents;

/// <summary>The events of one agent, for somebody who waits for one after the other.</summary>
internal sealed class AgentInbox(string name)
{
    // An agent says a few lines for every command it is given, and the harness gives them one at a time.
    private readonly Channel<AgentEvent> _events = Channel.CreateUnbounded<AgentEvent>(new UnboundedChannelOptions { SingleReader = true });

    public void Add(AgentEvent e) => _events.Writer.TryWrite(e);

    /// <summary>The agent is gone: nothing follows.</summary>
    public void End(string reason) => _events.Writer.TryComplete(new CliException(reason));

    /// <summary>The next event of a kind; those of others in between are passed over.</summary>
    /// <exception cref="CliException">The agent reported an error, or ended.</exception>
    public async Task<T> NextAsync<T>(CancellationToken cancellationToken)
        where T : AgentEvent
    {
        while (true)
        {
            switch (await ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                case T wanted:
                    return wanted;
                case AgentEvent.Error error:
                    throw new CliException($"The {name} end of the bench failed: {error.Msg}");
                default:
                    break;
            }
        }
    }

    private async Task<AgentEvent> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _events.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException e) when (e.InnerException is CliException reason)
        {
            throw reason;
        }
    }
}
