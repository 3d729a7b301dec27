namespace KillaBeez.Actors.Handles;

/// <summary>Asks the application about those who want a link. Thread-safe; nothing waits for it.</summary>
internal interface ICallJudge
{
    /// <summary>Whether anybody wants to be asked.</summary>
    bool IsAsked { get; }

    /// <summary>Asks.</summary>
    /// <param name="call">Who wants a link.</param>
    /// <param name="answer">Told the answer, on any thread; whatever fails is a refusal.</param>
    /// <param name="cancellationToken">The answer is of no more use.</param>
    void Ask(IncomingCall call, Action<CallAdmission> answer, CancellationToken cancellationToken);
}
