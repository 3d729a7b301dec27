using KillaBeez.Actors.Nodes;

namespace KillaBeez.Hosting.Health;

/// <summary>What a node knows of its exchanges at one moment.</summary>
internal sealed class ExchangeStates : ISwarmEventObserver
{
    private readonly Dictionary<Uri, ExchangeStateEvent> _states = [];

    private ExchangeStates()
    {
    }

    /// <summary>The last state of each exchange that has reported one.</summary>
    public static IReadOnlyDictionary<Uri, ExchangeStateEvent> Of(SwarmNode node)
    {
        var states = new ExchangeStates();
        node.EventHub.Observe(states);
        node.EventHub.Forget(states);
        return states._states;
    }

    /// <inheritdoc/>
    public void OnState(IReadOnlyList<SwarmEvent> state)
    {
        foreach (var exchange in state.OfType<ExchangeStateEvent>())
        {
            _states[exchange.Exchange] = exchange;
        }
    }

    /// <inheritdoc/>
    public void OnEvent(SwarmEvent e)
    {
    }

    /// <inheritdoc/>
    public void OnEnd()
    {
    }
}
