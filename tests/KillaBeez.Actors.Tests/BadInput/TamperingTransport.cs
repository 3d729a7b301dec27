using KillaBeez.Actors.Transport;
using KillaBeez.Swarm.Links;

namespace KillaBeez.Actors.Tests.BadInput;

/// <summary>Somebody between a node and its peers: changes what the node describes, or what its links agree on.</summary>
internal sealed class TamperingTransport(ILinkTransport inner) : ILinkTransport
{
    private int _opened;

    /// <summary>Changes the offers and answers that go out.</summary>
    public Func<string, string> Description { get; set; } = static text => text;

    /// <summary>Changes the prologue of links that open.</summary>
    public Func<byte[], byte[]> Prologue { get; set; } = static prologue => prologue;

    /// <summary>Links that opened: from then on bytes of the cipher can flow.</summary>
    public int OpenedCount => Volatile.Read(ref _opened);

    public ILinkAttempt Offer(ILinkAttemptObserver observer) => inner.Offer(new Interceptor(this, observer));

    public ILinkAttempt Answer(string offer, ILinkAttemptObserver observer) => inner.Answer(offer, new Interceptor(this, observer));

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private sealed class Interceptor(TamperingTransport transport, ILinkAttemptObserver observer) : ILinkAttemptObserver
    {
        public void OnDescription(string description) => observer.OnDescription(transport.Description(description));

        public void OnCandidate(string candidate) => observer.OnCandidate(candidate);

        public void OnOpened(IMessageLink link, byte[] prologue)
        {
            Interlocked.Increment(ref transport._opened);
            observer.OnOpened(link, transport.Prologue(prologue));
        }

        public void OnFailed(string reason) => observer.OnFailed(reason);
    }
}
