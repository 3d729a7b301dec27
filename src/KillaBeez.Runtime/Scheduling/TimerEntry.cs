namespace KillaBeez.Runtime.Internals;

/// <summary>One thing to do later, once or again and again.</summary>
internal abstract class TimerEntry : ICancelable
{
    private volatile bool _isCancelled;

    public Scheduler? Owner { get; set; }

    public long DueTicks { get; set; }

    /// <summary>The time between two firings, or 0 for a single one.</summary>
    public long IntervalTicks { get; set; }

    public long Sequence { get; set; }

    /// <summary>The place in the heap, or -1. Belongs to the heap.</summary>
    public int HeapIndex { get; set; } = -1;

    public bool IsCancellationRequested => _isCancelled;

    public void Cancel()
    {
        _isCancelled = true;
        Owner?.Remove(this);
    }

    public abstract void Fire();

    /// <summary>The actor system has ended before the entry was due.</summary>
    public virtual void Abandon()
    {
    }
}

/// <summary>Tells a message.</summary>
internal sealed class TellEntry(ICanTell receiver, object message, IActorRef? sender) : TimerEntry
{
    public override void Fire() => receiver.Tell(message, sender);
}

/// <summary>Runs an action on the scheduler's thread.</summary>
internal sealed class ActionEntry(Action action, Action? abandoned = null) : TimerEntry
{
    public override void Fire() => action();

    public override void Abandon() => abandoned?.Invoke();
}
