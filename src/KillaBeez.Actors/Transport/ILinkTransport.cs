using KillaBeez.Swarm.Links;
using KillaBeez.WebRtc.PeerConnections;

namespace KillaBeez.Actors.Transport;

/// <summary>
/// Makes links to other nodes out of an exchanged offer and answer: WebRTC in production, simulated paths in
/// the TestKit. Thread-safe.
/// </summary>
internal interface ILinkTransport : IAsyncDisposable
{
    /// <summary>
    /// Begins a link that this node offers. The observer is told the offer's text, then either the link or why
    /// there is none.
    /// </summary>
    ILinkAttempt Offer(ILinkAttemptObserver observer);

    /// <summary>Begins the other half of a link that the peer offered. The observer is told the answer's text.</summary>
    ILinkAttempt Answer(string offer, ILinkAttemptObserver observer);

    /// <summary>Replaces the STUN and TURN servers. A transport that needs none ignores them.</summary>
    void SetIceServers(IReadOnlyList<IceServer> servers)
    {
    }

    /// <summary>Has failures of those servers reported, also the ones that came before.</summary>
    /// <param name="report">Takes the server as "host:port" and the reason; called from any thread.</param>
    void ReportServerFailures(Action<string, string> report)
    {
    }
}

/// <summary>A link that is coming about. Thread-safe; closing it also closes the link that came of it.</summary>
internal interface ILinkAttempt
{
    /// <summary>The peer's answer to what this side offered.</summary>
    void AcceptAnswer(string answer);

    /// <summary>A candidate the peer found after its description; empty means there are no more.</summary>
    void AddCandidate(string candidate);

    /// <summary>Ends the attempt, or the link. Idempotent.</summary>
    void Close();
}

/// <summary>Who is told how an attempt goes on. Calls come one at a time, on any thread.</summary>
internal interface ILinkAttemptObserver
{
    /// <summary>The offer or answer to be carried to the peer.</summary>
    void OnDescription(string description);

    /// <summary>A candidate found after the description.</summary>
    void OnCandidate(string candidate);

    /// <summary>The link is up. Not yet authenticated: the cipher's handshake comes next.</summary>
    /// <param name="link">The link; the observer owns it.</param>
    /// <param name="prologue">What both ends must agree on before they trust the link (see CipherPrologue).</param>
    void OnOpened(IMessageLink link, byte[] prologue);

    /// <summary>The attempt is over without a link.</summary>
    void OnFailed(string reason);
}
