using System.Diagnostics.CodeAnalysis;

namespace KillaBeez.Runtime.Internals;

/// <summary>Who watches whom.</summary>
internal sealed partial class ActorCell
{
    /// <summary>Whom this actor watches, with the message that it wants instead of a Terminated.</summary>
    private Dictionary<InternalActorRef, object?>? _watching;

    /// <summary>Those whose Terminated is in the mailbox. An unwatch takes the entry away, and the message is dropped in its turn.</summary>
    private Dictionary<IActorRef, object?>? _terminatedQueued;
    private List<InternalActorRef>? _watchedBy;

    /// <summary>How many actors wait for this one's end.</summary>
    internal int WatcherCount => _watchedBy?.Count ?? 0;

    public IActorRef Watch(IActorRef subject) => WatchFor(subject, null);

    public IActorRef WatchWith(IActorRef subject, object message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return WatchFor(subject, message);
    }

    public IActorRef Unwatch(IActorRef subject)
    {
        if (subject is InternalActorRef watched && _watching is not null && _watching.Remove(watched))
        {
            watched.SendSystem(new Unwatch(_self));
        }

        _terminatedQueued?.Remove(subject);
        return subject;
    }

    private IActorRef WatchFor(IActorRef subject, object? message)
    {
        ArgumentNullException.ThrowIfNull(subject);
        if (subject is InternalActorRef watched && !ReferenceEquals(watched, _self) && (_watching ??= []).TryAdd(watched, message))
        {
            watched.SendSystem(new Watch(_self));
        }

        return subject;
    }

    private void AddWatcher(InternalActorRef watcher)
    {
        _watchedBy ??= [];
        if (!_watchedBy.Contains(watcher))
        {
            _watchedBy.Add(watcher);
        }
    }

    private void RemoveWatcher(InternalActorRef watcher) => _watchedBy?.Remove(watcher);

    private void HandleDeath(DeathWatchNotification death)
    {
        // First out of the children, so that the name is free when the Terminated is handled.
        var wasChild = _children is not null && _children.Remove(death.Actor);
        if (_watching is not null && _watching.Remove(death.Actor, out var message) && _goal != Goal.End)
        {
            (_terminatedQueued ??= [])[death.Actor] = message;
            Enqueue(new Terminated(death.Actor, death.ExistenceConfirmed, addressTerminated: false), death.Actor);
        }

        if (wasChild)
        {
            PursueGoal();
        }
    }

    private bool TakeTerminated(Terminated terminated, [NotNullWhen(true)] out object? message)
    {
        message = null;
        if (_terminatedQueued is null || !_terminatedQueued.Remove(terminated.ActorRef, out var instead))
        {
            return false;
        }

        message = instead ?? terminated;
        return true;
    }

    private void TellWatchers()
    {
        foreach (var watcher in _watchedBy ?? [])
        {
            // The parent has been told, and told once.
            if (!ReferenceEquals(watcher, _parent))
            {
                watcher.SendSystem(new DeathWatchNotification(_self, ExistenceConfirmed: true));
            }
        }

        _watchedBy = null;
    }

    private void UnwatchAll()
    {
        foreach (var watched in _watching?.Keys.ToArray() ?? [])
        {
            watched.SendSystem(new Unwatch(_self));
        }

        _watching = null;
        _terminatedQueued = null;
    }
}
