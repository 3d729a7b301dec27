using System.IO.Pipelines;
using KillaBeez.Swarm.Sessions;

namespace KillaBeez.Actors.Transport;

/// <summary>
/// Everything the actors of one node take from outside: who it is, how it reaches others, where randomness
/// comes from. The TestKit makes one with a simulated network; <see cref="SwarmNode"/> the real one.
/// </summary>
internal sealed record SwarmEnvironment
{
    public required KeyPair Identity { get; init; }

    public required SwarmOptions Options { get; init; }

    public required ILinkTransport Transport { get; init; }

    public required IExchangeConnector Exchanges { get; init; }

    public required IRandomSource Random { get; init; }

    /// <summary>The places for links that are coming about, for all peers of the node together.</summary>
    public LinkBudget PendingLinks { get; } = new(SessionLimits.MaxPendingLinksOfAllPeers);

    /// <summary>Where continuations of code that reads and writes substreams run.</summary>
    public PipeScheduler ApplicationScheduler { get; init; } = PipeScheduler.ThreadPool;

    /// <summary>
    /// Runs the application's event handlers: in order, away from the actors. Inline in a simulation.
    /// </summary>
    public bool DispatchEventsInline { get; init; }

    /// <summary>Where continuations of the application's event handlers run, where those are called inline.</summary>
    public SynchronizationContext? ApplicationContext { get; init; }
}
