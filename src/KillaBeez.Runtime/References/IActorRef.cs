namespace KillaBeez.Runtime;

/// <summary>Something that can be told a message.</summary>
public interface ICanTell
{
    /// <summary>Puts a message into the recipient's mailbox and returns at once.</summary>
    /// <param name="message">The message; it must not be changed afterwards.</param>
    /// <param name="sender">Whom a reply goes to, or <see cref="ActorRefs.NoSender"/>.</param>
    /// <exception cref="ArgumentNullException">The message is null.</exception>
    void Tell(object message, IActorRef? sender);
}

/// <summary>
/// A reference to one incarnation of an actor. It may be handed to any thread and outlives the actor: what is told
/// to a stopped actor becomes a <see cref="DeadLetter"/>.
/// </summary>
public interface IActorRef : ICanTell, IEquatable<IActorRef>
{
    /// <summary>Where the actor stands in its system's tree.</summary>
    ActorPath Path { get; }
}

/// <summary>References that need no actor.</summary>
public static class ActorRefs
{
    /// <summary>No sender: the receiver sees the system's dead letters as its <c>Sender</c>.</summary>
    public static readonly IActorRef? NoSender;

    /// <summary>The reference that stands for "there is no such actor"; it drops what it is told.</summary>
    public static readonly IActorRef Nobody = new NobodyRef();
}

/// <summary>What every reference can do beside <see cref="ICanTell.Tell"/>.</summary>
public static class ActorRefExtensions
{
    /// <summary>Tells a message; the sender is the actor that is running on this thread, if any.</summary>
    /// <param name="receiver">The recipient.</param>
    /// <param name="message">The message.</param>
    public static void Tell(this IActorRef receiver, object message)
    {
        ArgumentNullException.ThrowIfNull(receiver);
        receiver.Tell(message, ActorCell.Current?.Self);
    }

    /// <summary>Tells a message on behalf of the sender of the message that is being handled.</summary>
    /// <param name="receiver">The recipient.</param>
    /// <param name="message">The message.</param>
    public static void Forward(this IActorRef receiver, object message)
    {
        ArgumentNullException.ThrowIfNull(receiver);
        receiver.Tell(message, ActorCell.Current?.Sender);
    }

    /// <summary>Whether the reference is null or <see cref="ActorRefs.Nobody"/>.</summary>
    /// <param name="actorRef">The reference.</param>
    public static bool IsNobody(this IActorRef? actorRef) => actorRef is null or NobodyRef;
}
