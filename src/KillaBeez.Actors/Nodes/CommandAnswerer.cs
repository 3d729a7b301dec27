using KillaBeez.Messages;

namespace KillaBeez.Actors.Nodes;

/// <summary>The actor of the application that answers calls, if one does. One owner.</summary>
/// <param name="judge">Who asks it.</param>
/// <param name="owner">Whom the answered see as the sender.</param>
/// <param name="inline">Whether answers are awaited where they are given, as in a simulation.</param>
internal sealed class CommandAnswerer(CallJudge judge, IActorRef owner, bool inline)
{
    private readonly TaskCreationOptions _options = inline ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously;
    private IActorRef? _actor;
    private TaskCompletionSource? _ended;

    /// <summary>An actor wants to be asked.</summary>
    /// <returns>What it is answered.</returns>
    public object Begin(IActorRef actor, AnswerCalls command)
    {
        if (_actor is not null)
        {
            return _actor.Equals(actor) ? new AnsweringCalls() : command.Failure(KillaBeezError.LimitExceeded, "another actor answers this node's calls already");
        }

        _actor = actor;
        var ended = _ended = new TaskCompletionSource(_options);
        judge.Actor = (call, cancellationToken) => AskAsync(actor, call, ended, cancellationToken);
        return new AnsweringCalls();
    }

    /// <summary>An actor does not want to be asked any more, or has ended.</summary>
    public void Stop(IActorRef actor)
    {
        if (actor.Equals(_actor))
        {
            Clear();
        }
    }

    public void Clear()
    {
        _actor = null;
        judge.Actor = null;
        _ended?.TrySetResult();
        _ended = null;
    }

    private async Task<CallAdmission> AskAsync(IActorRef actor, IncomingCall call, TaskCompletionSource ended, CancellationToken cancellationToken)
    {
        var answer = new TaskCompletionSource<CallAdmission>(_options);
        using var onCancelled = cancellationToken.Register(() => answer.TrySetResult(CallAdmission.Refuse()));
        actor.Tell(new CallOffered(call, answer), owner);
        await Task.WhenAny(answer.Task, ended.Task).ConfigureAwait(inline);

        // The first answer counts, also this one.
        answer.TrySetResult(CallAdmission.Refuse());
        return await answer.Task.ConfigureAwait(inline);
    }
}
