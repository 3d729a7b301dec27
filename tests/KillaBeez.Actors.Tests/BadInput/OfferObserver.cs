using KillaBeez.Actors.Transport;
using KillaBeez.Swarm.Links;

namespace KillaBeez.Actors.Tests.BadInput;

/// <summary>Takes the offer of a link that nobody will answer for: at the other side it comes about until its time is over.</summary>
internal sealed class OfferObserver(Action<string> onDescription) : ILinkAttemptObserver
{
    public void OnDescription(string description) => onDescription(description);

    public void OnCandidate(string candidate)
    {
    }

    public void OnOpened(IMessageLink link, byte[] prologue)
    {
    }

    public void OnFailed(string reason)
    {
    }
}
