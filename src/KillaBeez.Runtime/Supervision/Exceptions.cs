using System.Diagnostics.CodeAnalysis;

namespace KillaBeez.Runtime;

/// <summary>An actor could not be made: its constructor or its PreStart has thrown.</summary>
public class ActorInitializationException : Exception
{
    /// <summary>An actor could not be made.</summary>
    public ActorInitializationException()
    {
    }

    /// <summary>An actor could not be made.</summary>
    /// <param name="message">What happened.</param>
    public ActorInitializationException(string message)
        : base(message)
    {
    }

    /// <summary>An actor could not be made.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="innerException">What was thrown.</param>
    public ActorInitializationException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>An actor could not be made.</summary>
    /// <param name="actor">The actor's reference.</param>
    /// <param name="message">What happened.</param>
    /// <param name="cause">What was thrown.</param>
    public ActorInitializationException(IActorRef? actor, string message, Exception? cause = null)
        : base(message, cause) => Actor = actor;

    /// <summary>The actor that could not be made.</summary>
    public IActorRef? Actor { get; }
}

/// <summary>The new instance of a restarted actor could not be made.</summary>
/// <param name="actor">The actor's reference.</param>
/// <param name="cause">What was thrown.</param>
/// <param name="originalCause">Why the actor was restarted.</param>
[SuppressMessage("Design", "CA1032:Implement standard exception constructors", Justification = "Only the runtime throws it.")]
public sealed class PostRestartException(IActorRef? actor, Exception cause, Exception originalCause)
    : ActorInitializationException(actor, $"The new instance could not be made, after a restart for {originalCause?.GetType()}", cause)
{
    /// <summary>Why the actor was restarted.</summary>
    public Exception OriginalCause { get; } = originalCause!;
}

/// <summary>The actor was told <see cref="Kill"/>.</summary>
/// <param name="message">What happened.</param>
[SuppressMessage("Design", "CA1032:Implement standard exception constructors", Justification = "Only the runtime throws it.")]
public sealed class ActorKilledException(string message) : Exception(message);

/// <summary>An actor did not handle the end of an actor that it watches.</summary>
/// <param name="deadActor">The actor that ended.</param>
[SuppressMessage("Design", "CA1032:Implement standard exception constructors", Justification = "Only the runtime throws it.")]
public sealed class DeathPactException(IActorRef deadActor) : Exception($"{deadActor}, which this actor watches, has ended, and there is no handler for Terminated")
{
    /// <summary>The actor that ended.</summary>
    public IActorRef DeadActor { get; } = deadActor;
}

/// <summary>The name is taken, or may not be given to an actor.</summary>
/// <param name="message">What is wrong with it.</param>
[SuppressMessage("Design", "CA1032:Implement standard exception constructors", Justification = "Only the runtime throws it.")]
public sealed class InvalidActorNameException(string message) : Exception(message);

/// <summary>The actor may not do that in its present state, such as stashing one message twice.</summary>
/// <param name="message">What it did.</param>
[SuppressMessage("Design", "CA1032:Implement standard exception constructors", Justification = "Only the runtime throws it.")]
public sealed class IllegalActorStateException(string message) : Exception(message);

/// <summary>No reply to an Ask came in time.</summary>
/// <param name="message">Who did not answer, and for how long.</param>
[SuppressMessage("Design", "CA1032:Implement standard exception constructors", Justification = "Only the runtime throws it.")]
public sealed class AskTimeoutException(string message) : Exception(message);
