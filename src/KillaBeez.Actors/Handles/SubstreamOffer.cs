namespace KillaBeez.Actors.Handles;

/// <summary>A substream that a peer has opened and that waits for its answer. Only the first answer counts. Thread-safe.</summary>
internal sealed class SubstreamOffer(Substream substream, Action<(uint Code, string Reason)?> answer)
{
    private Action<(uint Code, string Reason)?>? _answer = answer;

    /// <summary>What is offered. It carries data once it is accepted.</summary>
    public Substream Substream => substream;

    /// <summary>Whether it was accepted or refused.</summary>
    public bool IsAnswered => Volatile.Read(ref _answer) is null;

    /// <summary>Takes the substream.</summary>
    /// <returns>Whether this is the first answer.</returns>
    public bool Accept() => Answer(refusal: null);

    /// <summary>Turns the substream away: its opener gets the code and the text.</summary>
    /// <param name="code">The application's own, or one of <see cref="SubstreamRefusals"/>.</param>
    /// <param name="reason">For people.</param>
    /// <returns>Whether this is the first answer.</returns>
    public bool Refuse(uint code, string reason) => Answer((code, reason));

    private bool Answer((uint Code, string Reason)? refusal)
    {
        var answer = Interlocked.Exchange(ref _answer, null);
        answer?.Invoke(refusal);
        return answer is not null;
    }
}
