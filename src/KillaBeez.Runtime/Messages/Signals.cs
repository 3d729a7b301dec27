namespace KillaBeez.Runtime;

/// <summary>Stops the actor that receives it, in its turn among the messages of the mailbox.</summary>
public sealed class PoisonPill
{
    private PoisonPill()
    {
    }

    /// <summary>The only instance.</summary>
    public static PoisonPill Instance { get; } = new();

    /// <inheritdoc/>
    public override string ToString() => nameof(PoisonPill);
}

/// <summary>Makes the actor that receives it fail with an <see cref="ActorKilledException"/>, in its turn.</summary>
public sealed class Kill
{
    private Kill()
    {
    }

    /// <summary>The only instance.</summary>
    public static Kill Instance { get; } = new();

    /// <inheritdoc/>
    public override string ToString() => nameof(Kill);
}

/// <summary>Tells an actor that nothing came for the time it set with <c>SetReceiveTimeout</c>.</summary>
public sealed class ReceiveTimeout
{
    private ReceiveTimeout()
    {
    }

    /// <summary>The only instance.</summary>
    public static ReceiveTimeout Instance { get; } = new();

    /// <inheritdoc/>
    public override string ToString() => nameof(ReceiveTimeout);
}

/// <summary>Tells a watcher that an actor has ended. Unhandled, it is a <see cref="DeathPactException"/>.</summary>
public sealed class Terminated
{
    /// <summary>Makes the message.</summary>
    /// <param name="actorRef">The actor that ended.</param>
    /// <param name="existenceConfirmed">Whether the actor was alive when the watch began.</param>
    /// <param name="addressTerminated">Whether its whole process is gone; never so here.</param>
    public Terminated(IActorRef actorRef, bool existenceConfirmed, bool addressTerminated)
    {
        ActorRef = actorRef;
        ExistenceConfirmed = existenceConfirmed;
        AddressTerminated = addressTerminated;
    }

    /// <summary>The actor that ended.</summary>
    public IActorRef ActorRef { get; }

    /// <summary>Whether the actor was alive when the watch began.</summary>
    public bool ExistenceConfirmed { get; }

    /// <summary>Whether its whole process is gone.</summary>
    public bool AddressTerminated { get; }

    /// <inheritdoc/>
    public override string ToString() => $"Terminated({ActorRef}, {(ExistenceConfirmed ? "was alive" : "was not known")})";
}

/// <summary>Published on the event stream: a message whose recipient is gone.</summary>
public sealed class DeadLetter
{
    /// <summary>Makes the event.</summary>
    /// <param name="message">The lost message.</param>
    /// <param name="sender">Who sent it; dead letters where nobody did.</param>
    /// <param name="recipient">Whom it was meant for.</param>
    public DeadLetter(object message, IActorRef sender, IActorRef recipient)
    {
        Message = message;
        Sender = sender;
        Recipient = recipient;
    }

    /// <summary>The lost message.</summary>
    public object Message { get; }

    /// <summary>Who sent it.</summary>
    public IActorRef Sender { get; }

    /// <summary>Whom it was meant for.</summary>
    public IActorRef Recipient { get; }

    /// <inheritdoc/>
    public override string ToString() => $"Dead letter of {Sender} for {Recipient}: {Message}";
}

/// <summary>Published on the event stream: a message that its recipient has no handler for.</summary>
public sealed class UnhandledMessage
{
    /// <summary>Makes the event.</summary>
    /// <param name="message">The message.</param>
    /// <param name="sender">Who sent it.</param>
    /// <param name="recipient">Who did not handle it.</param>
    public UnhandledMessage(object message, IActorRef sender, IActorRef recipient)
    {
        Message = message;
        Sender = sender;
        Recipient = recipient;
    }

    /// <summary>The message.</summary>
    public object Message { get; }

    /// <summary>Who sent it.</summary>
    public IActorRef Sender { get; }

    /// <summary>Who did not handle it.</summary>
    public IActorRef Recipient { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{Recipient} has no handler for a message of {Sender}: {Message}";
}
