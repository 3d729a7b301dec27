using KillaBeez.Swarm.Links;
using KillaBeez.Swarm.Sessions;
using KillaBeez.Swarm.Signaling;

namespace KillaBeez.Actors.Messages;

/// <summary>Between the actor of a peer and those of its links.</summary>
internal static class LinkMessages
{
    /// <summary>The peer's answer to this side's offer.</summary>
    public sealed record AcceptAnswer(string Answer) : ILateMessage;

    /// <summary>A candidate of the peer's.</summary>
    public sealed record AddCandidate(string Candidate) : ILateMessage;

    /// <summary>Ends the link after what is queued has gone out.</summary>
    public sealed record Close(string Reason) : ILateMessage;

    /// <summary>To the peer: the offer or answer of a link that is coming about.</summary>
    public sealed record Description(SignalCallId Call, string Text, LinkRole Role) : ILateMessage;

    /// <summary>To the peer: a candidate found after the description.</summary>
    public sealed record Candidate(SignalCallId Call, string Text) : ILateMessage;

    /// <summary>To the peer: a link is up and its cipher can shake hands.</summary>
    public sealed record Up(LinkId Id, SignalCallId Call, LinkRole Role, IActorRef Cipher, LinkKind Kind) : ILateMessage;

    /// <summary>To the peer: the link, or the attempt, is over.</summary>
    /// <param name="Id">The link.</param>
    /// <param name="Call">The call it came of.</param>
    /// <param name="Failure">What went wrong; null where this side closed it.</param>
    /// <param name="Reason">Why, for people.</param>
    public sealed record Down(LinkId Id, SignalCallId Call, KillaBeezError? Failure, string Reason) : ILateMessage;
}
