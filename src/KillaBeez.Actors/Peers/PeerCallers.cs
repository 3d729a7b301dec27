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

    /// <summary>Why no way takes the signals of the call.</summary>
    private (CallFailure Failure, string Reason)? _signalProblem;

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
        ForgetSignalProblem();
        _linkProblem = null;
    }

    /// <summary>A signal of the peer's has come: there is a way.</summary>
    public void ForgetSignalProblem() => _signalProblem = null;

    public void NoteSignalProblem(CallFailure failure, string reason) => _signalProblem = (failure, reason.TrimEnd('.'));

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
        var (error, reason) = failure switch
        {
            CallFailure.PeerUnknown => Unknown(),
            CallFailure.NoRoute or CallFailure.ClocksDiffer => (KillaBeezError.ExchangeUnreachable, $"Nobody could carry a call to {remote}: {_signalProblem?.Reason ?? "there is no exchange and no connected peer"}."),
            CallFailure.Refused => (KillaBeezError.CallRefused, $"{remote.ToShortString()} refused the call{CodeOf(body)}."),
            _ => OutOfTime(),
        };
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
            var (error, reason) = OutOfTime();
            if (caller.TrySetException(new KillaBeezException(error, reason)))
            {
                SwarmLog.CallFailed(scope.Log, scope.Remote, reason, isAwaited: true);
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

    private (KillaBeezError Error, string Reason) Unknown() =>
        (KillaBeezError.PeerUnknown, $"Nobody knows {scope.Remote}: it is not subscribed at any exchange of ours, nor connected to a peer of ours.");

    /// <summary>The time is over: what was known last of the signals says more than what was known of a link before.</summary>
    private (KillaBeezError Error, string Reason) OutOfTime() => _signalProblem switch
    {
        { Failure: CallFailure.PeerUnknown } => Unknown(),
        { Reason: var reason } => (KillaBeezError.ExchangeUnreachable, $"The call to {scope.Remote} could not be sent: {reason}."),
        null when _linkProblem is { } problem => (problem.Error, $"No connection to {scope.Remote} came about: {problem.Reason}."),
        null => (KillaBeezError.CallTimeout, $"{scope.Remote.ToShortString()} was called but no connection came about in time."),
    };
}
