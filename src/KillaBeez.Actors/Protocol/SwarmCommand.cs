namespace KillaBeez.Messages;

/// <summary>
/// What any actor may tell <see cref="KillaBeezSwarm.Guardian"/>: <see cref="Call"/>, <see cref="OpenSubstream"/>,
/// <see cref="Listen"/>, <see cref="StopListening"/>, <see cref="AnswerCalls"/>, <see cref="StopAnsweringCalls"/>,
/// <see cref="Subscribe"/>, <see cref="Unsubscribe"/>, <see cref="GetPeers"/>. Answers are told to the Sender. Commands may be told before the node has started: they wait
/// for it.
/// </summary>
public abstract record SwarmCommand : INoSerializationVerificationNeeded
{
    private protected SwarmCommand()
    {
    }

    /// <summary>What the sender is told where the command cannot be carried out.</summary>
    internal abstract object? Failure(KillaBeezError error, string reason);

    /// <summary>An actor who can be told something.</summary>
    private protected static IActorRef Somebody(IActorRef actor, string parameter)
    {
        ArgumentNullException.ThrowIfNull(actor, parameter);
        return !actor.IsNobody() ? actor : throw new ArgumentException("This is nobody, and could not be told anything.", parameter);
    }
}
