using KillaBeez.Messages;

namespace KillaBeez.Actors.Nodes;

/// <summary>The actors that are told what happens at a node. One owner.</summary>
internal sealed class CommandSubscriptions(SwarmEventHub events, PeerId self)
{
    private readonly Dictionary<IActorRef, Subscriber> _subscribers = [];

    /// <summary>Tells an actor the state of now and then what happens. Who is told already is told the state again.</summary>
    public void Add(IActorRef actor)
    {
        Remove(actor);
        var subscriber = new Subscriber(actor, self);
        _subscribers.Add(actor, subscriber);
        events.Observe(subscriber);
    }

    public void Remove(IActorRef actor)
    {
        if (_subscribers.Remove(actor, out var subscriber))
        {
            events.Forget(subscriber);
        }
    }

    public void Clear()
    {
        foreach (var actor in _subscribers.Keys.ToArray())
        {
            Remove(actor);
        }
    }

    private sealed class Subscriber(IActorRef actor, PeerId self) : ISwarmEventObserver
    {
        public void OnState(IReadOnlyList<SwarmEvent> state) => actor.Tell(
            new CurrentSwarmState(
                self,
                [.. state.OfType<PeerConnectedEvent>().Select(e => e.Peer).OrderBy(peer => peer.Id)],
                [.. state.OfType<ExchangeStateEvent>()],
                [.. state.OfType<IceServerFailedEvent>()]),
            ActorRefs.NoSender);

        public void OnEvent(SwarmEvent e) => actor.Tell(e, ActorRefs.NoSender);

        public void OnEnd()
        {
        }
    }
}
