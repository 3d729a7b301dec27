namespace KillaBeez.Actors.Nodes;

/// <summary>
/// Is told what happens at a node, in order. Other than a reader of <see cref="SwarmNode.Events"/> it takes no substreams, so
/// it is not told of them.
/// </summary>
internal interface ISwarmEventObserver
{
    /// <summary>What is the case when observing begins. Called once, before everything else and under the hub's lock.</summary>
    void OnState(IReadOnlyList<SwarmEvent> state);

    /// <summary>Something happened. Called under the hub's lock: it must only put the event away.</summary>
    void OnEvent(SwarmEvent e);

    /// <summary>The node has stopped. Called once.</summary>
    void OnEnd();
}
