namespace KillaBeez.Runtime.Internals;

/// <summary>
/// Failures: one's own, which the parent decides about, and the children's. An escalated failure leaves the child
/// waiting for what is decided about its parent.
/// </summary>
internal sealed partial class ActorCell
{
    /// <summary>The parent has been told of a failure and has not yet answered with a directive.</summary>
    private bool _hasFailed;

    /// <summary>The parent itself waits for a directive or for its restart.</summary>
    private bool _isSuspendedByParent;
    private bool _areChildrenSuspended;

    /// <summary>The children whose failures were escalated: what is forgiven this actor is forgiven them.</summary>
    private List<LocalActorRef>? _perpetrators;

    /// <summary>Suspends this actor and its children, and asks the parent what to do.</summary>
    private void HandleFailure(Exception cause)
    {
        System.ReportFailure(_self, cause, CurrentMessage);
        if (!_hasFailed && !_isDead)
        {
            _hasFailed = true;
            _parent.SendSystem(new Failed(_self, cause));
            UpdateChildren();
        }
    }

    /// <summary>
    /// Children are suspended as long as their parent is, for whatever reasons: failures may come at any level and at
    /// the same time, so this is a state that follows from others, not a count of what was done and undone.
    /// </summary>
    private void UpdateChildren()
    {
        var shouldBeSuspended = _hasFailed || _isSuspendedByParent || _goal != Goal.None;
        if (shouldBeSuspended == _areChildrenSuspended)
        {
            return;
        }

        _areChildrenSuspended = shouldBeSuspended;
        foreach (var child in ChildRecords())
        {
            child.Ref.SendSystem(shouldBeSuspended ? new Suspend() : new Resume(null));
        }
    }

    private void HandleResume(Exception? causedByFailure)
    {
        if (causedByFailure is null)
        {
            _isSuspendedByParent = false;
            return;
        }

        if (_actor is null && _goal == Goal.None)
        {
            // There is nothing to go on with: it failed before it was made.
            BeginRestart(causedByFailure);
            return;
        }

        _hasFailed = false;
        if (_awaited is null)
        {
            // The message that failed is done with.
            (CurrentMessage, SenderOrNull) = (null, null);
        }

        foreach (var perpetrator in _perpetrators ?? [])
        {
            perpetrator.SendSystem(new Resume(causedByFailure));
        }

        _perpetrators = null;
    }

    private void HandleChildFailure(Failed failed)
    {
        if (_goal == Goal.End || _children?.Find(failed.Child) is not { } record)
        {
            return;
        }

        // Sender and message of an interrupted asynchronous handler, or those of a failure, are still needed.
        var (message, sender) = (CurrentMessage, SenderOrNull);
        (CurrentMessage, SenderOrNull) = (null, failed.Child);
        var isDecided = false;
        try
        {
            var strategy = _actor?.StrategyInUse ?? Props.SupervisorStrategy ?? Runtime.SupervisorStrategy.DefaultStrategy;
            isDecided = strategy.HandleFailure(this, record, failed.Cause);
        }
        finally
        {
            (CurrentMessage, SenderOrNull) = (message, sender);
            if (!isDecided)
            {
                // Escalated, or the decider has thrown: the child waits for what becomes of this actor.
                (_perpetrators ??= []).Add(failed.Child);
            }
        }

        if (!isDecided)
        {
            HandleFailure(failed.Cause);
        }
    }
}
