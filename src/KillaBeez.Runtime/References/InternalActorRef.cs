using System.Runtime.CompilerServices;

namespace KillaBeez.Runtime.Internals;

/// <summary>What the runtime asks of its own references. Equality is identity: a cell has exactly one reference.</summary>
internal abstract class InternalActorRef : IActorRef
{
    public abstract ActorPath Path { get; }

    /// <summary>The system, or null for references of no system.</summary>
    public abstract ActorSystem? System { get; }

    public virtual bool IsTerminated => false;

    public abstract void Tell(object message, IActorRef? sender);

    public abstract void SendSystem(SystemMessage message);

    public void Stop() => SendSystem(new Terminate());

    public bool Equals(IActorRef? other) => ReferenceEquals(this, other);

    public override bool Equals(object? obj) => ReferenceEquals(this, obj);

    public override int GetHashCode() => RuntimeHelpers.GetHashCode(this);

    public override string ToString() => $"[{Path}]";

    /// <summary>A watched reference without a living actor behind it answers at once.</summary>
    protected void AnswerAsDead(SystemMessage message)
    {
        if (message is Watch watch)
        {
            watch.Watcher.SendSystem(new DeathWatchNotification(this, ExistenceConfirmed: false));
        }
    }
}

/// <summary>The reference to an actor of this process.</summary>
internal sealed class LocalActorRef(ActorCell cell, ActorPath path, int uid) : InternalActorRef
{
    public override ActorPath Path { get; } = path;

    public override ActorSystem System => cell.System;

    public override bool IsTerminated => cell.IsDead;

    internal ActorCell Cell => cell;

    public override void Tell(object message, IActorRef? sender)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (cell.IsDead)
        {
            cell.ToDeadLetters(message, sender);
        }
        else
        {
            cell.Enqueue(message, sender);
        }
    }

    public override void SendSystem(SystemMessage message) => cell.EnqueueSystem(message);

    public override string ToString() => $"[{Path}#{uid}]";
}

/// <summary>Publishes what it is told as a <see cref="DeadLetter"/>.</summary>
internal sealed class DeadLettersRef(ActorSystem system, ActorPath path) : InternalActorRef
{
    public override ActorPath Path => path;

    public override ActorSystem System => system;

    public override void Tell(object message, IActorRef? sender)
    {
        ArgumentNullException.ThrowIfNull(message);
        system.EventStream.Publish(message as DeadLetter ?? new DeadLetter(message, sender ?? this, this));
    }

    public override void SendSystem(SystemMessage message) => AnswerAsDead(message);
}

/// <summary>The reference that stands for no actor.</summary>
internal sealed class NobodyRef : InternalActorRef
{
    public override ActorPath Path { get; } = ActorPath.Root("all-systems").Of("Nobody");

    public override ActorSystem? System => null;

    public override void Tell(object message, IActorRef? sender)
    {
    }

    public override void SendSystem(SystemMessage message) => AnswerAsDead(message);
}
