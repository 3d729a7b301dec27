using System.Diagnostics.CodeAnalysis;

namespace KillaBeez.Runtime;

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
    private int _suspensions;
    private volatile bool _isDead;

    /// <summary>Who failed: this actor, or the child whose failure was escalated; null while all is well.</summary>
    private LocalActorRef? _perpetrator;
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

    public void Start() => EnqueueSystem(new Create());

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
                case Suspend: SuspendWithChildren(null); break;
                case Resume resume: ResumeAfterFailure(resume.CausedByFailure); break;
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
                Dispatcher.Post(continuation.Invoke);
                break;
        }

        DrainToDeadLetters();
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
            throw new ActorInitializationException(_self, $"Exception during creation of {Props.Type}", e);
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

    /// <summary>Suspends this actor and its children, and asks the parent what to do.</summary>
    private void HandleFailure(Exception cause, LocalActorRef? perpetrator = null)
    {
        System.ReportFailure(_self, cause, CurrentMessage);
        if (_perpetrator is not null || _isDead)
        {
            return;
        }

        _perpetrator = perpetrator ?? _self;
        SuspendWithChildren(perpetrator);
        _parent.SendSystem(new Failed(_self, cause));
    }

    /// <summary>A child that failed and whose failure is escalated is suspended already.</summary>
    private void SuspendWithChildren(LocalActorRef? except)
    {
        _suspensions++;
        foreach (var child in ChildRecords())
        {
            if (!ReferenceEquals(child.Ref, except))
            {
                child.Ref.SendSystem(new Suspend());
            }
        }
    }

    /// <summary>A child that was made while its parent was failing is resumed with the others, but was never suspended.</summary>
    private void EndSuspension() => _suspensions = Math.Max(0, _suspensions - 1);

    private void ResumeAfterFailure(Exception? causedByFailure)
    {
        if (_actor is null && _goal == Goal.None)
        {
            BeginRestart(causedByFailure ?? new ActorInitializationException(_self, "resumed before it was made"));
            return;
        }

        var perpetrator = _perpetrator;
        if (causedByFailure is not null)
        {
            _perpetrator = null;
        }

        EndSuspension();
        foreach (var child in ChildRecords())
        {
            child.Ref.SendSystem(new Resume(ReferenceEquals(child.Ref, perpetrator) ? causedByFailure : null));
        }
    }

    private void HandleChildFailure(Failed failed)
    {
        if (_children?.Find(failed.Child) is not { } record)
        {
            return;
        }

        // Sender and message of an interrupted asynchronous handler, or those of a failure, are still needed.
        var (message, sender) = (CurrentMessage, SenderOrNull);
        (CurrentMessage, SenderOrNull) = (null, failed.Child);
        Exception? escalated = null;
        try
        {
            var strategy = _actor?.StrategyInUse ?? Props.SupervisorStrategy ?? Runtime.SupervisorStrategy.DefaultStrategy;
            if (!strategy.HandleFailure(this, record, failed.Cause))
            {
                escalated = failed.Cause;
            }
        }
        finally
        {
            (CurrentMessage, SenderOrNull) = (message, sender);
        }

        if (escalated is not null)
        {
            HandleFailure(escalated, failed.Child);
        }
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
        _perpetrator = null;
        EndSuspension();
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
        _timers?.CancelAll();
        if (_goal == Goal.None)
        {
            // No more user messages, unless it is suspended anyway.
            _suspensions++;
        }

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
        _timers?.CancelAll();
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
