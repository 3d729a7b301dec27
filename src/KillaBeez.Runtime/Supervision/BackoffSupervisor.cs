namespace KillaBeez.Runtime;

/// <summary>
/// Stands between an actor and its child and makes the child anew after growing pauses. What it is told goes to the
/// child, and what the child tells it to its parent. The count of failures starts anew when the child has lived for
/// some time.
/// </summary>
public sealed class BackoffSupervisor : UntypedActor
{
    private readonly BackoffOptions _options;
    private IActorRef? _child;
    private int _restarts;

    /// <summary>The child has failed and is being stopped, to be made anew.</summary>
    private bool _isChildFailed;

    internal BackoffSupervisor(BackoffOptions options) => _options = options;

    /// <summary>How to make a supervisor.</summary>
    /// <param name="options">From <see cref="Backoff"/>.</param>
    public static Props Props(BackoffOptions options) => Runtime.Props.Create(() => new BackoffSupervisor(options));

    /// <inheritdoc/>
    protected override void PreStart() => StartChild();

    /// <inheritdoc/>
    protected override SupervisorStrategy SupervisorStrategy() => _options.IsOnStop
        ? _options.Strategy ?? Runtime.SupervisorStrategy.DefaultStrategy
        : new OneForOneStrategy(DecideOnFailure);

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case StartChildNow:
                StartChild();
                break;
            case ResetCount reset:
                _restarts = reset.Count == _restarts ? 0 : _restarts;
                break;
            case Terminated { ActorRef: var ended } when ended.Equals(_child):
                HandleChildEnd();
                break;
            case var _ when _child is null:
                Context.System.DeadLetters.Forward(message);
                break;
            case var _ when Sender.Equals(_child):
                Context.Parent.Forward(message);
                break;
            default:
                _child.Forward(message);
                break;
        }
    }

    private Directive DecideOnFailure(Exception cause)
    {
        var directive = (_options.Strategy ?? Runtime.SupervisorStrategy.DefaultStrategy).Decide(cause);
        if (directive != Directive.Restart)
        {
            return directive;
        }

        _isChildFailed = true;
        return Directive.Stop;
    }

    private void HandleChildEnd()
    {
        var isWanted = _options.IsOnStop || _isChildFailed;
        _child = null;
        _isChildFailed = false;
        if (!isWanted || (_options.MaxNrOfRetries >= 0 && _restarts >= _options.MaxNrOfRetries))
        {
            Context.Stop(Self);
            return;
        }

        Tell(new StartChildNow(), PauseAfter(_restarts++));
    }

    private void StartChild()
    {
        if (_child is null)
        {
            _child = Context.Watch(Context.ActorOf(_options.ChildProps, _options.ChildName));
            Tell(new ResetCount(_restarts), _options.AutoReset);
        }
    }

    private TimeSpan PauseAfter(int restarts)
    {
        var jitter = 1 + (_options.RandomFactor * RandomDraw.Double(RuntimeCell.System.Random));
        var pause = _options.MinBackoff.TotalSeconds * Math.Pow(2, Math.Min(restarts, 30)) * jitter;
        return TimeSpan.FromSeconds(Math.Min(pause, _options.MaxBackoff.TotalSeconds));
    }

    private void Tell(object message, TimeSpan delay) =>
        Context.System.Scheduler.ScheduleTellOnceCancelable(delay, Self, message, Self);

    private sealed record StartChildNow;

    private sealed record ResetCount(int Count);
}
