namespace KillaBeez.Runtime;

/// <summary>Where actors are made and stopped: an actor system, or an actor for its children.</summary>
public interface IActorRefFactory
{
    /// <summary>Makes an actor; its constructor runs later, on a thread of its own.</summary>
    /// <param name="props">How to make it.</param>
    /// <param name="name">Its name among its siblings; a name beginning with '$' is given where null.</param>
    /// <returns>The reference; it may be told messages at once.</returns>
    /// <exception cref="InvalidActorNameException">The name is taken or not allowed.</exception>
    /// <exception cref="InvalidOperationException">The parent is ending.</exception>
    IActorRef ActorOf(Props props, string? name = null);

    /// <summary>Stops an actor after the message that it is handling.</summary>
    /// <param name="actor">The actor.</param>
    void Stop(IActorRef actor);
}

/// <summary>What an actor sees of the runtime. To be used only while the actor runs.</summary>
public interface IActorContext : IActorRefFactory
{
    /// <summary>The actor's own reference.</summary>
    IActorRef Self { get; }

    /// <summary>The sender of the message in hand; the dead letters where there is none.</summary>
    IActorRef Sender { get; }

    /// <summary>The actor that made this one.</summary>
    IActorRef Parent { get; }

    /// <summary>The system that it lives in.</summary>
    ActorSystem System { get; }

    /// <summary>How it was made.</summary>
    Props Props { get; }

    /// <summary>The time after which a <see cref="Runtime.ReceiveTimeout"/> comes, or null.</summary>
    TimeSpan? ReceiveTimeout { get; }

    /// <summary>The child of that name, or <see cref="ActorRefs.Nobody"/>.</summary>
    /// <param name="name">The name.</param>
    IActorRef Child(string name);

    /// <summary>The children, as they are now.</summary>
    IEnumerable<IActorRef> GetChildren();

    /// <summary>Asks for a <see cref="Terminated"/> at the actor's end.</summary>
    /// <param name="subject">The actor.</param>
    /// <returns>The same reference.</returns>
    IActorRef Watch(IActorRef subject);

    /// <summary>Asks for a message of one's own at the actor's end. Ignored where the actor is watched already.</summary>
    /// <param name="subject">The actor.</param>
    /// <param name="message">The message; its sender will be the watched actor.</param>
    /// <returns>The same reference.</returns>
    IActorRef WatchWith(IActorRef subject, object message);

    /// <summary>Takes a watch back, and its message out of the mailbox if it is there already.</summary>
    /// <param name="subject">The actor.</param>
    /// <returns>The same reference.</returns>
    IActorRef Unwatch(IActorRef subject);

    /// <summary>Asks for a <see cref="Runtime.ReceiveTimeout"/> whenever no message came for so long; null ends it.</summary>
    /// <param name="timeout">More than zero, or null.</param>
    void SetReceiveTimeout(TimeSpan? timeout);
}
