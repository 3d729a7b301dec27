namespace KillaBeez.Messages;

/// <summary>
/// From now on the sender is asked about those who want a link to the node, each time by a <see cref="CallOffered"/>.
/// Answered by <see cref="AnsweringCalls"/> or <see cref="AnswerCallsFailed"/>. It ends with
/// <see cref="StopAnsweringCalls"/> and with the sender, which is watched.
/// </summary>
public sealed record AnswerCalls : SwarmCommand
{
    internal override object Failure(KillaBeezError error, string reason) => new AnswerCallsFailed(error, reason);
}

/// <summary>The sender is asked no more. What it has not answered yet is refused.</summary>
public sealed record StopAnsweringCalls : SwarmCommand
{
    internal override object? Failure(KillaBeezError error, string reason) => null;
}

/// <summary>The answer to <see cref="AnswerCalls"/>: questions follow.</summary>
public sealed record AnsweringCalls : INoSerializationVerificationNeeded;

/// <summary>The answer to <see cref="AnswerCalls"/>: another actor is asked already, or the node has ended.</summary>
/// <param name="Error">What went wrong.</param>
/// <param name="Reason">Why, for people.</param>
public sealed record AnswerCallsFailed(KillaBeezError Error, string Reason) : INoSerializationVerificationNeeded;

/// <summary>
/// Somebody wants a link to the node, told to the actor that has said <see cref="AnswerCalls"/>. It is refused where it is
/// not accepted within five seconds. Thread-safe.
/// </summary>
public sealed class CallOffered : INoSerializationVerificationNeeded
{
    private readonly TaskCompletionSource<CallAdmission> _answer;

    internal CallOffered(IncomingCall call, TaskCompletionSource<CallAdmission> answer)
    {
        Call = call;
        _answer = answer;
    }

    /// <summary>Who, and because of whom.</summary>
    public IncomingCall Call { get; }

    /// <summary>It may come in. Only the first answer counts.</summary>
    public void Accept() => _answer.TrySetResult(CallAdmission.Accept);

    /// <summary>It may not come in. Only the first answer counts.</summary>
    /// <param name="code">The application's own code, which the caller is told.</param>
    public void Refuse(uint code = 0) => _answer.TrySetResult(CallAdmission.Refuse(code));
}
