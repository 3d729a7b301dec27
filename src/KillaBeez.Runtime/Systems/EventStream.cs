using System.Collections.Concurrent;

namespace KillaBeez.Runtime;

/// <summary>Publishes objects to the actors that subscribed to their type, a base type or an interface. Thread-safe.</summary>
public sealed class EventStream
{
    private readonly Lock _gate = new();
    private readonly List<(IActorRef Subscriber, Type Channel)> _subscriptions = [];

    /// <summary>The recipients for each published type, until a subscription changes.</summary>
    private ConcurrentDictionary<Type, IActorRef[]> _recipients = new();

    internal EventStream()
    {
    }

    /// <summary>Subscribes an actor to a type and all types derived from it.</summary>
    /// <param name="subscriber">The actor.</param>
    /// <param name="channel">The type.</param>
    /// <returns>False if it has subscribed to that type already.</returns>
    public bool Subscribe(IActorRef subscriber, Type channel)
    {
        ArgumentNullException.ThrowIfNull(subscriber);
        ArgumentNullException.ThrowIfNull(channel);
        lock (_gate)
        {
            _subscriptions.RemoveAll(s => s.Subscriber is InternalActorRef { IsTerminated: true });
            if (_subscriptions.Contains((subscriber, channel)))
            {
                return false;
            }

            _subscriptions.Add((subscriber, channel));
            _recipients = new ConcurrentDictionary<Type, IActorRef[]>();
            return true;
        }
    }

    /// <summary>Subscribes an actor to a type and all types derived from it.</summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <param name="subscriber">The actor.</param>
    /// <returns>False if it has subscribed to that type already.</returns>
    public bool Subscribe<T>(IActorRef subscriber) => Subscribe(subscriber, typeof(T));

    /// <summary>Takes one subscription back.</summary>
    /// <param name="subscriber">The actor.</param>
    /// <param name="channel">The type.</param>
    /// <returns>False if there was none.</returns>
    public bool Unsubscribe(IActorRef subscriber, Type channel) =>
        Remove(s => s.Subscriber.Equals(subscriber) && s.Channel == channel);

    /// <summary>Takes one subscription back.</summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <param name="subscriber">The actor.</param>
    /// <returns>False if there was none.</returns>
    public bool Unsubscribe<T>(IActorRef subscriber) => Unsubscribe(subscriber, typeof(T));

    /// <summary>Takes all of an actor's subscriptions back.</summary>
    /// <param name="subscriber">The actor.</param>
    /// <returns>False if there was none.</returns>
    public bool Unsubscribe(IActorRef subscriber) => Remove(s => s.Subscriber.Equals(subscriber));

    /// <summary>Tells an object to all who subscribed to its type, each once.</summary>
    /// <param name="event">The object.</param>
    public void Publish(object @event)
    {
        ArgumentNullException.ThrowIfNull(@event);
        var recipients = _recipients;
        if (!recipients.TryGetValue(@event.GetType(), out var subscribers))
        {
            lock (_gate)
            {
                subscribers = _subscriptions.Where(s => s.Channel.IsInstanceOfType(@event)).Select(s => s.Subscriber).Distinct().ToArray();
                _recipients.TryAdd(@event.GetType(), subscribers);
            }
        }

        foreach (var subscriber in subscribers)
        {
            if (subscriber is InternalActorRef { IsTerminated: true })
            {
                // A dead subscriber to dead letters would be told of its own for ever.
                Unsubscribe(subscriber);
            }
            else
            {
                subscriber.Tell(@event, ActorRefs.NoSender);
            }
        }
    }

    private bool Remove(Predicate<(IActorRef Subscriber, Type Channel)> match)
    {
        lock (_gate)
        {
            if (_subscriptions.RemoveAll(match) == 0)
            {
                return false;
            }

            _recipients = new ConcurrentDictionary<Type, IActorRef[]>();
            return true;
        }
    }
}
