using System.Diagnostics.CodeAnalysis;

namespace KillaBeez.Runtime.Internals;

/// <summary>
/// Birth, failure, restart and end.
/// <code>
///   Create ──ok──► running ──throws──► suspended, parent decides
///     │throws                            │ Resume ─► running
///     └────────► suspended               │ Recreate ─► PreRestart ─► (children that stop) ─► new instance ─► running
///                                        │ Terminate ─┐
///   running ──Terminate───────────────────────────────┴─► (all children stop) ─► PostStop ─► dead
/// </code>
/// </summary>
internal sealed partial class ActorCell
{
    private volatile bool _isDead;
    private Goal _goal;
    private Exception? _restartCause;

    /// <summary>What the cell does once the children that are stopping have stopped.</summary>
    private enum Goal
    {
        None,
        Restart,
        Start,
        End,
    }

    public bool IsDead => _isDead;

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "Whatever an actor throws is its supervisor's affair.")]
    protected override void HandleSystem(SystemMessage message)
    {
        if (_isDead)
        {
            HandleSystemDead(message);
            return;
        }

        try
        {
            switch (message)
            {
                case Create: CreateActor(); break;
                case Terminate: BeginEnd(); break;
                case Suspend: _isSuspendedByParent = true; break;
                case Resume resume: HandleResume(resume.CausedByFailure); break;
                case Recreate recreate: BeginRestart(recreate.Cause); break;
                case Failed failed: HandleChildFailure(failed); break;
                case Watch watch: AddWatcher(watch.Watcher); break;
                case Unwatch unwatch: RemoveWatcher(unwatch.Watcher); break;
                case DeathWatchNotification death: HandleDeath(death); break;
                case Continuation continuation: RunContinuation(continuation); break;
                case HandlerEnded ended: HandleHandlerEnded(ended.Task); break;
                case ReceiveTimeoutAlarm alarm: HandleReceiveTimeoutAlarm(alarm.Alarm); break;
            }
        }
        catch (Exception e)
        {
            HandleFailure(e);
        }

        if (_isDead)
        {
            DrainToDeadLetters();
        }
        else
        {
            UpdateChildren();
        }
    }

    private void HandleSystemDead(SystemMessage message)
    {
        switch (message)
        {
            case Watch watch:
                watch.Watcher.SendSystem(new DeathWatchNotification(_self, ExistenceConfirmed: false));
                break;
            case Continuation continuation:
                // Its using and finally blocks must run, but no longer as this actor.
                Dispatcher.Post(() => RunOrphan(continuation));
                break;
        }

        DrainToDeadLetters();
    }

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "There is no supervisor any more; the observer is told.")]
    private void RunOrphan(Continuation continuation)
    {
        try
        {
            continuation.Invoke();
        }
        catch (Exception e)
        {
            System.ReportFailure(_self, e, null);
        }
    }

    private void CreateActor()
    {
        try
        {
            _actor = NewActor();
            _actor.InvokePreStart();
        }
        catch (Exception e)
        {
            _actor = null;
            throw new ActorInitializationException(_self, $"The constructor or PreStart of {Props.Type} has thrown", e);
        }
    }

    private ActorBase NewActor()
    {
        _behaviour = null;
        _behavioursBelow = null;
        _underConstruction = this;
        ActorBase actor;
        try
        {
            actor = Props.NewActor();
        }
        finally
        {
            _underConstruction = null;
        }

        actor.OnConstructed();
        if (actor is IWithStash stashing)
        {
            stashing.Stash = _stash = new StashBuffer(this);
        }

        return actor;
    }

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "The old instance goes in any case.")]
    private void BeginRestart(Exception cause)
    {
        if (_goal is Goal.End or Goal.Restart or Goal.Start)
        {
            return;
        }

        if (_actor is null)
        {
            // It failed in its constructor, which may have made children.
            foreach (var child in GetChildren())
            {
                Stop(child);
            }

            _goal = Goal.Start;
        }
        else
        {
            _stash?.UnstashAll();
            try
            {
                _actor.InvokePreRestart(cause, CurrentMessage);
            }
            catch (Exception e)
            {
                System.ReportFailure(_self, e, CurrentMessage);
            }

            _goal = Goal.Restart;
        }

        ReleaseActor();
        _restartCause = cause;
        PursueGoal();
    }

    private void FinishRestart(Exception cause, bool isFirstInstance)
    {
        var survivors = ChildRecords();
        _hasFailed = false;
        _perpetrators = null;
        if (isFirstInstance)
        {
            CreateActor();
            return;
        }

        try
        {
            _actor = NewActor();
            _actor.InvokePostRestart(cause);
        }
        catch (Exception e)
        {
            ReleaseActor();
            throw new PostRestartException(_self, e, cause);
        }

        survivors.ForEach(child => child.Ref.SendSystem(new Recreate(cause)));
    }

    private void BeginEnd()
    {
        if (_goal == Goal.End)
        {
            return;
        }

        CancelReceiveTimeout();
        _timers?.End();
        _goal = Goal.End;
        _children?.Close();
        foreach (var child in GetChildren())
        {
            Stop(child);
        }

        PursueGoal();
    }

    /// <summary>Goes on with a restart or the end if no child has to be waited for.</summary>
    private void PursueGoal()
    {
        switch (_goal)
        {
            case Goal.End when _children is null or { Count: 0 }:
                FinishEnd();
                break;
            case Goal.Restart or Goal.Start when _children is not { AnyStopping: true }:
                var isFirstInstance = _goal == Goal.Start;
                _goal = Goal.None;
                FinishRestart(_restartCause!, isFirstInstance);
                break;
        }
    }

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "The actor ends in any case.")]
    private void FinishEnd()
    {
        try
        {
            _actor?.InvokePostStop();
        }
        catch (Exception e)
        {
            System.ReportFailure(_self, e, null);
        }

        _stash?.UnstashAll();
        ReleaseActor();
        _isDead = true;
        _parent.SendSystem(new DeathWatchNotification(_self, ExistenceConfirmed: true));
        TellWatchers();
        UnwatchAll();
    }

    /// <summary>Lets go of an instance: its timers, its half-done handler, its message.</summary>
    private void ReleaseActor()
    {
        _timers?.End();
        _timers = null;
        _stash = null;
        _actor = null;
        _awaited = null;
        _behaviour = null;
        _behavioursBelow = null;
        CurrentMessage = null;
        SenderOrNull = null;
    }

    private void DrainToDeadLetters()
    {
        while (TryTake(out var message, out var sender))
        {
            ToDeadLetters(message, sender);
        }
    }
}
