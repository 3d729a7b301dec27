using KillaBeez.Actors.Transport;

namespace KillaBeez.Actors.Tests.Admission;

/// <summary>Links that trickle: candidates follow their description at once, and those that come in are written down.</summary>
internal sealed class CandidateTransport(ILinkTransport inner, IReadOnlyList<string> candidates) : ILinkTransport
{
    /// <summary>What the peer's candidates were, in the order in which they came.</summary>
    public List<string> Received { get; } = [];

    public ILinkAttempt Offer(ILinkAttemptObserver observer) => new Attempt(this, inner.Offer(new Observer(this, observer)));

    public ILinkAttempt Answer(string offer, ILinkAttemptObserver observer) => new Attempt(this, inner.Answer(offer, new Observer(this, observer)));

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private sealed class Attempt(CandidateTransport transport, ILinkAttempt attempt) : ILinkAttempt
    {
        public void AcceptAnswer(string answer) => attempt.AcceptAnswer(answer);

        public void AddCandidate(string candidate) => transport.Received.Add(candidate);

        public void Close() => attempt.Close();
    }

    private sealed class Observer(CandidateTransport transport, ILinkAttemptObserver observer) : ILinkAttemptObserver
    {
        public void OnDescription(string description)
        {
            observer.OnDescription(description);
            foreach (var candidate in transport.Candidates)
            {
                observer.OnCandidate(candidate);
            }
        }

        public void OnCandidate(string candidate) => observer.OnCandidate(candidate);

        public void OnOpened(Swarm.Links.IMessageLink link, byte[] prologue) => observer.OnOpened(link, prologue);

        public void OnFailed(string reason) => observer.OnFailed(reason);
    }

    private IReadOnlyList<string> Candidates { get; } = candidates;
}
