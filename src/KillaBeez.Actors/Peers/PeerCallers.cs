using KillaBeez.Actors.Logging;
using KillaBeez.Actors.Messages;
using KillaBeez.Actors.Replies;
using KillaBeez.Swarm.Calls;

namespace KillaBeez.Actors.Peers;

/// <summary>Who has called a peer and waits for its session, and what is known of why there is none yet.</summary>
internal sealed class PeerCallers(PeerScope scope)
{
    /// <summary>To the actor itself: a caller has waited long enough.</summary>
    public sealed record WaitLimit(PendingReply<Peer> Caller) : ILateMessage;

    private readonly List<PendingReply<Peer>> _waiting = [];
    private string? _signalProblem;

    /// <summary>Why the last link of the call that is under way failed: who called wants to know more than that it took too long.</summary>
    private (KillaBeezError Error, string Reason)? _linkProblem;

    public bool IsEmpty => _waiting.Count == 0;

    public void Add(PendingReply<Peer> caller)
    {
        _waiting.Add(caller);
        scope.Timers.StartSingleTimer(caller, new WaitLimit(caller), scope.Environment.Options.CallTimeout);
    }

    /// <summary>A call begins: what went wrong before is no longer the reason.</summary>
    public void ForgetProblems()
    {
        _signalProblem = null;
        _linkProblem = null;
    }

    public void NoteSignalProblem(string reason) => _signalProblem = reason;

    public void NoteLinkProblem(KillaBeezError error, string reason) => _linkProblem = (error, reason.TrimEnd('.'));

    /// <summary>The other side has seen the failure first. What this side has seen itself says more.</summary>
    public void NoteGivenUpByPeer() =>
        _linkProblem ??= (KillaBeezError.LinkFailed, "the other side could not open a link to this node and gave it up");

    /// <summary>The guardian answers, after it has put the peer among the node's peers: who called finds it there.</summary>
    public void Answer(PendingReply<Peer> caller, Peer peer) =>
        scope.Context.Parent.Tell(new GuardianMessages.CallAnswered(caller, peer));

    public void AnswerAll(Peer peer)
    {
        foreach (var caller in _waiting)
        {
            Answer(caller, peer);
        }

        _waiting.Clear();
    }

    /// <summary>The call engine has given up.</summary>
    public void CallFailed(CallFailure failure, string body)
    {
        var remote = scope.Remote;
        var (error, text) = failure switch
        {
            CallFailure.PeerUnknown => (KillaBeezError.PeerUnknown, $"Nobody knows {remote}: it is not subscribed at any exchange of ours, nor connected to a peer of ours."),
            CallFailure.NoRoute => (KillaBeezError.ExchangeUnreachable, $"Nobody could carry a call to {remote}"),
            CallFailure.Refused => (KillaBeezError.CallRefused, $"{remote.ToShortString()} refused the call{CodeOf(body)}."),
            _ when _signalProblem is not null => (KillaBeezError.ExchangeUnreachable, $"The call to {remote} could not be sent"),
            _ when _linkProblem is { } problem => (problem.Error, $"No connection to {remote} came about: {problem.Reason}."),
            _ => (KillaBeezError.CallTimeout, $"{remote.ToShortString()} was called but no connection came about in time."),
        };
        var reason = error == KillaBeezError.ExchangeUnreachable ? $"{text}: {_signalProblem ?? "there is no exchange and no connected peer"}." : text;
        SwarmLog.CallFailed(scope.Log, remote, reason, isAwaited: _waiting.Exists(caller => !caller.IsCompleted));
        FailAll(error, reason);
    }

    /// <summary>The code of an application that refused, for people.</summary>
    private static string CodeOf(string body) => CallRefusal.TryParse(body, out var refusal) && refusal.Code is { } code ? $", with code {code}" : string.Empty;

    /// <summary>One caller has waited long enough.</summary>
    public void Expire(PendingReply<Peer> caller)
    {
        if (_waiting.Remove(caller))
        {
            var failure = _signalProblem is null
                ? new KillaBeezException(KillaBeezError.CallTimeout, $"{scope.Remote.ToShortString()} was called but no connection came about in time{(_linkProblem is { } problem ? $": {problem.Reason}" : "")}.")
                : new KillaBeezException(KillaBeezError.ExchangeUnreachable, $"The call to {scope.Remote} could not be sent: {_signalProblem}.");
            if (caller.TrySetException(failure))
            {
                SwarmLog.CallFailed(scope.Log, scope.Remote, failure.Message, isAwaited: true);
            }
        }
    }

    public void FailAll(KillaBeezError error, string reason)
    {
        foreach (var caller in _waiting)
        {
            caller.TrySetException(new KillaBeezException(error, reason));
        }

        _waiting.Clear();
    }
}
